"""Entries that could not be written, kept on this machine's disk until Postgres is back.

One file an entry, sealed by the master key and on disk before the caller is told to come again; named by the entry's
id, by which it is written to the journal once, however often that is tried.
"""

import json
import logging
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import DataError, Error, IntegrityError, connection

from integrations import deadline, journal, privacy
from integrations.journal import Exchange
from offers.domain import snapshot

logger = logging.getLogger(__name__)

REPLAY_EVERY: Final = 2.0  # seconds, while anything lies here
SUFFIX = ".entry"
UNREADABLE = ".unreadable"

_replaying = threading.Lock()
_replayer: threading.Thread | None = None


def keep(exchange: Exchange, status: int, answer: bytes) -> None:
    """Put the exchange's entry on disk. Raises OSError where the disk does not take it."""
    exchange.latency_us = exchange.elapsed_us
    shortened = replace(exchange, body=exchange.body[: journal.KEPT_BYTES])
    _write_durably(_directory() / f"{exchange.id}{SUFFIX}", _sealed(Spooled(shortened, status, answer)))
    replay_later()


def replay_later() -> None:
    """See to it that this process tries to empty the spool until it is empty."""
    global _replayer  # noqa: PLW0603
    with _replaying:
        if _replayer is None or not _replayer.is_alive():
            _replayer = threading.Thread(target=_replay_until_empty, name="spool", daemon=True)
            _replayer.start()


def waiting() -> list[Path]:
    """What lies here, the oldest first."""
    return sorted(_directory().glob(f"*{SUFFIX}"))


def replay() -> int:
    """Write what lies here to the journal; how many entries. Raises django.db.Error while the database is away."""
    written = 0
    for path in waiting():
        try:
            spooled = _opened(path)
        except (InvalidTag, ValueError, TypeError):
            _set_aside(path, "can't be read")
            continue
        except FileNotFoundError:
            continue  # another process was quicker
        try:
            with deadline.bounded():
                journal.append(spooled.exchange, spooled.status, spooled.answer)
        except (DataError, IntegrityError):
            _set_aside(path, "is refused by the journal")  # and would be for ever, with all that came after it
            continue
        path.unlink(missing_ok=True)
        written += 1
    return written


def _set_aside(path: Path, why: str) -> None:
    logger.error("a spooled entry %s and is set aside: %s", why, path.stem)
    path.rename(path.with_suffix(UNREADABLE))


@dataclass(frozen=True, slots=True)
class Spooled:
    """What lies in one file."""

    exchange: Exchange
    status: int
    answer: bytes


def _sealed(spooled: Spooled) -> bytes:
    plain = json.dumps(snapshot.to_plain(spooled), ensure_ascii=False).encode()
    return privacy.seal(_cipher(), plain, spooled.exchange.id.bytes)


def _opened(path: Path) -> Spooled:
    plain = privacy.unseal(_cipher(), path.read_bytes(), UUID(path.stem).bytes)
    return snapshot.from_plain(Spooled, json.loads(plain))


def _cipher() -> AESGCM:
    """The master key's own, since the month's may be out of reach together with the database."""
    return AESGCM(settings.MASTER_KEY.secret)


def _replay_until_empty() -> None:
    pause = threading.Event()
    try:
        while not _is_done():
            try:
                logger.info("entries replayed from the spool: %d", replay())
            except Error:
                pause.wait(REPLAY_EVERY)
            except OSError as error:
                logger.error("the spool can't be read: %s", error.strerror)  # noqa: TRY400
                pause.wait(REPLAY_EVERY)
    finally:
        connection.close()


def _is_done() -> bool:
    """Found empty under the lock: whoever puts something there from now on finds no thread, and starts one."""
    global _replayer  # noqa: PLW0603
    with _replaying:
        if _is_empty():
            _replayer = None
        return _replayer is None


def _is_empty() -> bool:
    try:
        return not waiting()
    except OSError:
        return False  # nobody can tell


def _directory() -> Path:
    directory = Path(settings.SPOOL_DIR)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _write_durably(path: Path, content: bytes) -> None:
    """On disk, or not there at all: written aside, flushed, renamed, and the renaming flushed as well."""
    aside = path.with_suffix(".part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
