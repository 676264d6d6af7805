"""Every string of the admin, ours and the theme's, is said in Russian. Needs none of gettext's tools."""

import ast
import gettext
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import unfold
from django.conf import settings
from django.utils.translation.template import templatize
from django.utils.translation.trans_real import DjangoTranslation

ROOT = Path(settings.BASE_DIR)
THEME = Path(unfold.__file__).parent
OURS, THEMES = (path / "ru/LC_MESSAGES/django.po" for path in (ROOT / "locale", ROOT / "locale_unfold"))
SOURCES = [ROOT / name for name in ("config", "entrance", "offers", "integrations", "templates")]
# The theme's bridges to packages that are not installed here.
UNUSED = re.compile(r"/contrib/(constance|guardian|import_export|location_field|simple_history)/|/unfold_crispy/")

# name of the function: places of context, singular and plural among its arguments
CALLS = {
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
CALLS |= {f"{name}_lazy": places for name, places in CALLS.items()} | {f"{name}_noop": p for name, p in CALLS.items()}
PLURAL_FORMS = 4
CONTEXT_ENDS = "\x04"

Message = tuple[str | None, str]  # context and msgid


def messages_of(*folders: Path) -> set[Message]:
    found: set[Message] = set()
    for folder in folders:
        for path in [*folder.rglob("*.py"), *folder.rglob("*.html"), *folder.rglob("*.txt")]:
            if not UNUSED.search(path.as_posix()):
                source = path.read_text()
                found |= set(_in_python(source) if path.suffix == ".py" else _in_template(source))
    return found


def _in_python(source: str) -> Iterator[Message]:
    tree = ast.parse(source)
    names = dict(CALLS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {alias.asname: CALLS[alias.name] for alias in node.names if alias.asname and alias.name in CALLS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in names:
                yield from _called(node, names[name])


def _called(node: ast.Call, places: tuple[int | None, int, int | None]) -> Iterator[Message]:
    context, singular, _plural = places
    said = [_text(argument) for argument in node.args]
    if singular < len(said) and (msgid := said[singular]):
        yield (said[context] if context is not None else None), msgid


def _text(argument: ast.expr) -> str | None:
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def _in_template(source: str) -> Iterator[Message]:
    """Django turns a template into calls of gettext between what is no Python: read token by token."""
    text = templatize(source)
    for call in re.finditer(r"\b(n?p?gettext|_)\(", text):
        arguments: list[str] = []
        try:
            for token in tokenize.generate_tokens(io.StringIO(text[call.end() :]).readline):
                if token.type == tokenize.STRING:
                    arguments.append(ast.literal_eval(token.string))
                elif token.string != ",":
                    break
        except (tokenize.TokenError, SyntaxError):
            pass
        context, singular, _plural = CALLS[call[1].replace("_", "gettext") if call[1] == "_" else call[1]]
        if singular < len(arguments):
            yield (arguments[context] if context is not None else None), arguments[singular]


class Entry:
    """One entry of a .po file."""

    def __init__(self, block: str) -> None:
        self.fuzzy = bool(re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE))
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if match := re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")\Z', line):
                name, text = match.groups()
                fields[name] = ast.literal_eval(text)
            elif line.startswith('"'):
                fields[name] += ast.literal_eval(line)
        self.message: Message = (fields.get("msgctxt"), fields.get("msgid", ""))
        self.plural = "msgid_plural" in fields
        self.translations = [text for name, text in fields.items() if name.startswith("msgstr")]

    @property
    def complete(self) -> bool:
        return all(self.translations) and (not self.plural or len(self.translations) == PLURAL_FORMS)


@cache
def entries_of(path: Path) -> dict[Message, Entry]:
    blocks = re.split(r"\n\s*\n", path.read_text())
    entries = [Entry(block) for block in blocks if re.search(r"^msgid ", block, re.MULTILINE)]
    return {entry.message: entry for entry in entries if entry.message[1]}


def django_says(message: Message) -> bool:
    context, msgid = message
    key = f"{context}{CONTEXT_ENDS}{msgid}" if context else msgid
    catalogue = _of_django()
    return key in catalogue or (key, 0) in catalogue


@cache
def _of_django() -> set[object]:
    said: set[object] = set()
    for path in (
        Path(DjangoTranslation.__init__.__code__.co_filename).parents[2].rglob("locale/ru/LC_MESSAGES/django.mo")
    ):
        with path.open("rb") as file:
            said |= set(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    return said


def test_our_strings_are_said_in_russian() -> None:
    said = {message for message, entry in entries_of(OURS).items() if entry.complete}
    assert sorted(map(str, messages_of(*SOURCES) - said)) == []


def test_the_themes_strings_are_said_in_russian() -> None:
    said = {message for message, entry in entries_of(THEMES).items() if entry.complete}
    missing = {message for message in messages_of(THEME) - said if not django_says(message)}
    assert sorted(map(str, missing)) == []


@pytest.mark.parametrize(("path", "sources"), [(OURS, SOURCES), (THEMES, [THEME])], ids=["ours", "the theme's"])
def test_no_translation_is_stale_or_fuzzy(path: Path, sources: list[Path]) -> None:
    entries = entries_of(path)
    assert len(re.findall(r"^msgid ", path.read_text(), re.MULTILINE)) == len(entries) + 1, "something is said twice"
    assert [entry.message for entry in entries.values() if entry.fuzzy] == []
    assert sorted(map(str, set(entries) - messages_of(*sources))) == []
    assert "#~" not in path.read_text()


@pytest.mark.parametrize("path", [OURS, THEMES], ids=["ours", "the theme's"])
def test_the_compiled_catalogue_is_that_of_its_source(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    written: dict[object, str] = {}
    for (context, msgid), entry in entries_of(path).items():
        if not entry.complete:
            continue
        key = f"{context}{CONTEXT_ENDS}{msgid}" if context else msgid
        if entry.plural:
            written |= {(key, form): text for form, text in enumerate(entry.translations)}
        else:
            written[key] = entry.translations[0]
    compiled.pop("")
    assert compiled == written


def test_no_per_cent_looks_like_a_format() -> None:
    """Gettext takes "% of" for one and then refuses the Russian; so "in %" or "% p.a." is written."""
    format_of_python = re.compile(r"(?<!%)% [diouxXeEfFgGcrsa]")
    assert sorted(msgid for _context, msgid in messages_of(*SOURCES) if format_of_python.search(msgid)) == []


@pytest.mark.parametrize("path", [OURS, THEMES], ids=["ours", "the theme's"])
def test_placeholders_survive(path: Path) -> None:
    """A translation names what the original names; in plural forms, "one" need not say the number."""
    named = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
    wrong = [
        entry.message
        for entry in entries_of(path).values()
        for text in entry.translations
        if entry.complete and set(named.findall(text)) != set(named.findall(entry.message[1])) and not entry.plural
    ]
    assert wrong == []
