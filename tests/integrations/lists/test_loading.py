import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from integrations.lists import loading
from integrations.lists.files import BadFile, File
from integrations.lists.lines import Column, Wrong
from integrations.lists.models import ListedPerson, ListVersion, PersonList
from integrations.models import JournalEntry, Kind
from offers.domain.catalogue import Product
from tests.factories import CreditCardFactory, LoanFactory
from tests.integrations.factories import PHONE
from tests.integrations.lists.factories import PersonListFactory, live
from tests.integrations.lists.test_lookup import look_up

pytestmark = pytest.mark.django_db

State = ListVersion.State
HEADS = ("phone_number", "product_type", "offer", "limit", "rate")
OTHER = "9330445041"


def file_of(*rows: Sequence[Any], heads: Sequence[str] = HEADS, name: str = "people.csv") -> File:
    text = io.StringIO()
    csv.writer(text).writerows([heads, *rows])
    return File(io.BytesIO(text.getvalue().encode()), name)


def load(listed: PersonList, *rows: Sequence[Any], **options: Any) -> ListVersion:
    return loading.load(listed, file_of(*rows, **options), by="manager")


def entries(kind: Kind) -> list[dict[str, Any]]:
    found = JournalEntry.objects.filter(kind=kind).order_by("received_at")
    return [json.loads(bytes(entry.answer)) for entry in found]


def test_a_version_is_loaded_aside() -> None:
    listed = PersonListFactory()
    version = load(listed, [PHONE, "loan", "", 500000, "19.9"])
    assert (version.state, version.number, version.rows, version.added) == (State.READY, 1, 1, 1)
    assert look_up() == ((), None)


def test_what_the_file_says_is_what_is_looked_up() -> None:
    LoanFactory(code="cash")
    listed = PersonListFactory()
    listed.live = load(listed, [PHONE, "", "cash", "500 000,50", "19,9%"])
    listed.save()
    [grant], _stop = look_up()
    assert (grant.offer, str(grant.limit), str(grant.rate), grant.approval) == (
        "cash",
        "500000.5",
        "19.9",
        "pre_approved",
    )


def test_mistakes_are_told_by_line_and_column_and_the_version_has_failed() -> None:
    version = load(PersonListFactory(), [PHONE, "loan"], [OTHER, "mortgage"], ["?", "loan", "", "many"])
    assert version.state == State.FAILED
    assert [(each["line"], each["column"], each["wrong"]) for each in version.mistakes] == [
        (3, Column.PRODUCT, Wrong.PRODUCT), (4, Column.PHONE, Wrong.PHONE), (4, Column.LIMIT, Wrong.LIMIT),
    ]  # fmt: skip


def test_no_mistake_quotes_what_stands_in_the_line() -> None:
    version = load(PersonListFactory(), ["loan", PHONE, PHONE, PHONE + "9", PHONE])
    assert version.wrong == 5
    assert PHONE not in json.dumps(version.mistakes)


def test_so_many_mistakes_are_told_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MISTAKES_KEPT", 3)
    version = load(PersonListFactory(), *[["?", "loan"]] * 5, *[[PHONE, "loan", "", limit] for limit in range(1, 6)])
    assert (version.wrong, len(version.mistakes)) == (9, 3)


def test_a_line_that_says_the_same_again_is_left_out() -> None:
    same = [PHONE, "loan", "", 500000, "19.9"]
    version = load(PersonListFactory(), same, [OTHER, "loan"], [f"+7{PHONE}", "loan", "", "500000.00", "19.90"], same)
    assert (version.state, version.rows, version.repeated) == (State.READY, 2, 2)
    assert sorted(ListedPerson.objects.values_list("line", flat=True)) == [2, 3]


def test_a_line_that_contradicts_another_is_a_mistake() -> None:
    version = load(PersonListFactory(), [PHONE, "loan", "", 1], [OTHER, "loan"], [PHONE, "loan", "", 2])
    assert version.state == State.FAILED
    assert version.mistakes == [{"line": 4, "column": None, "wrong": Wrong.CONTRADICTS, "other": 2}]


def test_one_person_may_be_granted_several_offers() -> None:
    LoanFactory(code="cash")
    CreditCardFactory(code="gold")
    version = load(
        PersonListFactory(), [PHONE, "loan"], [PHONE, "credit_card"], [PHONE, "", "cash"], [PHONE, "", "gold"]
    )
    assert (version.state, version.rows) == (State.READY, 4)


