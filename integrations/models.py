"""Clients, enquiries and the journal.

No row of the journal or of an enquiry points to another table: the log must never block live data, nor change with it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from integrations.applications.models import (  # noqa: F401  (Django looks for models here)
    Application,
    ApplicationEvent,
    Conversion,
    ConversionBatch,
    Lead,
    LeadCursor,
)
from integrations.lists.models import ListChunk, ListedPerson, ListVersion, PersonList  # noqa: F401
from offers.domain.catalogue import Product
from offers.domain.known import Trial

CLIENT_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,39}\Z"
NETWORK_LENGTH = 43  # of the longest address of IPv6, and /128
DEFAULT_RATE = 5000
PRODUCTS = [(Product.LOAN.value, _("Cash loan")), (Product.CREDIT_CARD.value, _("Credit card"))]


class Kind(models.TextChoices):
    APPROVAL = "approval", _("Enquiry")
    POLL = "poll", _("Poll")
    UNREAD = "unread", _("Unread request")
    CLICK = "click", _("Click")
    INTAKE = "intake", _("News of applications")
    TOKEN = "token", _("Access token")
    DECIDED = "decided", _("Decided later")
    LISTS = "lists", _("Call about lists of people")
    # What is no exchange: see `journal.record`.
    OPENED = "opened", _("Request opened")
    FORGOTTEN = "forgotten", _("Person forgotten")
    PURGED = "purged", _("Retention ended")
    EXPORTED = "exported", _("Journal exported")
    LIST_LOADED = "list_loaded", _("List of people loaded")
    LIST_SWITCHED = "list_switched", _("List of people switched")
    LIST_ASKED = "list_asked", _("Lists of people asked")


class Scope(models.TextChoices):
    """What a client may call."""

    LOAN_APPROVAL = "loan_approval", _("ask for offers")
    APPLICATIONS = "applications", _("tell of applications")
    LISTS = "lists", _("load and switch lists of people")


def first_scopes() -> list[str]:
    return [Scope.LOAN_APPROVAL.value]


class DecisionCode(models.TextChoices):
    HAS_APPROVE = "has_approve", _("Approved")
    REJECTED = "rejected", _("Rejected")


class Client(models.Model):
    """Who may call: Yandex, the bank's own systems. Not a person who logs in."""

    id = models.CharField("Client ID", primary_key=True, max_length=40)
    active = models.BooleanField(_("active"), default=True, help_text=_("Switched off, it is refused at once."))
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope), verbose_name=_("may"), default=first_scopes, blank=True
    )
    networks = ArrayField(
        models.CharField(max_length=NETWORK_LENGTH), verbose_name=_("networks"), default=list, db_default=[], blank=True
    )
    rate = models.PositiveIntegerField(_("requests a second"), default=DEFAULT_RATE, db_default=DEFAULT_RATE)
    burst = models.PositiveIntegerField(_("at once"), default=DEFAULT_RATE, db_default=DEFAULT_RATE)
    epoch = models.PositiveIntegerField(default=0, db_default=0)  # access tokens of an earlier one are revoked
    on_trial = models.BooleanField(
        _("only tests the integration"),
        default=False,
        db_default=False,
        help_text=_("Its named phones are answered as they are named, and analytics leave it out."),
    )
    made_at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(name="client_id_format", condition=models.Q(id__regex=CLIENT_PATTERN)),
            models.CheckConstraint(name="client_rate", condition=models.Q(rate__gte=1, burst__gte=1)),
        )

    def __str__(self) -> str:
        return self.id


class TrialPhone(models.Model):
    """A phone of a client that only tests, and how it is answered."""

    class Answer(models.TextChoices):
        APPROVE = Trial.APPROVE.value, _("approved")
        REFUSE = Trial.REFUSE.value, _("refused")
        WAIT = Trial.WAIT.value, _("pending for some seconds, then approved")
        UNKNOWN = Trial.UNKNOWN.value, _("a person of whom the bank knows nothing")

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="trial_phones", verbose_name=_("client"))
    phone_hash = models.BinaryField(_("phone's keyed hash"))
    phone_mask = models.CharField(_("phone"), max_length=10)
    answer = models.CharField(_("is answered as"), max_length=8, choices=Answer)

    class Meta:
        verbose_name = _("phone that tests")
        verbose_name_plural = _("phones that test")
        ordering = ("client", "answer", "id")
        constraints = (models.UniqueConstraint(name="trial_phone_of_client", fields=("client", "phone_hash")),)

    def __str__(self) -> str:
        return f"{self.phone_mask}: {self.get_answer_display()}"


