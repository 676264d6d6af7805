from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db.models import QuerySet
from django.utils import timezone, translation

from offers.models import CreditCard, Edit, Loan, Offer
from offers.transfer import columns, exporting, files, importing
from offers.transfer.applying import Mistaken, Overtaken, Report
from tests.factories import BankFactory, CreditCardFactory, LoanFactory, edit

pytestmark = pytest.mark.django_db
HEADS = [
    "Код", "Продукт", "Название", "Сумма от, ₽", "Сумма до, ₽", "Срок от, месяцев", "Срок до, месяцев",
    "Ставка от, % годовых", "Ставка до, % годовых", "Обязательные документы", "Ссылка на веб-форму",
]  # fmt: skip
ROW = [
    "bulk", "Кредит наличными", "Из таблицы", "50 000", "1 000 000,50", "6", "60", "24,3", "36,2", "Паспорт РФ\nСНИЛС",
    "https://bank.example/bulk",
]  # fmt: skip


@pytest.fixture(autouse=True)
def russian() -> Iterator[None]:
    with translation.override("ru"):
        yield


def table(*rows: list[str], heads: list[str] = HEADS) -> bytes:
    return files.write_csv([heads, *rows])


def take(content: bytes) -> Report:
    return importing.take(content, "csv", author="tests")


def mistakes(content: bytes) -> list[str]:
    report = importing.try_out(content, "csv")
    with pytest.raises(Mistaken):
        take(content)
    return [str(mistake) for mistake in report.mistakes]


def differing(**cells: str) -> list[str]:
    """The row with other cells, by the names of their fields."""
    return [cells.get(str(columns.name_of(head)), cell) for head, cell in zip(HEADS, ROW, strict=True)]


def all_of_it() -> list[dict[str, Any]]:
    return list(Offer.objects.order_by("code").values(*columns.fields()))


def test_an_offer_is_added_as_people_write_it() -> None:
    report = take(table(ROW))
    assert (report.added, report.changed, report.unchanged) == (1, 0, 0)
    row = Loan.objects.get()
    assert (row.amount_min, row.amount_max) == (50_000, Decimal("1000000.50"))
    assert row.required_documents == ["Паспорт РФ", "СНИЛС"]
    assert row.position == 100
    assert (row.total_cost_min, row.total_cost_max) == (Decimal("24.3"), Decimal("36.2")), "worked out of the terms"


@pytest.mark.parametrize("stated", [[], ["24,3", "99"]])
def test_fees_that_take_the_whole_loan_are_named(stated: list[str]) -> None:
    heads = ["fee_once", "total_cost_min", "total_cost_max"][: 1 + len(stated)]
    [mistake] = mistakes(table([*ROW, "50 000", *stated], heads=[*HEADS, *heads]))
    assert "ПСК нет" in mistake


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_was_taken_out_comes_in_as_it_was(form: str, language: str) -> None:
    row = LoanFactory(code="cash", special_conditions=["=1+1", "Раз, два; три"], valid_from=timezone.now())
    edit(row, fee_once=Decimal("99.90"), fee_yearly_share=Decimal("0.125"))
    CreditCardFactory(code="card", name="+7", deep_link="bank://card")
    with translation.override(language):
        content = exporting.catalogue(form)
    assert importing.try_out(content, form).unchanged == 2
    before = all_of_it()
    Offer.objects.all().delete()
    importing.take(content, form, author="tests")
    assert [{**row, "valid_from": None} for row in all_of_it()] == [{**row, "valid_from": None} for row in before]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_template_can_be_taken_in(form: str) -> None:
    assert importing.take(exporting.template(form), form, author="tests").added == 2
    assert (Loan.objects.count(), CreditCard.objects.count()) == (1, 1)


def test_what_the_table_lacks_stays_as_it_is() -> None:
    LoanFactory(code="cash", name="Прежнее")
    LoanFactory(code="other")
    report = take(table(["cash", "21,5", "39,9"], heads=["code", "rate_min", "Rate to, % p.a."]))
    assert (report.changed, Loan.objects.count()) == (1, 2)
    row = Loan.objects.get(code="cash")
    assert (row.name, row.rate_min, row.rate_max) == ("Прежнее", Decimal("21.5"), Decimal("39.9"))
    assert row.total_cost_max == Decimal("39.9"), "the full cost follows, as in the form"


