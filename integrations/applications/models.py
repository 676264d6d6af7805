"""Applications at the bank, and what has been done about them.

An application is working state: where it stands, and which proposal it came of. What was told of it stays in its
events, until its time is up or the person is forgotten. No row points to the journal, which must never block live data.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from integrations.applications.states import Effect, State
from offers.models import ProductType

STATES = [
    (State.FILED.value, _("filed")),
    (State.APPROVED.value, _("approved by the bank")),
    (State.DECLINED.value, _("declined")),
    (State.ISSUED.value, _("issued")),
    (State.CANCELLED.value, _("cancelled")),
]
EFFECTS = [
    (Effect.ACCEPTED.value, _("accepted")),
    (Effect.LATE.value, _("late")),
    (Effect.REPEATED.value, _("repeated")),
    (Effect.CONFLICT.value, _("contradicts what was told before")),
]


class Told(models.Model):
    """What news says of an application."""

    ref = models.CharField(_("reference"), max_length=64, null=True)  # noqa: DJ001  (null: not given)
    search_id = models.UUIDField("search_id", null=True)
    offer = models.CharField(_("offer"), max_length=40, null=True)  # noqa: DJ001
    amount = models.DecimalField(_("amount, ₽"), max_digits=13, decimal_places=2, null=True)
    term = models.SmallIntegerField(_("term, months"), null=True)
    rate = models.DecimalField(_("rate, % p.a."), max_digits=6, decimal_places=3, null=True)
    reason = models.CharField(_("reason"), max_length=40, null=True)  # noqa: DJ001
    metrica_client_id = models.CharField("ClientID", max_length=20, null=True)  # noqa: DJ001

    class Meta:
        abstract = True


class Application(Told):
    """What a person filed at the bank after the click, as it stands. `enquiry`: the entry that decided on the offer."""

    id = models.UUIDField(primary_key=True)
    client = models.CharField(_("client"), max_length=40)
    application_id = models.CharField(_("application"), max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=STATES)
    state_at = models.DateTimeField(_("in this state since"))
    made_at = models.DateTimeField(_("first heard of"), db_default=Now())
    # When it came into each state; null: not, or not told.
    filed_at = models.DateTimeField(_("filed"), null=True)
    approved_at = models.DateTimeField(_("approved by the bank"), null=True)
    declined_at = models.DateTimeField(_("declined"), null=True)
    issued_at = models.DateTimeField(_("issued"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    # The proposal it came of, once that is found.
    enquiry = models.UUIDField(_("enquiry"), null=True, db_index=True)
    release = models.IntegerField(_("release"), null=True)
    product_type = models.CharField(_("product"), max_length=11, choices=ProductType, null=True)  # noqa: DJ001
    asked_amount = models.DecimalField(_("amount asked for, ₽"), max_digits=13, decimal_places=2, null=True)
    asked_at = models.DateTimeField(_("asked"), null=True)
    asked_by = models.CharField(_("asked by"), max_length=40, null=True)  # noqa: DJ001
    # Since then it has another id, and nothing leads from it to a person or to the bank's own papers.
    forgotten_at = models.DateTimeField(_("person forgotten"), null=True)

    class Meta:
        verbose_name = _("application at the bank")
        verbose_name_plural = _("applications at the bank")
        ordering = ("-made_at", "-id")
        constraints = (models.UniqueConstraint(name="application_of_client", fields=("client", "application_id")),)
        indexes = (
            models.Index(name="application_made", fields=("made_at", "id")),
            models.Index(name="application_asked", fields=("asked_at",)),
            models.Index(name="application_state", fields=("state", "state_at")),
            models.Index(name="application_unmatched", fields=("made_at",), condition=models.Q(enquiry__isnull=True)),
        )

    def __str__(self) -> str:
        return self.application_id


class ApplicationEvent(Told):
    """News of an application, as it was told: never changed. `entry`: the call in the journal that told it."""

    id = models.UUIDField(primary_key=True)
    application = models.UUIDField()
    entry = models.UUIDField(_("journal entry"))
    received_at = models.DateTimeField(_("received"))
    client = models.CharField(_("client"), max_length=40)
    application_id = models.CharField(_("application"), max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=STATES)
    occurred_at = models.DateTimeField(_("occurred"))
    effect = models.CharField(_("what became of it"), max_length=8, choices=EFFECTS)
    digest = models.BinaryField()  # of the news: told again, it is not kept again

    class Meta:
        verbose_name = _("news of an application")
        verbose_name_plural = _("news of applications")
        constraints = (models.UniqueConstraint(name="event_once", fields=("application", "digest")),)

    def __str__(self) -> str:
        return f"{self.application_id}: {self.state}"


class ConversionBatch(models.Model):
    """Conversions taken out for Yandex at one time; taken back, they can be taken out again."""

    id = models.UUIDField(primary_key=True)
    channel = models.CharField(_("channel"), max_length=20)
    made_at = models.DateTimeField(_("made"), db_default=Now())
    author = models.CharField(_("author"), max_length=150)
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("to"))
    states = models.CharField(_("states"), max_length=60)
    rows = models.IntegerField(_("conversions"))
    undone_at = models.DateTimeField(_("taken back"), null=True)
    undone_by = models.CharField(_("taken back by"), max_length=150, blank=True, default="")

    class Meta:
        verbose_name = _("conversions for Yandex")
        verbose_name_plural = _("conversions for Yandex")
        ordering = ("-made_at",)
        permissions = (("export_conversions", _("Can take out conversions for Yandex")),)

    def __str__(self) -> str:
        return f"{self.channel}, {self.made_at:%Y-%m-%d %H:%M}"


class Conversion(models.Model):
    """A mark: this state of this application was taken out through this channel."""

    batch = models.ForeignKey(ConversionBatch, on_delete=models.CASCADE, related_name="conversions")
    channel = models.CharField(max_length=20)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=9, choices=STATES)

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")
        constraints = (models.UniqueConstraint(name="conversion_once", fields=("channel", "application", "state")),)

    def __str__(self) -> str:
        return f"{self.application_id}: {self.state}"


class Lead(models.Model):
    """An enquiry to be handed to the bank's own system; `id` is that of its journal entry."""

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField(_("received"))
    attempts = models.SmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), null=True)  # null: delivered, or given up
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    failure = models.CharField(_("last failure"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(name="lead_due", fields=("next_try_at",), condition=models.Q(next_try_at__isnull=False)),
            models.Index(name="lead_received", fields=("received_at", "id")),
        )

    def __str__(self) -> str:
        return str(self.id)


class LeadCursor(models.Model):
    """How far the journal has been looked through for leads: one row, made when leads are switched on."""

    id = models.SmallAutoField(primary_key=True)
    xact = models.BigIntegerField()

    class Meta:
        verbose_name = _("how far leads were taken")
        verbose_name_plural = _("how far leads were taken")
        constraints = (models.CheckConstraint(name="one_lead_cursor", condition=models.Q(id=1)),)

    def __str__(self) -> str:
        return str(self.xact)
