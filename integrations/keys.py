"""The keys that seal requests: one a month, random, kept in the database wrapped by the master key."""

import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from config.env import Key
from integrations import privacy
from integrations.models import MonthKey


class KeyDestroyed(LookupError):
    """The month's key is gone for good, and with it what it sealed."""


class UnknownMasterKey(LookupError):
    """The month's key was wrapped by a master key that MASTER_KEY does not hold."""


@dataclass(frozen=True, slots=True)
class SealKey:
    id: str
    cipher: AESGCM


_in_memory: dict[date, SealKey] = {}
_making = threading.Lock()


def seal_key(moment: datetime) -> SealKey:
    """The key of the month of that moment, in UTC; made where there is none yet."""
    month = moment.astimezone(UTC).date().replace(day=1)
    found = _in_memory.get(month)
    if found is None:
        with _making:
            found = _load(month) or _make(month)
            _keep(month, found)
    return found


def cipher_of(key_id: str) -> AESGCM:
    """What opens that month's requests, asked for anew each time, as the key may have been destroyed meanwhile.

    Raises MonthKey.DoesNotExist, KeyDestroyed or UnknownMasterKey.
    """
    return _unwrap(MonthKey.objects.get(id=key_id), settings.MASTER_KEY).cipher


def forget() -> None:
    """Empty the memory: for tests, whose databases come and go within one process."""
    _in_memory.clear()


def _keep(month: date, key: SealKey) -> None:
    """In memory, two months at most: a destroyed key must not live on in a process that runs for long."""
    while len(_in_memory) > 1:
        del _in_memory[min(_in_memory)]
    _in_memory[month] = key


def _load(month: date) -> SealKey | None:
    row = MonthKey.objects.filter(month=month).first()
    return _unwrap(row, settings.MASTER_KEY) if row else None


def _make(month: date) -> SealKey:
    """Two processes may make the month's key at once: the row that was first is the key of both."""
    master: Key = settings.MASTER_KEY
    secret = secrets.token_bytes(privacy.KEY_BYTES)
    made = MonthKey(month=month, id=f"{month:%Y-%m}-{secrets.token_hex(4)}", master_key=master.id)
    made.wrapped = privacy.seal(AESGCM(master.secret), secret, made.id.encode())
    MonthKey.objects.bulk_create([made], ignore_conflicts=True)
    return _unwrap(MonthKey.objects.get(month=month), master)


def _unwrap(row: MonthKey, master: Key) -> SealKey:
    if row.wrapped is None:
        raise KeyDestroyed(row.id)
    if row.master_key != master.id:
        raise UnknownMasterKey(f"The key {row.id} was wrapped by the master key {row.master_key!r}, not {master.id!r}.")
    return SealKey(row.id, AESGCM(privacy.unseal(AESGCM(master.secret), bytes(row.wrapped), row.id.encode())))
