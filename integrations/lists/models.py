"""Lists of people, by the keyed hash of their phones: whom the bank grants terms of their own, whom it offers nothing.

A list is a version at a time. Versions are loaded aside; which one is live is a column of the list, so changing over
and taking back are one step. What answers read of all this: `integrations.lists.lookup`.
"""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from offers.domain.known import Approval
from offers.models import CODE_PATTERN, PERCENT_MAX, ProductType

APPROVALS = [
    (Approval.PRE_APPROVED.value, _("pre-approved")),
    (Approval.FULL_APPROVED.value, _("fully approved")),
]


class PersonList(models.Model):
    """A list under a lasting code: the journal names it by that."""

    class Purpose(models.TextChoices):
        PREQUALIFIED = "prequalified", _("prequalified people")
        STOP = "stop", _("stop list")

    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(CODE_PATTERN, _("Use small Latin letters, digits and hyphens: salary-clients."))],
    )
    name = models.CharField(_("name"), max_length=100)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    live = models.ForeignKey(
        "ListVersion", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("live version")
    )
    # What taking back brings back; null: nothing was live before, or it has been taken back already.
    previous = models.ForeignKey(
        "ListVersion", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("version before")
    )
    switched_at = models.DateTimeField(_("switched"), null=True)
    switched_by = models.CharField(_("switched by"), max_length=150, blank=True, default="")

    class Meta:
        verbose_name = _("list of people")
        verbose_name_plural = _("lists of people")
        ordering = ("purpose", "code")
        permissions = (
            ("load_list", _("Can load lists of people")),
            ("switch_list", _("Can switch lists of people, and take them back")),
            ("ask_lists", _("Can ask whether a person is on a list")),
        )
        constraints = (models.CheckConstraint(name="list_code_format", condition=Q(code__regex=CODE_PATTERN)),)

    def __str__(self) -> str:
        return self.code

    @property
    def is_stop(self) -> bool:
        return self.purpose == self.Purpose.STOP


class ListVersion(models.Model):
    """What one file, or one series of calls, said. Only a ready one can become live; its people never change."""

    class State(models.TextChoices):
        LOADING = "loading", _("being loaded")
        CHECKING = "checking", _("being checked")
        READY = "ready", _("checked")
        FAILED = "failed", _("has mistakes")
        EMPTIED = "emptied", _("people deleted")

    person_list = models.ForeignKey(
        PersonList, on_delete=models.PROTECT, related_name="versions", verbose_name=_("list")
    )
    number = models.PositiveIntegerField(_("version"))  # of its list, from 1
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.LOADING)
    loaded_by = models.CharField(_("loaded by"), max_length=150)
    begun_at = models.DateTimeField(_("begun"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)
    source = models.CharField(_("from"), max_length=100)  # a file's name, or the API
    note = models.CharField(_("note"), max_length=300, blank=True, default="")
    rows = models.PositiveIntegerField(_("lines"), default=0)  # while it is loaded: so far
    expected = models.PositiveIntegerField(null=True)  # while it is loaded: about so many there will be
    repeated = models.PositiveIntegerField(_("lines that repeat others"), default=0)
    wrong = models.PositiveIntegerField(_("mistakes"), default=0)
    mistakes = models.JSONField(_("mistakes"), default=list)  # the first of them
    # Against what was live when it was checked; null: nothing was.
    compared_with = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("compared with version")
    )
    added = models.PositiveIntegerField(_("added"), null=True)
    changed = models.PositiveIntegerField(_("changed"), null=True)
    removed = models.PositiveIntegerField(_("removed"), null=True)

    class Meta:
        verbose_name = _("version of a list")
        verbose_name_plural = _("versions of lists")
        ordering = ("-begun_at", "-id")
        constraints = (models.UniqueConstraint(name="version_of_list", fields=("person_list", "number")),)

    def __str__(self) -> str:
        return f"{self.person_list.code} {self.number}"


class ListChunk(models.Model):
    """A part of a version that was told by a call: told again, it is not added again."""

    version = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="chunks")
    number = models.PositiveIntegerField()
    digest = models.BinaryField()  # keyed, as phones are among what it is of
    rows = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("part of a version")
        verbose_name_plural = _("parts of versions")
        default_permissions = ()
        constraints = (models.UniqueConstraint(name="chunk_of_version", fields=("version", "number")),)

    def __str__(self) -> str:
        return f"{self.version_id}, {self.number}"


class ListedPerson(models.Model):
    """One line of one version. Without a product it is of all; with an offer, of that offer alone.

    `version` is no foreign key, which would be looked up for each of millions. The one index begins with it, so that
    a version is written, read and deleted in its own part of it; its second part finds the person.
    """

    pk = models.CompositePrimaryKey("version", "phone_hash", "line")
    version = models.IntegerField()
    phone_hash = models.BinaryField()  # by the same key as that of enquiries
    line = models.IntegerField()  # of the file: what its mistakes are called by
    product_type = models.CharField(max_length=11, choices=ProductType, blank=True)  # empty: of every product
    offer = models.CharField(max_length=40, blank=True)  # empty: of every offer
    amount_max = models.DecimalField(max_digits=13, decimal_places=2, null=True)
    rate = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    approval = models.CharField(max_length=13, choices=APPROVALS, blank=True)  # empty: of a stop list
    valid_until = models.DateTimeField(null=True)  # until just before that moment

    class Meta:
        verbose_name = _("listed person")
        verbose_name_plural = _("listed people")
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                name="listed_terms", condition=Q(amount_max__gt=0, rate__gte=0, rate__lte=PERCENT_MAX)
            ),
        )

    def __str__(self) -> str:
        return f"{self.version}, {self.line}"
