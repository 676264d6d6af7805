"""SECURITY.md names tests that there are, and nobody installs what is not locked."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
RISKS = [f"API{number}" for number in range(1, 11)]


def named() -> list[tuple[str, str]]:
    return sorted(set(NAMED.findall((ROOT / "SECURITY.md").read_text())))


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "name"), named())
def test_what_holds_a_line_is_there(path: str, name: str) -> None:
    assert name in functions_of(path)


def test_every_risk_and_every_line_has_a_test() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    lines = [line for line in text.splitlines() if re.match(r"\| (API|V)\d", line)]
    assert [line.split()[1] for line in lines if line.startswith("| API")] == RISKS
    assert [line for line in lines if not NAMED.search(line)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_every_requirement_is_locked_by_its_hashes(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", path.read_text().strip())
    assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_dependency_says_why_it_is_here() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    listed = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    for requirement in listed:
        [line] = [line for line in text.splitlines() if f'"{requirement}"' in line]
        assert re.search(r"# \S+ \S+", line), requirement
