"""Who is answered by the bank's own scoring: at once where it is quick, `pending` and later where it is not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from integrations import clients, enquiries, keys, knowledge, pending, privacy
from integrations.models import Client, Enquiry, Kind, TrialPhone
from integrations.scoring import client as scoring
from offers import releases
from offers.domain.decide import Reason
from offers.domain.known import Scored, Verdict
from offers.models import Offer, Policy
from tests import statements
from tests.factories import LoanFactory, publish
from tests.integrations.scoring import conftest
from tests.integrations.scoring.conftest import Scorer, http
from tests.integrations.yandex.conftest import SEARCH_ID, Api, entries, entry, question

scorer = conftest.scorer  # a fixture

REFUSED = http({"decision": "refused", "reason": "low_score"})
LATER = http({"decision": "later"})
FAILING = http(status=500)
PHONE = "9330445040"
POLL = {"search_id": SEARCH_ID}
PENDING = {"search_id": SEARCH_ID, "status": "pending"}


def set_policy(basis: str, **rules: Any) -> None:
    Policy.objects.update_or_create(product_type="loan", defaults={"basis": basis, **rules})
    publish()


@pytest.fixture
def loan(db: None) -> Offer:
    offer = LoanFactory(code="cash")
    publish()
    return offer


@pytest.fixture
def scored(loan: Offer) -> None:
    set_policy("scoring_required")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    scoring.forget()
    yield
    scoring.forget()


def granted(**terms: Any) -> Any:
    return http({"decision": "approved", "grants": [{"offer": "cash", **terms}]})


def take() -> Any:
    """Whatever is pending, as if it were due."""
    Enquiry.objects.filter(answer=None).update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    now = datetime.now(UTC)
    return enquiries.take(now, until=now + pending.LEASE)


def go_on(*, later: timedelta = timedelta()) -> None:
    claimed = take()
    assert claimed
    pending.go_on(claimed, lambda: datetime.now(UTC) + later)


def known() -> Any:
    return knowledge.load(entries()[-1].known)


def test_it_works(yandex: Api, scored: None, scorer: Scorer) -> None:
    scorer.answers = [granted(limit=300000, rate=21.9, approval="full_approved")]

    [proposal] = yandex.post(question())["data"]

    assert proposal["decision"] == "full_approved"
    assert proposal["amount"] == {"min": 50000, "max": 300000}
    assert proposal["rate"] == {"min": 21.9, "max": 21.9}
    assert 21.9 <= proposal["total_cost"]["max"] < 22
    assert (entry().kind, entry().decision, entry().reasons) == (Kind.APPROVAL, "has_approve", [Reason.OFFERED])
    assert known().scored.verdict is Verdict.APPROVED


def test_a_refusal_looks_like_any_other(yandex: Api, scored: None, scorer: Scorer) -> None:
    scorer.answers = [REFUSED]
    answer = yandex.post(question())
    assert answer == {
        "search_id": SEARCH_ID,
        "status": "done",
        "name": "АО Супер-банк",
        "decision": "rejected",
        "data": None,
    }
    assert entry().reasons == [Reason.REFUSED_BY_SCORING]
    assert known().scored.reason == "low_score"


def test_cards_are_not_asked_about(yandex: Api, scored: None, scorer: Scorer) -> None:
    yandex.post(question(product_type="credit_card"))
    assert not scorer.asked


def test_the_same_question_is_asked_once(yandex: Api, scored: None, scorer: Scorer) -> None:
    first = yandex.ask()
    assert yandex.ask() == first
    assert len(scorer.asked) == 1
    assert [each.repeated for each in entries()] == [False, True]


def test_it_is_a_few_statements(yandex: Api, scored: None, scorer: Scorer) -> None:
    """What is known, the claim, the answer: each is one."""
    yandex.ask(search_id="11111111-2222-4333-8444-555555555555")
    with statements.sent() as messages:
        yandex.ask()
    assert len(messages) == 3


def test_what_takes_long_is_pending_and_comes_through(yandex: Api, scored: None, scorer: Scorer) -> None:
    scorer.answers = [LATER, LATER, granted(limit=200000)]

    assert yandex.post(question()) == PENDING
    assert yandex.post(POLL) == PENDING
    go_on()
    assert yandex.get(f"search_id={SEARCH_ID}") == PENDING
    go_on()

    answer = yandex.post(POLL)
    assert answer["status"] == "done"
    assert answer["data"][0]["amount"]["max"] == 200000
    assert yandex.post(question()) == answer
    assert [each.kind for each in entries()] == ["approval", "poll", "poll", "decided", "poll", "approval"]
    decided = entries()[3]
    assert (decided.status, decided.decision, str(decided.search_id)) == (200, "has_approve", SEARCH_ID)
    assert decided.latency_us >= 0
    assert len({asked.json["id"] for asked in scorer.asked}) == 1


def test_it_is_decided_when_the_word_has_come(yandex: Api, scored: None, scorer: Scorer) -> None:
    """Not when it was asked for: the wait is told to the end of it."""
    scorer.answers = [LATER, granted()]
    yandex.post(question())
    clock = iter([datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=3)])
    claimed = take()
    pending.go_on(claimed, lambda: next(clock))
    [decided] = [each for each in entries() if each.kind == Kind.DECIDED]
    assert decided.received_at == decided.decided_at
    assert decided.latency_us >= 3_000_000
    scored_late = knowledge.load(decided.known).scored
    assert scored_late
    assert scored_late.waited_ms >= 3_000


def test_pending_is_claimed_once(yandex: Api, scored: None, scorer: Scorer) -> None:
    scorer.answers = [LATER]
    for _ in range(3):
        assert yandex.post(question()) == PENDING
    assert len(scorer.asked) == 1
    assert take()
    now = datetime.now(UTC)
    assert enquiries.take(now, until=now) is None


def test_a_slow_service_keeps_nobody_waiting(yandex: Api, scored: None, scorer: Scorer, settings: Any) -> None:
    settings.SCORING_DEADLINE_MS = 50
    scorer.answers = [scorer.silence]
    assert yandex.post(question()) == PENDING


@pytest.mark.parametrize(
    ("basis", "decision", "reason"),
    [
        ("scoring_required", "rejected", Reason.SCORING_UNAVAILABLE),
        ("scoring_with_fallback", "has_approve", Reason.OFFERED_WITHOUT_SCORING),
    ],
)
def test_after_a_time_the_policy_decides(  # noqa: PLR0917  (fixtures and cases)
    yandex: Api,
    loan: Offer,
    scorer: Scorer,
    settings: Any,
    basis: str,
    decision: str,
    reason: Reason,
) -> None:
    set_policy(basis)
    scorer.answers = [FAILING]
    assert yandex.post(question()) == PENDING
    go_on(later=timedelta(seconds=settings.SCORING_GIVE_UP_SECONDS))
    assert yandex.post(POLL)["decision"] == decision
    [decided] = [each for each in entries() if each.kind == Kind.DECIDED]
    assert decided.reasons == [reason]
    assert known().scored.verdict is Verdict.UNAVAILABLE


def test_without_a_service_the_policy_decides_at_once(yandex: Api, scored: None) -> None:
    assert yandex.post(question())["decision"] == "rejected"
    assert known().scored == Scored(Verdict.UNAVAILABLE, "not_configured")


def test_who_is_settled_by_another_is_told_that(yandex: Api, scored: None, scorer: Scorer) -> None:
    """Two have it, since the first was slower than its lease: one answer."""
    scorer.answers = [LATER, granted(), REFUSED]
    yandex.post(question())
    first, second = take(), take()
    pending.go_on(first)
    answer = yandex.post(POLL)
    pending.go_on(second)
    assert yandex.post(POLL) == answer
    assert [each.kind for each in entries()].count("decided") == 1


def test_a_publication_meanwhile_decides_on_the_newest(yandex: Api, scored: None, scorer: Scorer) -> None:
    scorer.answers = [LATER, granted()]
    yandex.post(question())
    releases.pause("cash", author="me", reason="no")
    go_on()
    assert yandex.post(POLL)["decision"] == "rejected"
    assert entries()[1].reasons == [Reason.PAUSED]


def test_a_person_forgotten_meanwhile_is_not_decided_on(yandex: Api, scored: None, scorer: Scorer) -> None:
    scorer.answers = [LATER, granted()]
    yandex.post(question())
    claimed = take()
    Enquiry.objects.all().delete()
    pending.go_on(claimed)
    assert [each.kind for each in entries()] == ["approval"]


def test_a_pause_does_not_ask_about_the_person_again(yandex: Api, loan: Offer, scorer: Scorer) -> None:
    LoanFactory(code="second")
    set_policy("scoring_required")
    scorer.answers = [http({"decision": "approved"})]
    assert len(yandex.post(question())["data"]) == 2
    releases.pause("cash", author="me", reason="no")
    assert len(yandex.post(POLL)["data"]) == 1
    assert len(scorer.asked) == 1


def test_the_number_is_told_only_where_the_bank_wants_it(
    yandex: Api,
    scored: None,
    scorer: Scorer,
    settings: Any,
) -> None:
    scorer.answers = [LATER]
    yandex.post(question())
    assert "phone_number" not in scorer.asked[0].json
    assert Enquiry.objects.get().phone_sealed is None

    settings.SCORING_PHONE = "clear"
    other = "11111111-2222-4333-8444-555555555555"
    yandex.post(question(search_id=other))
    row = Enquiry.objects.get(search_id=other)
    assert PHONE.encode() not in bytes(row.phone_sealed or b"")
    cipher = keys.cipher_of(row.seal_key or "")
    assert privacy.unseal(cipher, bytes(row.phone_sealed or b""), row.id.bytes) == PHONE.encode()
    Enquiry.objects.exclude(search_id=other).delete()
    scorer.answers = [granted()]
    go_on()
    assert scorer.asked[-1].json["phone_number"] == PHONE
    row = Enquiry.objects.get()
    assert (row.phone_sealed, row.seal_key) == (None, None)


@pytest.mark.parametrize(
    ("answer", "decision"), [("approve", "has_approve"), ("refuse", "rejected"), ("unknown", "rejected")]
)
def test_named_phones_of_a_test_client(yandex: Api, scored: None, answer: str, decision: str, settings: Any) -> None:
    name_phone(answer, settings)
    assert yandex.post(question())["decision"] == decision


def test_a_phone_that_waits(yandex: Api, loan: Offer, settings: Any) -> None:
    name_phone("wait", settings)
    assert yandex.post(question()) == PENDING
    assert yandex.post(POLL) == PENDING
    go_on()
    assert yandex.post(POLL)["decision"] == "has_approve"


def test_only_a_test_client_has_such_phones(yandex: Api, loan: Offer, settings: Any) -> None:
    name_phone("refuse", settings)
    Client.objects.update(on_trial=False)
    clients.forget()
    assert yandex.post(question())["decision"] == "has_approve"


def name_phone(answer: str, settings: Any) -> None:
    Client.objects.filter(id="yandex").update(on_trial=True)
    clients.forget()
    phone_hash = privacy.hash_phone(PHONE, settings.PHONE_KEY.secret)
    TrialPhone.objects.create(client_id="yandex", phone_hash=phone_hash, phone_mask="********40", answer=answer)


def test_so_many_enquiries_a_day(yandex: Api, loan: Offer) -> None:
    set_policy("catalogue_only", enquiries_a_day=2)
    ids = [f"{n}1111111-2222-4333-8444-555555555555" for n in range(3)]
    decisions = [yandex.post(question(search_id=each))["decision"] for each in (ids[0], ids[0], ids[1], ids[2])]
    assert decisions == ["has_approve", "has_approve", "has_approve", "rejected"]
    assert entries()[-1].reasons == [Reason.TOO_MANY_ENQUIRIES]
    assert yandex.post(question(search_id=ids[0], amount=400000))["decision"] == "has_approve"
    assert yandex.post(question(search_id=ids[2], phone_number="9330445041"))["decision"] == "has_approve"


def test_by_the_catalogue_alone_it_stays_one_statement(yandex: Api, loan: Offer) -> None:
    yandex.ask(search_id="11111111-2222-4333-8444-555555555555")
    with statements.sent() as messages:
        yandex.ask()
    assert len(messages) == 1
    assert entries()[-1].known is None


def test_the_worker_goes_on_until_it_is_told_to_stop(
    yandex: Api,
    scored: None,
    scorer: Scorer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken, stop = [], Event()
    scorer.answers = [LATER, granted()]
    yandex.post(question())

    def only_once(claimed: Any, free: Any) -> None:
        taken.append(claimed.id)
        free.release()
        stop.set()

    monkeypatch.setattr(pending, "_go_on", only_once)
    Enquiry.objects.update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    pending.run(stop)
    assert taken == [entry().id]