def test_every_difference_is_told() -> None:
    LoanFactory(code="cash", special_conditions=["Раз"])
    heads = ["Код", "Ставка от, % годовых", "Особые условия", "Действует до"]
    [change] = importing.try_out(table(["cash", "18", "Раз\nДва", "31.12.2026 18:00"], heads=heads), "csv").changes
    assert [(cell.label, cell.before, cell.after) for cell in change.cells] == [
        ("ПСК от, % годовых", "19,9", "18"),
        ("Ставка от, % годовых", "19,9", "18"),
        ("Особые условия", "Раз", "Раз\nДва"),
        ("Действует до", "", "31.12.2026 18:00"),
    ]
    assert Loan.objects.get().rate_min == Decimal("19.9"), "only tried"


def test_an_empty_cell_empties_the_field() -> None:
    LoanFactory(code="cash", special_conditions=["Раз"], valid_until=datetime(2027, 1, 1, tzinfo=UTC), position=7)
    take(table(["cash", "", "", ""], heads=["code", "special_conditions", "valid_until", "position"]))
    row = Loan.objects.get()
    assert (row.special_conditions, row.valid_until, row.position) == ([], None, 100)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"rate_min": "двадцать"}, "Строка 2, «Ставка от, % годовых»: «двадцать» — не число. Напишите так: 24,3"),
        ({"rate_min": "1e1"}, "Строка 2, «Ставка от, % годовых»: «1e1» — не число."),
        ({"rate_min": "٢"}, "Строка 2, «Ставка от, % годовых»: «٢» — не число."),
        ({"term_min": "6,5"}, "Строка 2, «Срок от, месяцев»: «6,5» — не целое число."),
        ({"term_min": ""}, "Строка 2, «Срок от, месяцев»: Это поле нужно заполнить."),
        ({"amount_max": "10"}, "Строка 2, «Сумма до, ₽»: Наибольшая сумма не должна быть меньше наименьшей."),
        ({"product_type": "Ипотека"}, "Строка 2, «Продукт»: «Ипотека» не подходит. Возможные значения: Кредит"),
        ({"code": "Наличные"}, "Строка 2, «Код»: "),
        ({"code": ""}, "Строка 2, «Код»: "),
        ({"name": "x" * 121}, "Строка 2, «Название»: "),
        ({"required_documents": "x" * 301}, "Строка 2, «Обязательные документы»: "),
        ({"link": "http://bank.example"}, "Строка 2, «Ссылка на веб-форму»: "),
        ({"link": ""}, "Строка 2, «Ссылка на веб-форму»: "),
        ({"amount_min": "123456789012,00"}, "Строка 2, «Сумма от, ₽»: "),
        ({"rate_min": "24,3456"}, "Строка 2, «Ставка от, % годовых»: "),
    ],
)
def test_a_mistake_is_named_by_row_and_column(cells: dict[str, str], told: str) -> None:
    [said] = mistakes(table(differing(**cells)))
    assert said.startswith(told)
    assert not Offer.objects.exists()


def test_all_mistakes_at_once_and_nothing_taken_in() -> None:
    rows = [ROW, differing(code="b", rate_min="x", term_min="y"), differing(code="c", amount_max="1")]
    assert [said.split(":")[0] for said in mistakes(table(*rows))] == [
        "Строка 3, «Срок от, месяцев»",
        "Строка 3, «Ставка от, % годовых»",
        "Строка 4, «Сумма до, ₽»",
    ]
    assert not Offer.objects.exists()


def test_a_full_cost_that_is_not_so() -> None:
    heads = [*HEADS, "ПСК до, % годовых"]
    [said] = mistakes(files.write_csv([heads, [*ROW, "30"]]))
    assert said.startswith("Строка 2, «ПСК до, % годовых»: ")
    assert "36,2" in said


def test_a_code_that_is_there_twice() -> None:
    assert mistakes(table(ROW, ROW)) == ["Строка 3, «Код»: «bulk» уже есть в строке 2."]


