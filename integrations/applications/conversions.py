"""Conversions taken out for Yandex, each once: marked as they leave, and unmarked when that is taken back."""

import io
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from integrations.applications.channels import CHANNELS
from integrations.applications.conversion import Conversion, File
from integrations.applications.models import Application, ConversionBatch
from integrations.applications.models import Conversion as Mark
from integrations.applications.states import State
from integrations.ids import uuid7
from integrations.models import Client

LOCK: Final = 0x636F_6E76  # two exports at once would take the same conversions


class NothingToExport(LookupError):
    """No state of that period is left to be taken out."""


@dataclass(frozen=True, slots=True)
class Export:
    batch: ConversionBatch
    files: list[File]


def waiting(channel: str, start: datetime, end: datetime, states: Collection[State]) -> list[tuple[Application, State]]:
    """What would be taken out: each chosen state that an application came into in that period, the earliest first."""
    found = [
        (application, state)
        for state in State
        if state in states
        for application in _real().filter(_came_into(state, start, end)).exclude(_marked(channel, state))
    ]
    return sorted(found, key=lambda each: (_moment(*each), each[0].application_id))


@transaction.atomic
def export(channel: str, start: datetime, end: datetime, states: Collection[State], *, author: str) -> Export:
    """Take them out and mark them; raises NothingToExport."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    found = waiting(channel, start, end, states)
    if not found:
        raise NothingToExport
    batch = ConversionBatch.objects.create(
        id=uuid7(datetime.now(UTC)),
        channel=channel,
        author=author,
        start=start,
        end=end,
        states=", ".join(state for state in State if state in states),
        rows=len(found),
    )
    Mark.objects.bulk_create(
        Mark(batch=batch, channel=channel, application=application, state=state) for application, state in found
    )
    return Export(batch, CHANNELS[channel].files([_conversion(*each) for each in found]))


def again(batch: ConversionBatch) -> Export:
    """The files of conversions that were taken out already: after a download that broke off."""
    marks = batch.conversions.select_related("application").filter(application__in=_known())
    found = [(mark.application, State(mark.state)) for mark in marks]
    found.sort(key=lambda each: (_moment(*each), each[0].application_id))
    return Export(batch, CHANNELS[batch.channel].files([_conversion(*each) for each in found]))


@transaction.atomic
def undo(batch: ConversionBatch, *, by: str) -> int:
    """Take it back: what it marked can be taken out again. How many that were; none the second time."""
    unmarked, _by_model = batch.conversions.all().delete()
    ConversionBatch.objects.filter(id=batch.id, undone_at=None).update(undone_at=Now(), undone_by=by)
    return unmarked


def packed(files: Collection[File]) -> bytes:
    """All files as one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(file.name, file.content)
    return content.getvalue()


def _known() -> QuerySet[Application]:
    """Those whose ids say something to anybody."""
    return Application.objects.filter(forgotten_at=None)


def _real() -> QuerySet[Application]:
    """And that came of no test of the integration."""
    return _known().exclude(asked_by__in=Client.objects.filter(on_trial=True))


def _came_into(state: State, start: datetime, end: datetime) -> Q:
    return Q(**{f"{state}_at__gte": start, f"{state}_at__lt": end})


def _marked(channel: str, state: State) -> Exists:
    return Exists(Mark.objects.filter(application=OuterRef("pk"), channel=channel, state=state))


def _moment(application: Application, state: State) -> datetime:
    moment: datetime = getattr(application, f"{state}_at")
    return moment


def _conversion(application: Application, state: State) -> Conversion:
    told = [moment for each in State if (moment := getattr(application, f"{each}_at")) is not None]
    return Conversion(
        application.application_id,
        state,
        application.filed_at or min(told),
        application.metrica_client_id,
        application.amount,
    )
