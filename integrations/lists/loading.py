"""Load a version of a list aside: rows in, by COPY, a part at a time; then checked and compared, ready or not.

Each part is a transaction of its own, so that others see how far it is. A lock of the session tells that somebody is
at it: a version that is being loaded without a lock was cut off, unless calls of the bank's system bring it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import chain, islice
from typing import Any, Final

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import journal, privacy
from integrations.lists import comparing, files, wording
from integrations.lists.files import BadFile, File
from integrations.lists.lines import COPIED, STOP_COLUMNS, Column, Mistake, Reader, Words, Wrong
from integrations.lists.models import ListVersion, PersonList
from integrations.models import Kind
from offers.domain.catalogue import Product
from offers.models import Offer

State = ListVersion.State

ROWS_A_PART: Final = 10_000
# So many mistakes are told; the others are counted.
MISTAKES_KEPT: Final = 300
LOCK: Final = 0x6C69_7374
COPY: Final = f"copy integrations_listedperson (version, {', '.join(COPIED)}) from stdin"
IS_ALIVE: Final = f"""
select exists (
    select from pg_locks join pg_database on pg_database.oid = database and datname = current_database()
    where locktype = 'advisory' and objsubid = 2 and classid = {LOCK} and objid = %s::oid)"""
Rows = Iterable[tuple[int, Sequence[str]]]
API: Final = "API"  # the source of what calls bring
PATIENCE: Final = timedelta(days=1)  # with calls that never end


class NotLoading(RuntimeError):
    """The version takes nothing more in; says why, in words."""


class OtherPart(RuntimeError):
    """A part of this number was brought before, and was another."""


class BadPart(ValueError):
    """Nothing of the part was taken in."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Progress:
    rows: int
    expected: int | None
    is_alive: bool  # False: whoever loaded it is gone, and it will never be ready


def load(
    listed: PersonList, file: File, *, by: str, note: str = "", tell: Callable[[ListVersion], Any] = id
) -> ListVersion:
    """Load and check the file. `tell` is told of the version as it grows.

    Raises BadFile where nothing can be read of it, before or on the way; then the version has failed.
    """
    table = files.read(file)
    reader = reader_of(listed, _columns(table.heads, columns_of(listed)))
    first = next(table.rows, None)
    if first is None:
        raise BadFile(_("The file has no rows below the names of its columns."))
    with _under_way(listed, by=by, source=file.name, note=note) as version:
        try:
            for part in _parts(first, table.rows):
                add(version, reader, part, share=table.share())
                tell(version)
        except BadFile:
            _give_up(version)
            raise
        version.state = State.CHECKING
        version.save(update_fields=("state",))
        tell(version)
        check(version)
        tell(version)
    return version


def begin(listed: PersonList, *, by: str, source: str, note: str = "") -> ListVersion:
    """A new version without people."""
    with transaction.atomic():
        PersonList.objects.select_for_update().get(pk=listed.pk)  # one number at a time
        return ListVersion.objects.create(
            person_list=listed,
            number=listed.versions.count() + 1,
            loaded_by=by,
            source=privacy.hide_numbers(source)[:100],
            note=privacy.hide_numbers(note)[:300],
        )


@transaction.atomic
def add(version: ListVersion, reader: Reader, rows: Rows, share: float = 0.0) -> None:
    """The next rows of a file, as numbered cells. `share`: how much of all is read with these."""
    lines, mistakes = _read(reader, rows)
    _copy(version, lines)
    version.expected = max(int(version.rows / share), version.rows) if share else None
    _note(version, mistakes)
    version.save(update_fields=("rows", "expected", "wrong", "mistakes"))


