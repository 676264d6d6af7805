"""What analysts ask: tallies that stay small however long the journal grows, and views for SQL.

The views hold nothing personal: no hash or mask of a phone, no address, no sealed bytes. Their names and columns are
stable: questions, notebooks and dashboards of the bank lean on them.
"""

from django.db import migrations

INDEXES = """
-- Failures are few, so this index costs an ordinary insert nothing; without it one of them is sought among millions.
create index integrations_journal_failed on integrations_journalentry (received_at, status) where status <> 200;
"""

# Per hour, day and month of Moscow; a row without entries is not kept.
UNIT = "grain varchar(5) not null check (grain in ('hour', 'day', 'month')), at timestamptz not null"
TALLIES = {
    "exchanges": """client varchar(40), kind varchar(16) not null, status smallint not null, product_type varchar(11),
        decision varchar(11), release integer, repeated boolean not null""",
    "latency": "measure varchar(7) not null, bin bigint not null",
    "demand": "product_type varchar(11) not null, amount_from bigint, term_from smallint, decision varchar(11) not null",
    "refused": "product_type varchar(11) not null, amount numeric(13, 2), term smallint",
    "reasons": "release integer not null, offer varchar(40) not null, reason smallint not null",
}

REASONS = {
    0: ("offered", "the offer was shown"),
    1: ("other_product", "another product was asked for"),
    2: ("paused", "the offer, or all offers, were paused"),
    3: ("not_yet_valid", "its time had not begun"),
    4: ("no_longer_valid", "its time had ended"),
    5: ("amount_below_min", "less was asked for than it is shown for"),
    6: ("amount_above_max", "more was asked for than it is shown for"),
    7: ("term_below_min", "a shorter term was asked for than it is shown for"),
    8: ("term_above_max", "a longer term was asked for than it is shown for"),
    9: ("above_ceiling", "its full cost (ПСК) would exceed what the law allowed then"),
}