class Secret(models.Model):
    """One of a client's two live secrets, as a digest: so one can be replaced while the other still serves."""

    class Slot(models.IntegerChoices):
        FIRST = 1, _("first")
        SECOND = 2, _("second")

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets", verbose_name=_("client"))
    slot = models.PositiveSmallIntegerField(_("slot"), choices=Slot)
    digest = models.BinaryField(_("SHA-256"), max_length=32)
    made_at = models.DateTimeField(_("made"), db_default=Now())
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        ordering = ("client", "slot")
        constraints = (
            models.UniqueConstraint(name="secret_of_slot", fields=("client", "slot")),
            models.CheckConstraint(name="secret_slots", condition=models.Q(slot__in=(1, 2))),
            models.CheckConstraint(
                name="secret_period",
                condition=models.Q(valid_from__lt=models.F("valid_until")),
                violation_error_message=_("It would end before it begins."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.client_id}, {self.get_slot_display()}"


class MonthKey(models.Model):
    """The key that seals the requests of one month, wrapped by the master key. Destroyed, no backup opens them."""

    month = models.DateField(primary_key=True)
    id = models.CharField(max_length=32, unique=True)
    wrapped = models.BinaryField(null=True)
    master_key = models.CharField(max_length=40)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("key of a month")
        verbose_name_plural = _("keys of months")

    def __str__(self) -> str:
        return self.id


class Enquiry(models.Model):
    """One revision of one `search_id`: working state that recalls answers. Without an answer it is pending.

    A pending one is itself the order to decide it: see `integrations.pending`. Kept for the answers' lifetime; the
    lasting record is the journal.
    """

    id = models.UUIDField(primary_key=True)  # of the journal entry that decided it; pending: of the one that asked
    client = models.CharField(max_length=40)
    search_id = models.UUIDField()
    fields_digest = models.BinaryField()  # keyed, of all documented fields: sameness of the question
    asked_at = models.DateTimeField()
    product_type = models.CharField(max_length=11)
    amount = models.DecimalField(null=True, max_digits=13, decimal_places=2)
    term = models.SmallIntegerField(null=True)
    phone_hash = models.BinaryField()
    phone_mask = models.CharField(max_length=10)
    decided_at = models.DateTimeField(null=True)
    release = models.IntegerField(null=True)
    decision = models.CharField(null=True, max_length=11)  # noqa: DJ001  (null: not decided yet)
    reasons = ArrayField(models.SmallIntegerField(), null=True)
    offered = ArrayField(models.CharField(max_length=40), null=True)
    known = models.TextField(null=True)  # noqa: DJ001  (what was known of the person; null: nothing was asked)
    answer = models.BinaryField(null=True)
    holds_until = models.DateTimeField(null=True)  # terms that lists grant end then; null: no sooner than the answer
    # Only while it is pending:
    due_at = models.DateTimeField(null=True)  # from then on whoever finds it may go on with it
    attempts = models.SmallIntegerField(default=0, db_default=0)
    phone_sealed = models.BinaryField(null=True)  # for the scoring, by the month's key; where it is told the number
    seal_key = models.CharField(max_length=32, null=True)  # noqa: DJ001

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        constraints = (
            models.UniqueConstraint(name="enquiry_revision", fields=("client", "search_id", "fields_digest")),
        )
        # Few are pending at any time, so it costs an answer nothing.
        indexes = (models.Index(name="enquiry_pending", fields=("due_at",), condition=models.Q(answer__isnull=True)),)

    def __str__(self) -> str:
        return str(self.search_id)


class JournalEntry(models.Model):
    """One thing that happened, for good. Written by `integrations.journal` alone; the database refuses changes.

    The table is partitioned by month: its key is (id, received_at), Django's is `id`. One column is the database's
    own: `xact`, the transaction that wrote the row, by which batches are cut (see `integrations.proof.sealing`).
    """

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField(_("received"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    client = models.CharField(_("client"), max_length=40, null=True)  # noqa: DJ001  (null: not authenticated)
    remote_addr = models.GenericIPAddressField(_("from address"), null=True)
    request_id = models.UUIDField(_("request id"))
    method = models.CharField(_("method"), max_length=20)
    path = models.CharField(_("path"), max_length=300)
    status = models.SmallIntegerField(_("status"))
    latency_us = models.IntegerField(
        _("latency, µs"), help_text=_("From receipt until the entry was handed to the database.")
    )
    search_id = models.UUIDField("search_id", null=True)
    product_type = models.CharField(_("product"), max_length=11, choices=PRODUCTS, null=True)  # noqa: DJ001
    amount = models.DecimalField(_("amount, ₽"), max_digits=13, decimal_places=2, null=True)
    term = models.SmallIntegerField(_("term, months"), null=True)
    phone_hash = models.BinaryField(_("phone's keyed hash"), null=True)
    phone_mask = models.CharField(_("phone"), max_length=10, null=True)  # noqa: DJ001
    phone_key = models.CharField(_("key of the hash"), max_length=40, null=True)  # noqa: DJ001
    decision = models.CharField(_("decision"), max_length=11, choices=DecisionCode, null=True)  # noqa: DJ001
    release = models.IntegerField(_("release"), null=True)
    reasons = ArrayField(models.SmallIntegerField(), verbose_name=_("reasons"), null=True)
    decided_at = models.DateTimeField(_("moment of the decision"), null=True)
    repeated = models.BooleanField(_("answer repeated"))
    known = models.TextField(_("known of the person"), null=True)  # noqa: DJ001  (JSON; null: nothing was asked)
    request_sealed = models.BinaryField(_("request, sealed"), null=True)
    request_length = models.IntegerField(_("length of the request, bytes"))
    seal_key = models.CharField(_("key of the seal"), max_length=32, null=True)  # noqa: DJ001
    answer = models.BinaryField(_("answer"))
    salt = models.BinaryField(_("salt"), null=True)
    commitment = models.BinaryField(_("commitment"))

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")
        ordering = ("-received_at", "-id")
        permissions = (("open_request", _("Can open a sealed request")),)

    def __str__(self) -> str:
        return str(self.id)


class Batch(models.Model):
    """Entries sealed together: a leaf of the log whose checkpoints are signed. Batches are only ever added."""

    number = models.BigIntegerField(primary_key=True)  # from 0, without gaps
    sealed_at = models.DateTimeField(_("sealed"), db_default=Now())
    entries = models.IntegerField(_("entries"))
    members = models.BinaryField()  # a record an entry: see `integrations.proof.members`
    root = models.BinaryField()
    subtree = models.BinaryField()  # of the largest complete subtree that ends here
    checkpoint = models.TextField(_("checkpoint"))  # a signed note over the log up to here
    # How far the order of commits has been sealed.
    last_xact = models.BigIntegerField()
    last_id = models.UUIDField()

    class Meta:
        verbose_name = _("sealed batch")
        verbose_name_plural = _("sealed batches")
        indexes = (models.Index(name="batch_last", fields=("last_xact", "last_id")),)

    def __str__(self) -> str:
        return str(self.number)


class Clock(models.Model):
    """How this cluster's transaction numbers continue those of the cluster that the journal was restored from."""

    cluster = models.CharField(primary_key=True, max_length=20)
    base = models.BigIntegerField()

    class Meta:
        verbose_name = _("transactions' clock")
        verbose_name_plural = _("transactions' clocks")

    def __str__(self) -> str:
        return self.cluster


class Hold(models.Model):
    """A person whose data must be kept for now, whatever they ask: a dispute, a court, an inspection."""

    phone_hash = models.BinaryField(primary_key=True)
    reason = models.TextField(_("reason"))
    made_at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")

    def __str__(self) -> str:
        return self.reason


class ConnectionStep(models.Model):
    """How far the connection to Yandex has come, for one product, as somebody noted it by hand. The last row holds."""

    class Stage(models.TextChoices):
        NOTHING = "nothing", _("nothing sent yet")
        WRITTEN = "written", _("letter sent")
        CHECKED = "checked", _("in Yandex's check, up to 72 hours")
        ACTIVE = "active", _("connected")

    NOTE_LENGTH = 500

    product_type = models.CharField(_("product"), max_length=20, choices=PRODUCTS)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    noted_by = models.CharField(_("noted by"), max_length=150)
    noted_at = models.DateTimeField(_("noted"), db_default=Now())

    class Meta:
        verbose_name = _("step of the connection")
        verbose_name_plural = _("connection to Yandex")
        default_permissions = ("view", "add")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.get_stage_display()
