from integrations.admin.clients import ClientAdmin
from integrations.admin.journal import JournalAdmin

__all__ = ["ClientAdmin", "JournalAdmin"]
