"""One random key a month, wrapped by the master key."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from config.env import Key
from integrations import keys, privacy
from integrations.models import MonthKey

NOVEMBER = datetime(2026, 11, 24, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_a_month_has_one_key() -> None:
    assert keys.seal_key(NOVEMBER) == keys.seal_key(NOVEMBER.replace(day=1))
    assert keys.seal_key(NOVEMBER).id != keys.seal_key(DECEMBER).id
    assert MonthKey.objects.count() == 2


def test_another_process_reads_the_same_key() -> None:
    sealed = privacy.seal(keys.seal_key(NOVEMBER).cipher, b"x", b"id")
    keys.forget()
    assert privacy.unseal(keys.seal_key(NOVEMBER).cipher, sealed, b"id") == b"x"


def test_the_key_is_not_in_the_database_in_clear(settings: Any) -> None:
    keys.seal_key(NOVEMBER)
    keys.forget()
    settings.MASTER_KEY = Key(settings.MASTER_KEY.id, bytes(32))
    with pytest.raises(InvalidTag):
        keys.seal_key(NOVEMBER)


def test_another_master_key_is_named() -> None:
    keys.seal_key(NOVEMBER)
    keys.forget()
    MonthKey.objects.update(master_key="older")
    with pytest.raises(keys.UnknownMasterKey, match="older"):
        keys.seal_key(NOVEMBER)


def test_a_destroyed_key_is_gone() -> None:
    keys.seal_key(NOVEMBER)
    keys.forget()
    MonthKey.objects.update(wrapped=None, destroyed_at=DECEMBER)
    with pytest.raises(keys.KeyDestroyed):
        keys.seal_key(NOVEMBER)
