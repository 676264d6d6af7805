"""A conversion as Yandex may learn of it, whichever way it goes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integrations.applications.states import State


@dataclass(frozen=True, slots=True)
class Conversion:
    """A state that an application came into. `began_at` is the same for all states of one application."""

    application_id: str
    state: State
    began_at: datetime
    metrica_client_id: str | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes
