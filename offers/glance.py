"""What every page says of the working copy, at one look: one statement, for as long as nothing has changed."""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from offers import catalogue, releases, timeline
from offers.domain.catalogue import Content

# All that `releases.unpublished` compares, as a digest: what is live or will be, and whatever is edited.
EDITED: Final = ("offers_offer", "offers_bank", "offers_marketvalue", "offers_policy")
_ROWS: Final = "(select string_agg(md5(row::text), ',' order by md5(row::text)) from {} as row)"
LOOK: Final = f"""
with live as ({catalogue.LIVE_NUMBER})
select (select number from live), md5(concat_ws('|',
    (select string_agg(concat(number, holds_from, digest), ',' order by number) from offers_release
        where holds_from > statement_timestamp() or number >= (select number from live)),
    {", ".join(map(_ROWS.format, EDITED))}))"""  # noqa: S608  (constants of this module)


@dataclass(frozen=True, slots=True)
class Glance:
    live: Content
    unpublished: int


class _Last:
    """What this process saw last. By its digest, so that another database or an older state is never taken for it."""

    seen: tuple[str, int] | None = None


def look() -> Glance:
    with connection.cursor() as cursor:
        cursor.execute(LOOK)
        number, digest = cursor.fetchone()
    live = timeline.NOTHING if number is None else catalogue.release(number).content
    last = _Last.seen
    if last is None or last[0] != digest:
        last = _Last.seen = digest, len(releases.unpublished(live))
    return Glance(live, last[1])
