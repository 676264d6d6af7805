"""What a demo starts with: a published catalogue, two lists, three people, three clients. Again, it changes nothing.

Catalogue and lists are theirs who edit them: they are made only where there are none. People keep the passwords that
they have. Clients are made to match the environment every time, so that what the demo prints always works.
"""

from collections.abc import Mapping
from io import BytesIO

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from integrations import clients, demo_offers, trials
from integrations.lists import loading, switching
from integrations.lists.files import File
from integrations.lists.models import PersonList
from integrations.models import Client, Scope, Secret, TrialPhone
from offers import releases
from offers.models import Bank, MarketValue, Offer
from offers.rights import ANALYSTS, PRODUCT_MANAGERS, PUBLISHERS, grant_rights

AUTHOR = "demo"
ADMIN, PM, ANALYST = "ADMIN", "PM", "ANALYST"
CRM = "crm"
TRIAL = "yandex-test"
# Made up: nobody's number begins with a nought.
TRIAL_PHONES = {f"000000000{place}": answer for place, answer in enumerate(TrialPhone.Answer, start=1)}
SALARY, FRAUD = "salary-clients", "fraud"
LISTS = {
    SALARY: (
        "Зарплатные клиенты",
        PersonList.Purpose.PREQUALIFIED,
        """phone_number,product_type,offer,limit,rate,decision
0000000011,loan,,300000,19.9,full_approved
0000000012,,cash-standard,450000,,pre_approved
0000000013,credit_card,,150000,,full_approved
""",
    ),
    FRAUD: ("Мошенничество", PersonList.Purpose.STOP, "phone_number\n0000000019\n"),
}
GROUPS = {PM: (PRODUCT_MANAGERS, PUBLISHERS), ANALYST: (ANALYSTS,)}
VARIABLES = (
    *(f"{person}_{part}" for person in (ADMIN, PM, ANALYST) for part in ("USER", "PASSWORD")),
    "CLIENT_ID",
    "CLIENT_SECRET",
    "CRM_TOKEN",
    "TRIAL_TOKEN",
)


class MissingVariables(LookupError):
    """Names every variable of the environment that is not set."""


def seed(environment: Mapping[str, str]) -> None:
    """Make what is missing. Raises MissingVariables, and BadClientId for a CLIENT_ID that can't be one."""
    if missing := [name for name in VARIABLES if not environment.get(name)]:
        raise MissingVariables(", ".join(missing))
    with transaction.atomic():
        seed_catalogue(environment.get("BASE_URL", "").removesuffix("/integrations"))
        seed_lists()
        seed_people(environment)
        own = {CRM: environment["CRM_TOKEN"], TRIAL: environment["TRIAL_TOKEN"]}
        seed_clients({environment["CLIENT_ID"]: environment["CLIENT_SECRET"], **own})
        Client.objects.filter(id=CRM).update(scopes=Scope.values)
        seed_trial()


def seed_catalogue(service: str = "") -> None:
    """`service`: where people reach this service."""
    if Offer.objects.exists():
        return
    Bank.objects.get_or_create(id=1, defaults={"name": demo_offers.BANK_NAME})
    Offer.objects.bulk_create(demo_offers.rows(timezone.now(), service))
    MarketValue.objects.bulk_create(demo_offers.market())
    releases.publish(author=AUTHOR, comment="Каталог для знакомства с программой")


def seed_lists() -> None:
    """Live ones, of people who are made up; what people have loaded since stays."""
    if PersonList.objects.exists():
        return
    for code, (name, purpose, content) in LISTS.items():
        listed = PersonList.objects.create(code=code, name=name, purpose=purpose)
        version = loading.load(listed, File(BytesIO(content.encode()), f"{code}.csv"), by=AUTHOR)
        switching.switch(version, by="seed_demo")  # with four eyes it must be another


def seed_people(environment: Mapping[str, str]) -> None:
    names = {person: environment[f"{person}_USER"] for person in (ADMIN, PM, ANALYST)}
    present = set(User.objects.filter(username__in=names.values()).values_list("username", flat=True))
    missing = {person: name for person, name in names.items() if name not in present}
    if missing:
        grant_rights()
    for person, name in missing.items():
        _make_person(person, name, environment[f"{person}_PASSWORD"])


def _make_person(person: str, name: str, password: str) -> None:
    if person == ADMIN:
        User.objects.create_superuser(name, password=password)
        return
    user = User.objects.create_user(name, password=password, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=GROUPS[person]))


def seed_trial() -> None:
    """The client that only tests, with its phones; what people named otherwise stays so."""
    Client.objects.filter(id=TRIAL).update(on_trial=True)
    rows = [trials.phone(TRIAL, number, answer) for number, answer in TRIAL_PHONES.items()]
    TrialPhone.objects.bulk_create(rows, ignore_conflicts=True)


def seed_clients(tokens: Mapping[str, str]) -> None:
    """Clients, switched on, whose first secrets are these tokens."""
    for client in tokens:
        clients.check_id(client)
    Client.objects.bulk_create([Client(id=client) for client in tokens], ignore_conflicts=True)
    Client.objects.filter(id__in=tokens, active=False).update(active=True)
    first = Secret.objects.filter(client__in=tokens, slot=Secret.Slot.FIRST)
    kept = {client: bytes(digest) for client, digest in first.values_list("client_id", "digest")}
    for client, token in tokens.items():
        if kept.get(client) != clients.digest(token):
            clients.set_secret(client, Secret.Slot.FIRST, token)