def test_what_is_in_the_archive() -> None:
    LoanFactory(code="bulk", archived=True)
    assert mistakes(table(ROW)) == ["Строка 2, «Код»: Это предложение в архиве. Сначала верните его оттуда."]


def test_a_loan_does_not_become_a_card() -> None:
    CreditCardFactory(code="bulk")
    assert mistakes(table(ROW)) == ["Строка 2, «Продукт»: Вид продукта у предложения не меняется."]


def test_columns_that_are_not_known_doubled_or_missing() -> None:
    said = mistakes(table(["a", "1", "2"], heads=["Имя", "rate_min", "Ставка от, % годовых"]))
    assert [each.split(":")[0] for each in said] == [
        "Строка 1, «Имя»",
        "Строка 1, «rate_min»",
        "Строка 1, «Ставка от, % годовых»",
        "Строка 1, «Код»",
    ]


def test_no_two_columns_are_headed_alike() -> None:
    for language in columns.LANGUAGES:
        with translation.override(language):
            heads = [columns.label(name) for name in columns.fields()]
            assert [columns.name_of(head) for head in heads] == list(columns.fields())


def test_what_was_seen_is_what_is_taken_in() -> None:
    LoanFactory(code="cash")
    content = table(["cash", "21"], heads=["code", "rate_min"])
    seen = importing.try_out(content, "csv").fingerprint
    row = Loan.objects.get()
    row.rate_min = row.total_cost_min = Decimal(20)
    row.save()
    with pytest.raises(Overtaken) as overtaken:
        importing.take(content, "csv", author="tests", seen=seen)
    assert Loan.objects.get().rate_min == 20
    importing.take(content, "csv", author="tests", seen=overtaken.value.report.fingerprint)
    assert Loan.objects.get().rate_min == 21


def test_offers_are_saved_one_by_one() -> None:
    """So that what follows the history of each sees it."""
    LoanFactory(code="bulk")
    saved: list[str] = []
    save = Offer.save

    def noted(row: Offer, *arguments: Any, **options: Any) -> None:
        saved.append(row.code)
        save(row, *arguments, **options)

    with (
        patch.object(Offer, "save", noted),
        patch.object(QuerySet, "update", side_effect=AssertionError),
        patch.object(QuerySet, "bulk_create", side_effect=AssertionError),
    ):
        take(table(ROW, differing(code="b")))
    assert saved == ["bulk", "b"]


def test_the_history_tells_who_brought_it() -> None:
    LoanFactory(code="cash")
    take(table(["cash", "18"], heads=["code", "rate_min"]))
    [edit] = Edit.objects.values()
    assert (edit["author"], edit["code"]) == ("tests", "cash")
    assert edit["before"]
    assert edit["after"]
    assert (edit["before"]["rate_min"], edit["after"]["rate_min"]) == ("19.9", "18")


def test_a_link_that_leads_elsewhere() -> None:
    BankFactory(link_hosts=["bank.ru"])
    [said] = mistakes(table(ROW))
    assert said.startswith("Строка 2, «Ссылка на веб-форму»: ")
    assert "bank.ru" in said


def test_five_hundred_offers_with_three_mistakes() -> None:
    rows = [differing(code=f"bulk-{number}", rate_min=f"{15 + number % 9}") for number in range(500)]
    rows[8] = differing(code="bulk-8", rate_min="двадцать")
    rows[116] = differing(code="bulk-116", amount_max="10")
    rows[498] = differing(code="bulk-498", product_type="Ипотека")
    assert [said.split(":")[0] for said in mistakes(table(*rows))] == [
        "Строка 10, «Ставка от, % годовых»",
        "Строка 118, «Сумма до, ₽»",
        "Строка 500, «Продукт»",
    ]


def test_no_more_than_a_few_queries_an_offer(django_assert_max_num_queries: Any) -> None:
    """Savepoints, an insert, its entry in the history; the rules are held by the database in the insert itself."""
    rows = [differing(code=f"bulk-{number}") for number in range(100)]
    with django_assert_max_num_queries(100 * 8 + 10):
        take(table(*rows))