@transaction.atomic
def add_part(version: ListVersion, number: int, people: Sequence[Sequence[str]], digest: bytes) -> ListVersion:
    """A part that a call brings, once however often it is brought: cells in the order of `columns_of`.

    `digest`: keyed, of all that was sent. Raises BadPart, OtherPart or NotLoading.
    """
    version = ListVersion.objects.select_for_update().select_related("person_list").get(pk=version.pk)
    known = version.chunks.filter(number=number).values_list("digest", flat=True).first()
    if known is not None:
        if bytes(known) != digest:
            raise OtherPart
        return version
    if version.state != State.LOADING:
        raise NotLoading(_("The version is not being loaded any more."))
    reader = reader_of(version.person_list, columns_of(version.person_list))
    lines, mistakes = _read(reader, enumerate(people, start=(number - 1) * ROWS_A_PART + 1))
    if mistakes:
        raise BadPart(mistakes)
    _copy(version, lines)
    version.save(update_fields=("rows",))
    version.chunks.create(number=number, digest=digest, rows=len(lines))
    return version


@transaction.atomic
def end(version: ListVersion) -> ListVersion:
    """All parts are there: it is checked next, by the process that runs the jobs. Raises NotLoading."""
    version = ListVersion.objects.select_for_update().get(pk=version.pk)
    if version.state == State.LOADING:
        if not version.rows:
            raise NotLoading(_("The version has no people."))
        version.state = State.CHECKING
        version.save(update_fields=("state",))
    return version


def check(version: ListVersion) -> None:
    """Repeats are taken out, contradictions told, the rest compared with what is live.

    Taking out is a transaction of its own, and the other writes only when it has read all it reads: the journal can't
    be sealed beyond a transaction that has written and goes on for minutes.
    """
    with transaction.atomic():
        comparing.take_time()
        repeated = comparing.drop_repeated(version.pk)
        version.repeated += repeated
        version.rows -= repeated
        version.save(update_fields=("repeated", "rows"))
    with transaction.atomic():
        comparing.take_time()
        found = comparing.contradictions(version.pk, MISTAKES_KEPT)
        _note(version, [Mistake(line, Wrong.CONTRADICTS, other=other) for line, other in found.shown])
        version.wrong += found.total - len(found.shown)
        if version.wrong:
            version.state = State.FAILED
        else:
            version.state = State.READY
            compare(version)
        version.finished_at = timezone.now()
        version.save()
        journal.record(Kind.LIST_LOADED, **_told(version))


def compare(version: ListVersion) -> None:
    """Count anew what would change, should it become live now."""
    with transaction.atomic():
        comparing.take_time()
        live = PersonList.objects.get(pk=version.person_list_id).live
        counted = comparing.compare(version.pk, live.pk if live else None)
        version.compared_with = live
        version.added, version.changed, version.removed = counted.added, counted.changed, counted.removed
        version.save(update_fields=("compared_with", "added", "changed", "removed"))


def progress(listed: PersonList) -> Progress | None:
    """How far the file has come that is being loaded; None where there is none."""
    version = _from_file(listed).first()
    return Progress(version.rows, version.expected, _is_alive(version)) if version else None


def settle() -> int:
    """What was cut off has failed, and what calls began long ago and never ended; how many."""
    forgotten = ListVersion.objects.filter(
        source=API, state=State.LOADING, begun_at__lt=timezone.now() - PATIENCE
    ).select_related("person_list")
    cut_off = [*forgotten, *(version for version in _from_file() if not _is_alive(version))]
    for version in cut_off:
        _give_up(version)
    return len(cut_off)


def check_waiting() -> int:
    """Check what calls have brought whole; how many."""
    waiting = list(ListVersion.objects.filter(state=State.CHECKING, source=API).select_related("person_list"))
    for version in waiting:
        check(version)
    return len(waiting)


def reader_of(listed: PersonList, columns: Sequence[Column]) -> Reader:
    """Of lines as products, decisions and offers are called now."""
    offers = {code: Product(product) for code, product in Offer.objects.order_by().values_list("code", "product_type")}
    return Reader(
        columns,
        Words(*wording.vocabulary(), offers),
        is_stop=listed.is_stop,
        key=settings.PHONE_KEY.secret,
        zone=timezone.get_default_timezone(),
    )


