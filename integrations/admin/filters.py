"""What the journal is filtered by. None of these asks the table which values it holds."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.admin.filters import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.analytics import bands, periods, tallies
from integrations.analytics.bands import Band
from integrations.models import Client, JournalEntry
from offers import reasons
from offers.models import Release

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

STATUSES = (200, 400, 403, 404, 405, 413, 415, 500, 503)
# No Client ID looks so.
NOBODY = "-"
PHONE, ID, FROM, TO, RELEASE = "phone", "id", "from", "to", "release"
# Older releases are filtered by their number in the address.
RELEASES_LISTED = 20
LARGEST = 2**31 - 1


class StatusFilter(SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(status), str(status)) for status in STATUSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(status=value) if value in map(str, STATUSES) else queryset.none()


class ClientFilter(SimpleListFilter):
    title = gettext_lazy("client")
    parameter_name = "client"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = Client.objects.values_list("id", "on_trial")
        return [*((client, _tester(client) if tests else client) for client, tests in named), (NOBODY, _("refused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(client=None if value == NOBODY else value)


def _tester(client: str) -> str:
    return _("%(client)s (tests)") % {"client": client}


class _Found(SimpleListFilter):
    """What the search found; shown among the filters only while it is on."""

    label: "_StrOrPromise" = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.used_parameters.get(self.parameter_name or "")
        return [(value, self.label % {"value": value[:8]})] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        value = self.value()
        try:
            return queryset if value is None else queryset.filter(self.condition(value))
        except ValueError:
            return queryset.none()

    def condition(self, value: str) -> Q:
        """ValueError for what can't be looked up."""
        raise NotImplementedError


class PhoneFilter(_Found):
    title = gettext_lazy("phone")
    parameter_name = PHONE
    label = gettext_lazy("the number searched for")

    def condition(self, value: str) -> Q:
        return Q(phone_hash=bytes.fromhex(value))


class IdFilter(_Found):
    title = gettext_lazy("id")
    parameter_name = ID
    label = "%(value)s…"

    def condition(self, value: str) -> Q:
        # A request's id is its entry's.
        return Q(search_id=UUID(value)) | Q(id=UUID(value))


class PeriodFilter(SimpleListFilter):
    """From one moment to another, by the clocks of Moscow."""

    title = gettext_lazy("time, Moscow")
    parameter_name = FROM
    template = "integrations/analytics/period_filter.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        self.until = params.pop(TO, [""])[-1]
        super().__init__(request, params, model, model_admin)

    def expected_parameters(self) -> list[str | None]:
        return [FROM, TO]

    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def choices(self, changelist: Any) -> Any:
        """One choice, which is a form."""
        others = [item for item in changelist.get_filters_params().items() if item[0] not in (FROM, TO)]
        clear = changelist.get_query_string(remove=[FROM, TO]) if self.value() or self.until else ""
        yield {"start": self.value() or "", "end": self.until, "others": others, "clear": clear}

    @property
    def start(self) -> datetime | None:
        """From which moment on, if any was chosen; BadPeriod for nonsense."""
        return periods.moment(text) if (text := self.value()) else None

    @property
    def end(self) -> datetime | None:
        """Just before which it ends, if it does; BadPeriod for nonsense."""
        return periods.moment(self.until, through=True) if self.until else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        try:
            start, end = self.start, self.end
        except periods.BadPeriod:
            self.until = ""
            self.used_parameters.pop(FROM, None)
            return queryset.none()
        if start:
            queryset = queryset.filter(received_at__gte=start)
        return queryset.filter(received_at__lt=end) if end else queryset


class ReasonFilter(SimpleListFilter):
    """Exchanges in which some offer was left out for that reason."""

    title = gettext_lazy("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(int(reason)), str(sentence)) for reason, sentence in reasons.SENTENCES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        return _by_number(queryset, self.value(), lambda number: Q(reasons__contains=[number]))


class ReleaseFilter(SimpleListFilter):
    """Exchanges decided on a release; it was in use for a while, so only that while is searched."""

    title = gettext_lazy("release")
    parameter_name = RELEASE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        numbers = Release.objects.order_by("-number").values_list("number", flat=True)[:RELEASES_LISTED]
        asked = self.used_parameters.get(RELEASE)
        listed = [*map(str, numbers)]
        listed += [asked] if asked and asked not in listed else []
        return [(number, _("Release %(number)s") % {"number": number[:10]}) for number in listed]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        return _by_number(queryset, self.value(), _of_release)


class _BandFilter(SimpleListFilter):
    field = ""
    bands: tuple[Band, ...] = ()

    def queryset(self, request: HttpRequest, queryset: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        return _by_number(queryset, self.value(), self.condition)

    def condition(self, start: int) -> Q:
        """ValueError where no band begins there."""
        band = next((band for band in self.bands if band.start == start), None)
        if band is None:
            raise ValueError
        inside = Q(**{f"{self.field}__gte": band.start})
        return inside if band.end is None else inside & Q(**{f"{self.field}__lt": band.end})


class AmountFilter(_BandFilter):
    title = gettext_lazy("amount")
    parameter_name = "amount"
    field = "amount"
    bands = bands.amounts()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(band.start), bands.amount_label(band.start)) for band in self.bands]


class TermFilter(_BandFilter):
    title = gettext_lazy("term, months")
    parameter_name = "term"
    field = "term"
    bands = bands.terms()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(band.start), bands.term_label(band.start)) for band in self.bands]


def _by_number(queryset: QuerySet[JournalEntry], value: str | None, condition: Any) -> QuerySet[JournalEntry]:
    """Filtered by a number in the address; by nonsense nothing is found."""
    if value is None:
        return queryset
    try:
        return queryset.filter(condition(_number(value)))
    except ValueError:
        return queryset.none()


def _of_release(number: int) -> Q:
    used = tallies.release_in_use(number)
    return Q(release=number) & (Q(received_at__gte=used[0], received_at__lt=used[1]) if used else Q())


def _number(text: str) -> int:
    """ValueError for what no column of whole numbers could hold."""
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError
    return number
