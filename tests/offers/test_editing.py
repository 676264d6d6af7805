"""The history of offers, and that nothing writes an offer past it."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from offers import editing
from offers.models import Edit, Loan
from offers.transfer import importing
from tests.factories import LoanFactory

PARTS = ("offers", "integrations", "config")
SOURCES = [path for part in PARTS for path in Path(settings.BASE_DIR, part).rglob("*.py")]
FACES = {"Offer", "Loan", "CreditCard"}
PAST_THE_HISTORY = {"update", "bulk_update", "update_or_create", "abulk_update", "aupdate"}


def writes_past_the_history(source: str) -> Iterator[int]:
    """Lines in which a queryset of offers is updated, however it is filtered before."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PAST_THE_HISTORY:
            named = {part.id for part in ast.walk(node.func) if isinstance(part, ast.Name)}
            named |= {part.attr for part in ast.walk(node.func) if isinstance(part, ast.Attribute)}
            if "objects" in named and named & FACES:
                yield node.lineno


def test_no_queryset_of_offers_is_updated() -> None:
    found = [f"{path}:{line}" for path in SOURCES for line in writes_past_the_history(path.read_text())]
    assert found == [], "save each by offers.editing, so that the history has it"


@pytest.mark.parametrize(
    "source",
    [
        "Offer.objects.update(name='')",
        "models.Loan.objects.filter(pk=1).exclude(code='').update(name='')",
        "CreditCard.objects.bulk_update(rows, ['name'])",
    ],
)
def test_the_search_finds_them(source: str) -> None:
    assert list(writes_past_the_history(source)) == [1]


@pytest.mark.django_db
def test_an_edit_is_kept_beside_the_change() -> None:
    row = editing.save(LoanFactory.build(code="cash"), author="anna")
    row.rate_min = Decimal("18.50")
    editing.save(row, author="boris")
    editing.save(row, author="nobody")
    editing.discard(row, author="anna")
    assert list(Edit.objects.order_by("id").values_list("author", "kind")) == [
        ("anna", "added"),
        ("boris", "changed"),
        ("anna", "deleted"),
    ]


@pytest.mark.django_db
def test_a_row_that_was_changed_since_it_was_read_is_not_saved() -> None:
    LoanFactory(code="cash")
    first, second = Loan.objects.get(), Loan.objects.get()
    first.name, second.name = "Первое", "Второе"
    editing.save(first, author="anna")
    with pytest.raises(editing.Superseded):
        editing.save(second, author="boris")
    assert Loan.objects.get().name == "Первое"


@pytest.mark.django_db
def test_what_was_written_past_the_history_is_a_change_all_the_same() -> None:
    row = LoanFactory()
    seen = row.changed_at
    assert editing.meanwhile(row.pk, seen) is None
    Loan.objects.get().save()
    found = editing.meanwhile(row.pk, seen)
    assert found
    assert found.author == ""


@pytest.mark.django_db
def test_an_import_is_kept_by_its_author() -> None:
    LoanFactory(code="cash")
    importing.take(b"code;rate_min\ncash;18,5\n", "csv", author="anna")
    edit = Edit.objects.get()
    assert edit.before
    assert edit.after
    assert (edit.author, edit.before["rate_min"], edit.after["rate_min"]) == ("anna", "19.9", "18.5")