def columns_of(listed: PersonList) -> tuple[Column, ...]:
    """What may be told of a person on it."""
    return STOP_COLUMNS if listed.is_stop else tuple(Column)


def _columns(heads: Sequence[str], allowed: Sequence[Column]) -> list[Column]:
    """Raises BadFile."""
    columns = [wording.column_of(head) for head in heads]
    names = ", ".join(allowed)
    for place, column in enumerate(columns, start=1):
        if column is None or column not in allowed:
            raise BadFile(
                _("The first row must name the columns, and column %(place)d is none of: %(names)s.")
                % {"place": place, "names": names}
            )
    known = [column for column in columns if column]
    if len(set(known)) < len(known):
        raise BadFile(_("Two columns have the same name."))
    if Column.PHONE not in known:
        raise BadFile(_("There is no column %(name)s.") % {"name": Column.PHONE})
    return known


def _parts(
    first: tuple[int, list[str]], rows: Iterable[tuple[int, list[str]]]
) -> Iterator[list[tuple[int, list[str]]]]:
    rest = chain([first], rows)
    while part := list(islice(rest, ROWS_A_PART)):
        yield part


def _read(reader: Reader, rows: Rows) -> tuple[list[str], list[Mistake]]:
    """The lines as COPY is given them, and what is wrong with the others."""
    lines: list[str] = []
    mistakes: list[Mistake] = []
    width = len(reader.columns)
    for number, cells in rows:
        if any(cells[width:]):
            mistakes.append(Mistake(number, Wrong.TOO_MANY_CELLS))
            continue
        read = reader.read(number, [*cells[:width], *[""] * (width - len(cells))])
        if isinstance(read, str):
            lines.append(read)
        else:
            mistakes += read
    return lines, mistakes


def _copy(version: ListVersion, lines: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = '60s'")
        with cursor.copy(COPY) as copy:
            copy.write("".join(f"{version.pk}\t{line}\n" for line in lines))
    version.rows += len(lines)


def _note(version: ListVersion, mistakes: Sequence[Mistake]) -> None:
    version.wrong += len(mistakes)
    version.mistakes += [asdict(each) for each in mistakes[: MISTAKES_KEPT - len(version.mistakes)]]


def _told(version: ListVersion) -> dict[str, Any]:
    """For the journal: nothing of anybody on the list."""
    return {
        "list": version.person_list.code,
        "version": version.number,
        "by": version.loaded_by,
        "source": version.source,
        "state": version.state,
        "lines": version.rows,
        "repeated": version.repeated,
        "mistakes": version.wrong,
        "added": version.added,
        "changed": version.changed,
        "removed": version.removed,
    }


def _give_up(version: ListVersion) -> None:
    with transaction.atomic():
        version.state, version.finished_at = State.FAILED, timezone.now()
        version.save(update_fields=("state", "finished_at"))
        journal.record(Kind.LIST_LOADED, **_told(version), finished=False)


@contextmanager
def _under_way(listed: PersonList, *, by: str, source: str, note: str) -> Iterator[ListVersion]:
    """The lock is there before anybody sees the version, which would be taken for cut off without it."""
    with transaction.atomic():
        version = begin(listed, by=by, source=source, note=note)
        _execute("select pg_advisory_lock(%s, %s)", LOCK, version.pk)
    try:
        yield version
    finally:
        with suppress(Error):  # a session that is gone has left its lock
            _execute("select pg_advisory_unlock(%s, %s)", LOCK, version.pk)


def _from_file(listed: PersonList | None = None) -> QuerySet[ListVersion]:
    """Versions that are being loaded from files, the newest first."""
    versions = ListVersion.objects.filter(state__in=(State.LOADING, State.CHECKING)).exclude(source=API)
    versions = versions.filter(person_list=listed) if listed else versions
    return versions.select_related("person_list").order_by("-pk")


def _is_alive(version: ListVersion) -> bool:
    return bool(_execute(IS_ALIVE, version.pk)[0][0])


def _execute(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []
