"""What came of the answers, for SQL: views of clicks and applications, and the money asked for."""

from django.db import migrations

TALLY = """
create table integrations_tally_money (
    grain varchar(5) not null check (grain in ('hour', 'day', 'month')), at timestamptz not null,
    product_type varchar(11) not null, amount_from bigint, release integer not null, decision varchar(11) not null,
    n bigint not null);
create index integrations_tally_money_at on integrations_tally_money (grain, at);
"""

AMOUNT_FROM = """(array[0,50000,100000,200000,300000,500000,1000000,2000000,3000000,5000000])[width_bucket(
    {amount}, array[0,50000,100000,200000,300000,500000,1000000,2000000,3000000,5000000]::numeric[])]"""
DAY = "date_trunc('day', {moment}, 'Europe/Moscow')"

VIEWS = {
    "clicks": (
        "Each click that came through this service, one row: always filter on clicked_at.",
        """select id, received_at as clicked_at, told->>'enquiry' as enquiry, search_id, told->>'offer' as offer,
            (told->>'release')::integer as release, product_type as product, amount, term, decided_at as asked_at
        from integrations_journalentry
        cross join lateral (select convert_from(answer, 'UTF8')::jsonb as told) as answer
        where kind = 'click'""",
        {
            "id": "id of the entry in the journal",
            "clicked_at": "moment of the click; filter on this column, it is the one with an index",
            "enquiry": "id of the journal entry that decided the enquiry",
            "search_id": "id of the enquiry at Yandex",
            "offer": "code of the offer",
            "release": "number of the release in which the offer was shown",
            "product": "loan or credit_card",
            "amount": "roubles asked for; null: not said",
            "term": "months asked for; null: not said, or a card",
            "asked_at": "moment of the decision",
        },
    ),
    "applications": (
        "Applications at the bank, as they stand.",
        """select id, client, application_id, search_id, offer, release, product_type as product, state, state_at,
            asked_amount, asked_at, amount, term, rate, reason, filed_at, approved_at, declined_at, issued_at,
            cancelled_at, made_at, enquiry is not null as matched
        from integrations_application""",
        {
            "id": "id of the row",
            "client": "Client ID of the system that told of it",
            "application_id": "id of the application in that system",
            "search_id": "id of the enquiry at Yandex; null: not known",
            "offer": "code of the offer; null: not known",
            "release": "number of the release in which the offer was shown; null: not matched",
            "product": "loan or credit_card; null: not matched",
            "state": "filed, approved, declined, issued or cancelled",
            "state_at": "since when",
            "asked_amount": "roubles asked of Yandex; null: not said, or not matched",
            "asked_at": "moment of the decision that showed the offer; null: not matched",
            "amount": "roubles, as the bank told last",
            "term": "months, as the bank told last",
            "rate": "% a year, as the bank told last",
            "reason": "code of the reason, as the bank told last",
            "filed_at": "when it was filed; null: not told",
            "approved_at": "when the bank approved it; null: not told",
            "declined_at": "when the bank declined it; null: not told",
            "issued_at": "when it was issued; null: not told",
            "cancelled_at": "when it was cancelled; null: not told",
            "made_at": "when it was first heard of",
            "matched": "whether the proposal that it came of was found in the journal",
        },
    ),
    "application_news": (
        "What was told of applications, one row for each piece of news.",
        """select id, application, entry, received_at, client, application_id, state, occurred_at, effect, amount, term,
            rate, reason from integrations_applicationevent""",
        {
            "id": "id of the row",
            "application": "id of the application, as in applications",
            "entry": "id of the call in the journal",
            "received_at": "when it was told",
            "client": "Client ID of who told it",
            "application_id": "id of the application in that system",
            "state": "filed, approved, declined, issued or cancelled",
            "occurred_at": "when it came into that state",
            "effect": "accepted, late, repeated, or conflict: contradicts what was told before",
            "amount": "roubles",
            "term": "months",
            "rate": "% a year",
            "reason": "code of the reason",
        },
    ),
    "funnel": (
        "Steps from the question to the issue, by the day (of Moscow) on which it was asked; as far as days are tallied.",
        f"""select at as day, 'asked' as step, product_type as product, null::varchar as offer, null::integer as release,
            amount_from, sum(n)::bigint as n, null::numeric as roubles
        from integrations_tally_demand where grain = 'day' group by at, product_type, amount_from
        union all
        select at, 'approved', product_type, null, null, amount_from, sum(n)::bigint, null
        from integrations_tally_demand where grain = 'day' and decision = 'has_approve'
        group by at, product_type, amount_from
        union all
        select at, 'shown', null, offer, release, null, n, null
        from integrations_tally_reasons where grain = 'day' and reason = 0
        union all
        select {DAY.format(moment="asked_at")}, 'clicked', product, offer, release,
            {AMOUNT_FROM.format(amount="max(amount)")}, 1, max(amount)
        from analysis.clicks where asked_at is not null group by 1, product, offer, release, enquiry
        union all
        select {DAY.format(moment="asked_at")}, step, product, offer, release,
            {AMOUNT_FROM.format(amount="asked_amount")}, 1, coalesce(amount, asked_amount)
        from analysis.applications cross join lateral (values ('filed', true),
            ('agreed', approved_at is not null or issued_at is not null), ('issued', issued_at is not null)
        ) as steps (step, taken) where matched and taken""",
        {
            "day": "when the day of Moscow begins on which it was asked",
            "step": "asked, approved (offers were shown), shown (this offer was), clicked, filed, agreed (by the bank), issued",
            "product": "loan or credit_card; null: of shown",
            "offer": "code of the offer; null: of asked and approved",
            "release": "number of the release; null: of asked and approved",
            "amount_from": "roubles where the band of the amount asked for begins; null: not said, or of shown",
            "n": "how many",
            "roubles": "asked for (clicked) or applied for (later steps); null: see demand",
        },
    ),
}


def view(name, told, select, columns):
    comments = [f"comment on view analysis.{name} is '{told}';"]
    comments += [
        "comment on column analysis.{}.{} is '{}';".format(name, column, meaning.replace("'", "''"))
        for column, meaning in columns.items()
    ]
    return "\n".join([f"create view analysis.{name} as {select};", *comments])


def create(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TALLY)
        for name, (told, select, columns) in VIEWS.items():
            cursor.execute(view(name, told, select, columns))


def drop(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for name in reversed(VIEWS):
            cursor.execute(f"drop view analysis.{name}")
        cursor.execute("drop table integrations_tally_money")


class Migration(migrations.Migration):
    dependencies = [("integrations", "0006_applications")]
    operations = [migrations.RunPython(create, drop)]
