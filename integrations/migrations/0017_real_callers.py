"""What analysts count leaves out a client that only tests the integration, and counts what was decided later."""

from importlib import import_module

from django.db import migrations, models

FIRST = import_module("integrations.migrations.0003_analysis").VIEWS
FUNNEL = import_module("integrations.migrations.0007_funnel").VIEWS
EXCHANGES, DETAILS = FIRST["exchanges"][1], FIRST["exchange_reasons"][1]
CLICKS, APPLICATIONS, NEWS = (FUNNEL[name][1] for name in ("clicks", "applications", "application_news"))
KINDS, ALL_KINDS = "kind in ('approval', 'poll', 'unread')", "kind in ('approval', 'poll', 'unread', 'decided')"

REAL = "not exists (select from integrations_client tester where tester.id = {} and tester.on_trial)"
NEWS_REAL = """not exists (
    select from integrations_application tried join integrations_client tester on tester.id = tried.asked_by
    where tried.id = integrations_applicationevent.application and tester.on_trial)"""
TOLD = {
    "exchanges.kind": (
        "approval: an enquiry; poll: a question for its answer; unread: refused before it was understood",
        "approval: an enquiry; poll: a question for its answer; unread: refused before it was understood; "
        "decided: no request, but the decision on an enquiry that had been answered with pending",
    ),
    "requests.kind": ("approval, poll or unread", "approval, poll, unread; or decided: no request, see exchanges"),
    "latency.measure": (
        "latency: of an answer; pending: from an enquiry left open until the poll that found it decided",
        "latency: of an answer; pending: from an enquiry left open until it was decided; "
        "without: of decisions for which the scoring said nothing in time, from the enquiry until then",
    ),
}


def view(name, select):
    return f"create or replace view analysis.{name} as {select}"


def changed(name, before, after):
    """The columns stay, and with them what leans on the view and who may read it."""
    return migrations.RunSQL(view(name, after), view(name, before))


def told(column, before, after):
    return migrations.RunSQL(*(f"comment on column analysis.{column} is '{text}'" for text in (after, before)))


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0016_list_parts"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="asked_by",
            field=models.CharField(max_length=40, null=True, verbose_name="asked by"),
        ),
        changed("exchanges", EXCHANGES, f"{EXCHANGES.replace(KINDS, ALL_KINDS)} and {REAL.format('client')}"),
        changed("exchange_reasons", DETAILS, f"{DETAILS} where {REAL.format('e.client')}"),
        changed("clicks", CLICKS, f"{CLICKS} and {REAL.format('client')}"),
        changed("applications", APPLICATIONS, f"{APPLICATIONS} where {REAL.format('asked_by')}"),
        changed("application_news", NEWS, f"{NEWS} where {NEWS_REAL}"),
        *(told(column, *texts) for column, texts in TOLD.items()),
    ]
