from integrations.admin.applications import ApplicationAdmin
from integrations.admin.clients import ClientAdmin
from integrations.admin.connection import ConnectionAdmin
from integrations.admin.journal import JournalAdmin
from integrations.admin.lists import PersonListAdmin

__all__ = ["ApplicationAdmin", "ClientAdmin", "ConnectionAdmin", "JournalAdmin", "PersonListAdmin"]
