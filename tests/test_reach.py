"""What the service's code may reach: no shell, nothing unpickled, no outbound connection but the configured ones."""

import ast
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("config", "entrance", "integrations", "offers")

# Modules by which code runs programs, opens connections or makes objects out of bytes: who may import them, and why.
ALLOWED = {
    "subprocess": {"config.children", "config.demo", "config.local_postgres"},  # the demo's and the tests' own Postgres
    "socket": {
        "config.demo",  # whether a port is free
        "config.local_postgres",
        "config.connection",  # a connection that was accepted
        "config.worker",
        "integrations.deadline",  # what Postgres is reached by
        "integrations.scoring.network",  # the name in SCORING_URL
    },
    "ssl": {"config.env", "integrations.scoring.network"},  # whom SCORING_URL must prove to be
    "httpcore": {"integrations.scoring.client", "integrations.scoring.network"},  # SCORING_URL
    "http.server": {"integrations.scoring.demo"},  # a scoring service on this machine, for who starts it
    "httpx": {"integrations.applications.leads"},  # LEADS_URL
    "http.client": {"config.demo"},  # whether the demo is ready
}
FORBIDDEN = {
    *ALLOWED, "pickle", "marshal", "shelve", "dill", "ctypes", "multiprocessing", "asyncio", "pty", "ftplib", "smtplib",
    "telnetlib", "xmlrpc", "urllib.request", "urllib3", "requests", "aiohttp", "xml", "yaml", "socketserver", "code",
    "runpy",
}  # fmt: skip
CALLS = {
    "eval", "exec", "compile", "os.system", "os.popen", "os.execv", "os.execve", "os.execvp", "os.spawnv", "os.fork",
    "os.posix_spawn", "__import__", "mark_safe",
}  # fmt: skip
CALLS_ALLOWED = {("entrance.views", "mark_safe")}  # a QR code drawn by segno


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield module, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden(name: str) -> str | None:
    return next((each for each in FORBIDDEN if name == each or name.startswith(f"{each}.")), None)


def test_only_those_who_need_them_import_what_reaches_out() -> None:
    found = {
        (each, module) for module, tree in sources() for name in imported(tree) if (each := forbidden(name)) is not None
    }
    assert found == {(name, module) for name, modules in ALLOWED.items() for module in modules}


def test_nothing_is_evaluated_and_nothing_unescaped() -> None:
    found = {
        (module, ast.unparse(node.func))
        for module, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS
    }
    assert found == CALLS_ALLOWED
    shells = [
        module
        for module, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "shell"
    ]
    assert shells == []


def test_no_template_leaves_anything_unescaped() -> None:
    wrong = [
        path.name
        for folder in (ROOT / "templates", *(ROOT / package for package in PACKAGES))
        for path in folder.rglob("*.html")
        if "|safe" in (text := path.read_text()) or "autoescape off" in text
    ]
    assert wrong == []


def test_sessions_and_messages_are_json() -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache"


def test_tests_reach_this_machine_alone() -> None:
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1"), socket.socket() as attempt:
        attempt.connect(("192.0.2.1", 443))


def test_nobody_but_the_owner_may_write_the_files_and_only_commands_are_run() -> None:
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    runnable = {line.split("\t")[1] for line in listed.splitlines() if line.startswith("100755")}
    assert {path for path in runnable if path.split("/")[0] not in ("bin", "deploy", ".ci")} == {"manage.py"}
    assert {line.split()[0] for line in listed.splitlines()} <= {"100644", "100755"}, "no link leads elsewhere"
