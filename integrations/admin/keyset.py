"""Pages of the journal that begin where the last one ended, so that all are equally quick, and none counts."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.views.main import ChangeList
from django.db import OperationalError
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from integrations.admin.filters import FROM, ID, PHONE, TO, PeriodFilter
from integrations.analytics import walk

BEFORE = "before"
# Lists read none of these.
HEAVY = ("phone_hash", "request_sealed", "answer", "salt", "commitment", "reasons")
# Two digits of an estimate say all that it knows.
DIGITS = 2
LAST_ID = UUID(int=(1 << 128) - 1)


class JournalChangeList(ChangeList):
    """Newest first, a page after another."""

    older: str | None = None  # the query string of the next page
    newest: str | None = None  # and of the first, where this is not it
    searched_to: datetime | None = None  # nothing older was looked at: the next page does
    about: int | None = None  # how many there are, by the planner's estimate

    def get_filters_params(self, params: Any = None) -> Any:
        kept = super().get_filters_params(params)
        kept.pop(BEFORE, None)
        return kept

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Another filter begins with the newest again."""
        return super().get_query_string({BEFORE: None, **(new_params or {})}, remove)

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[str | Combinable]:
        return ["-received_at", "-id"]

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        return super().get_queryset(request, exclude_parameters).defer(*HEAVY)

    def get_results(self, request: HttpRequest) -> None:
        rows: QuerySet[Any] = self.queryset
        position = _position(request.GET.get(BEFORE, ""))
        if position:
            rows = rows.filter(walk.below(*position))
            self.newest = self.get_query_string()
        floor = self._floor(position) if self._is_scan else None
        if floor:
            rows = rows.filter(received_at__gt=floor)
        found = self._read(request, rows[: self.list_per_page + 1])
        self.result_list = found[: self.list_per_page]
        if len(found) > self.list_per_page:
            last = self.result_list[-1]
            self.older = self._page(last.received_at, last.id)
            self.about = None if position else estimate(self.queryset)
        elif floor:
            self.searched_to, self.older = floor, self._page(floor, LAST_ID)
        # Of this page alone: as the two are equal, no page claims to know how many there are.
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = self.multi_page = False

    def _read(self, request: HttpRequest, rows: QuerySet[Any]) -> list[Any]:
        """A busy database may need longer than a page may take."""
        try:
            return list(rows)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            messages.warning(request, _("That takes too long over the whole journal: choose a period as well."))
            return []

    def _page(self, received_at: datetime, entry_id: UUID) -> str:
        return self.get_query_string({BEFORE: f"{received_at.isoformat()}_{entry_id}"})

    @property
    def _is_scan(self) -> bool:
        """Whether what is looked for may be rare, and no index finds it."""
        asked = self.get_filters_params()
        found_by_index = PHONE in asked or ID in asked or asked.get("status", "200") != "200"
        return not found_by_index and any(name not in (FROM, TO) for name in asked)

    def _floor(self, position: tuple[datetime, UUID] | None) -> datetime | None:
        """The moment down to which a page searches; None: the beginning is nearer."""
        ends = [position[0] if position else None, self.period[1]]
        return walk.floor(min((end for end in ends if end), default=None))

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """From when to when entries are listed, where that was chosen."""
        chosen = next((spec for spec in self.filter_specs if isinstance(spec, PeriodFilter)), None)
        return (chosen.start, chosen.end) if chosen else (None, None)


def estimate(rows: QuerySet[Any]) -> int:
    """About how many rows: what the planner expects, without reading them."""
    plan = json.loads(rows.order_by().explain(format="json"))
    expected = int(plan[0]["Plan"]["Plan Rows"])
    return round(expected, DIGITS - len(str(expected))) if expected > 10**DIGITS else expected


def _position(text: str) -> tuple[datetime, UUID] | None:
    """Where a page begins, as `get_results` wrote it; None for anything else."""
    moment, _between, entry_id = text.partition("_")
    try:
        received_at = datetime.fromisoformat(moment)
        return (received_at, UUID(entry_id)) if received_at.tzinfo else None
    except ValueError:
        return None