AT = {
    "grain": "hour, day or month: choose one, or everything is counted three times",
    "at": "when the hour, day or month of Moscow begins",
}
VIEWS = {
    "exchanges": (
        "Each request and its answer, one row, the newest for up to the time that entries are kept.",
        """select id, received_at, received_at at time zone 'Europe/Moscow' as received_msk, kind, client, method, path,
            status, latency_us / 1000.0 as latency_ms, search_id, product_type as product, amount, term, decision,
            release, decided_at, repeated, reasons, request_length
        from integrations_journalentry where kind in ('approval', 'poll', 'unread')""",
        {
            "id": "id of the entry, and of the request as the answer's X-Request-Id header names it; sortable by time",
            "received_at": "moment of receipt; filter on this column, it is the one with an index",
            "received_msk": "the same by the clocks of Moscow, without a time zone",
            "kind": "approval: an enquiry; poll: a question for its answer; unread: refused before it was understood",
            "client": "Client ID of the caller; null: refused at the door",
            "method": "HTTP method",
            "path": "path of the request without its query string; long numbers hidden",
            "status": "HTTP status of the answer",
            "latency_ms": "milliseconds from receipt until the entry was handed to the database",
            "search_id": "id of the enquiry at Yandex; its repeats, revisions and polls share it",
            "product": "loan or credit_card",
            "amount": "roubles asked for (of a card: the limit); null: not said",
            "term": "months asked for; null: not said, or a card",
            "decision": "has_approve or rejected; null: none was given",
            "release": "number of the release that was decided on",
            "decided_at": "moment of the decision: of a repeated answer the first one",
            "repeated": "whether an answer given before was given again",
            "reasons": "why each offer of the release was left out, in the release's order; see exchange_reasons",
            "request_length": "bytes of the request's body",
        },
    ),
    "exchange_reasons": (
        "What became of each offer in each exchange that carries a decision: always filter on received_at.",
        """select e.id, e.received_at, e.search_id, e.repeated, e.release, r.codes[place] as offer, reason
        from integrations_journalentry e
        join offers_release r on r.number = e.release
        cross join lateral unnest(e.reasons) with ordinality as told (reason, place)""",
        {
            "id": "id of the entry, as in exchanges",
            "received_at": "moment of receipt",
            "search_id": "id of the enquiry at Yandex",
            "repeated": "whether an answer given before was given again",
            "release": "number of the release that was decided on",
            "offer": "code of the offer",
            "reason": "number of the reason, as in reason_names; 0: the offer was shown",
        },
    ),
    "reason_names": (
        "What the numbers of reasons mean; a number never changes its meaning.",
        "select * from (values {}) as named (reason, code, meaning)".format(
            ", ".join(f"({number}::smallint, '{code}', '{meaning}')" for number, (code, meaning) in REASONS.items())
        ),
        {"reason": "the number kept in the journal", "code": "its name in programs", "meaning": "its meaning"},
    ),
    "releases": (
        "Releases of the catalogue: what was served, and when.",
        """select number as release, holds_from, holds_until, author, comment, cardinality(codes) as offers
        from (
            select r.*, (select min(later.holds_from) from offers_release later
                where later.number > r.number) as holds_until
            from offers_release r) as told
        where holds_until is null or holds_until > holds_from""",
        {
            "release": "its number",
            "holds_from": "since when it is served",
            "holds_until": "until when; null: it is the last one. Releases that never held are not listed",
            "author": "login of the employee who published it",
            "comment": "why it was published",
            "offers": "how many offers it holds",
        },
    ),
    "offers": (
        "The offers of every release, with the terms on which they were shown.",
        """select r.number as release, offer->>'code' as offer, offer->>'product' as product,
            (offer->>'position')::integer as position,
            (offer#>>'{amount,min}')::numeric as amount_min, (offer#>>'{amount,max}')::numeric as amount_max,
            (offer#>>'{shown_amount,min}')::numeric as shown_amount_min,
            (offer#>>'{shown_amount,max}')::numeric as shown_amount_max,
            (offer#>>'{term,min}')::integer as term_min, (offer#>>'{term,max}')::integer as term_max,
            (offer#>>'{shown_term,min}')::integer as shown_term_min,
            (offer#>>'{shown_term,max}')::integer as shown_term_max,
            (offer#>>'{rate,min}')::numeric as rate_min, (offer#>>'{rate,max}')::numeric as rate_max,
            (offer#>>'{total_cost,min}')::numeric as total_cost_min,
            (offer#>>'{total_cost,max}')::numeric as total_cost_max,
            (offer->>'grace_period')::integer as grace_period,
            (offer->>'minimum_payment')::numeric as minimum_payment,
            (offer->>'valid_from')::timestamptz as valid_from, (offer->>'valid_until')::timestamptz as valid_until,
            coalesce((r.content->>'all_paused')::boolean, false)
                or coalesce(r.content->'paused', '[]') ? (offer->>'code') as paused
        from offers_release r cross join lateral jsonb_array_elements(r.content->'offers') as offer""",
        {
            "release": "number of the release",
            "offer": "code of the offer",
            "product": "loan or credit_card",
            "position": "the product manager's order: the smallest stands first",
            "amount_min": "smallest amount, roubles (of a card: the limit)",
            "amount_max": "largest amount, roubles",
            "shown_amount_min": "from which asked amount on the offer is shown",
            "shown_amount_max": "up to which asked amount the offer is shown",
            "term_min": "shortest term, months; null for cards",
            "term_max": "longest term, months",
            "shown_term_min": "from which asked term on the offer is shown",
            "shown_term_max": "up to which asked term the offer is shown",
            "rate_min": "lowest rate, % a year",
            "rate_max": "highest rate, % a year",
            "total_cost_min": "lowest full cost (ПСК), % a year",
            "total_cost_max": "highest full cost (ПСК), % a year",
            "grace_period": "days without interest, of cards",
            "minimum_payment": "minimum payment of cards, % of the debt a month",
            "valid_from": "from when it may be shown; null: always",
            "valid_until": "until when it may be shown; null: without an end",
            "paused": "whether it was paused in that release",
        },
    ),
    "requests": (
        "How many exchanges there were, per hour, day and month of Moscow.",
        """select grain, at, client, kind, status, product_type as product, decision, release, repeated, n
        from integrations_tally_exchanges""",
        AT
        | {
            "client": "Client ID; null: refused at the door",
            "kind": "approval, poll or unread",
            "status": "HTTP status of the answer",
            "product": "loan or credit_card; null: not understood",
            "decision": "has_approve or rejected; null: none was given",
            "release": "number of the release that was decided on",
            "repeated": "whether an answer given before was given again",
            "n": "how many",
        },
    ),
    "latency": (
        "How long answers took, and how long enquiries pended until they were decided.",
        "select grain, at, measure, bin / 1000.0 as ms, n from integrations_tally_latency",
        AT
        | {
            "measure": "latency: of an answer; pending: from an enquiry left open until the poll that found it decided",
            "ms": "milliseconds, rounded down to two significant digits",
            "n": "how many",
        },
    ),
    "demand": (
        "What was asked for and how it was decided, in bands; an answer given again is not counted again.",
        """select grain, at, product_type as product, amount_from, term_from, decision, n
        from integrations_tally_demand""",
        AT
        | {
            "product": "loan or credit_card",
            "amount_from": "roubles where the band of amounts begins; null: no amount was said",
            "term_from": "months where the band of terms begins; null: no term was said, or a card",
            "decision": "has_approve or rejected",
            "n": "how many",
        },
    ),
    "refused": (
        "The exact amounts and terms that no offer covered.",
        "select grain, at, product_type as product, amount, term, n from integrations_tally_refused",
        AT
        | {
            "product": "loan or credit_card",
            "amount": "roubles asked for; null: not said",
            "term": "months asked for; null: not said, or a card",
            "n": "how many",
        },
    ),
    "offer_reasons": (
        "How often each offer was shown (reason 0) or left out, and why.",
        "select grain, at, release, offer, reason, n from integrations_tally_reasons",
        AT
        | {
            "release": "number of the release",
            "offer": "code of the offer",
            "reason": "number of the reason, as in reason_names",
            "n": "how many",
        },
    ),
}


def tally(name: str, columns: str) -> str:
    return f"""
create table integrations_tally_{name} ({UNIT}, {columns}, n bigint not null);
create index integrations_tally_{name}_at on integrations_tally_{name} (grain, at);
"""


def view(name: str, told: str, select: str, columns: dict[str, str]) -> str:
    comments = [f"comment on view analysis.{name} is '{told}';"]
    comments += [
        "comment on column analysis.{}.{} is '{}';".format(name, column, meaning.replace("'", "''"))
        for column, meaning in columns.items()
    ]
    return "\n".join([f"create view analysis.{name} as {select};", *comments])


def create(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(INDEXES)
        for name, columns in TALLIES.items():
            cursor.execute(tally(name, columns))
        cursor.execute("create schema analysis")
        for name, (told, select, columns) in VIEWS.items():
            cursor.execute(view(name, told, select, columns))


def drop(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("drop schema analysis cascade")
        for name in TALLIES:
            cursor.execute(f"drop table integrations_tally_{name}")
        cursor.execute("drop index integrations_journal_failed")


class Migration(migrations.Migration):
    dependencies = [("integrations", "0002_journal"), ("offers", "0002_releases_stay")]
    operations = [migrations.RunPython(create, drop)]