@pytest.mark.parametrize(
    "heads",
    [("phone_number", "surname"), ("product_type",), ("phone_number", "Телефон"), ("9330445040",)],
)
def test_a_file_whose_columns_are_not_named_well_is_refused(heads: tuple[str, ...]) -> None:
    with pytest.raises(BadFile) as refusal:
        load(PersonListFactory(), [PHONE] * len(heads), heads=heads)
    assert PHONE not in str(refusal.value)
    assert not ListVersion.objects.exists()


def test_a_stop_list_knows_no_terms() -> None:
    listed = PersonListFactory(purpose=PersonList.Purpose.STOP)
    with pytest.raises(BadFile):
        load(listed, [PHONE, 500000], heads=("phone_number", "limit"))
    assert load(listed, [PHONE], [OTHER], heads=("Телефон",)).rows == 2


def test_a_file_without_people_is_refused() -> None:
    with pytest.raises(BadFile):
        load(PersonListFactory())


def test_a_file_that_breaks_off_has_failed() -> None:
    content = f'phone_number,product_type\n{PHONE},loan\n"{OTHER},loan\n'.encode()
    with pytest.raises(BadFile):
        loading.load(PersonListFactory(), File(io.BytesIO(content), "people.csv"), by="manager")
    assert ListVersion.objects.get().state == State.FAILED


def test_it_is_compared_with_what_is_live() -> None:
    listed = PersonListFactory()
    live(listed, {"phone": PHONE}, {"phone": OTHER}, {"phone": "9330445042", "amount_max": 5})
    version = load(listed, [PHONE, "loan"], ["9330445042", "loan", "", 6], ["9330445043", "loan"])
    assert (version.added, version.changed, version.removed, version.compared_with) == (1, 1, 1, listed.live)


def test_progress_is_told_while_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "ROWS_A_PART", 2)
    listed, seen = PersonListFactory(), []
    rows = [[f"933044{number:04}", "loan"] for number in range(5)]
    loading.load(listed, file_of(*rows), by="manager", tell=lambda _version: seen.append(loading.progress(listed)))
    assert [(at.rows, at.expected, at.is_alive) for at in seen[:4] if at] == [
        (2, 2, True), (4, 4, True), (5, 5, True), (5, 5, True),
    ]  # fmt: skip
    assert seen[4:] == [None]


def test_what_was_cut_off_is_told_and_fails() -> None:
    listed = PersonListFactory()
    version = loading.begin(listed, by="manager", source="people.csv")
    progress = loading.progress(listed)
    assert progress is not None
    assert not progress.is_alive
    assert loading.settle() == 1
    version.refresh_from_db()
    assert version.state == State.FAILED


def test_what_calls_bring_is_not_cut_off() -> None:
    loading.begin(PersonListFactory(), by="crm", source=loading.API)
    assert loading.settle() == 0


def test_the_journal_says_who_loaded_what_and_nothing_of_the_people() -> None:
    load(PersonListFactory(code="salary"), [PHONE, "loan"], name=f"list {PHONE}.csv")
    [entry] = entries(Kind.LIST_LOADED)
    assert {**entry, "list": "salary", "version": 1, "by": "manager", "state": "ready", "lines": 1, "added": 1} == entry
    assert PHONE not in json.dumps(entry)


phones = st.integers(9_000_000_000, 9_000_000_009).map(str)
limits = st.sampled_from(["", "1", "2"])
products = st.sampled_from(list(Product))
lists = st.dictionaries(st.tuples(phones, products), limits, min_size=1, max_size=8)


class Laws(TestCase):
    @given(before=lists, after=lists)
    @settings(max_examples=30)
    def test_comparison_adds_up(self, before: dict[Any, str], after: dict[Any, str]) -> None:
        listed = PersonListFactory()
        listed.live = load(listed, *_rows(before))
        listed.save()
        version = load(listed, *_rows(after))
        assert version.added == len(after.keys() - before.keys())
        assert version.removed == len(before.keys() - after.keys())
        assert version.changed == sum(before[key] != after[key] for key in before.keys() & after.keys())
        unchanged = sum(before[key] == after[key] for key in before.keys() & after.keys())
        assert version.added + version.changed + unchanged == version.rows == len(after)

    @given(told=lists)
    @settings(max_examples=30)
    def test_looking_up_gives_what_the_file_says(self, told: dict[Any, str]) -> None:
        listed = PersonListFactory()
        listed.live = load(listed, *_rows(told))
        listed.save()
        for number in range(9_000_000_000, 9_000_000_010):
            for product in Product:
                grants, _stop = look_up(str(number), product)
                said = told.get((str(number), product))
                expected = [] if said is None else [said]
                assert ["" if grant.limit is None else str(grant.limit) for grant in grants] == expected


def _rows(told: dict[Any, str]) -> list[list[str]]:
    return [[phone, product, "", limit] for (phone, product), limit in told.items()]
