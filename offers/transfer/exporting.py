"""The catalogue as a file that can be changed and taken in again, and the template of one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from offers.domain.catalogue import Product
from offers.models import Offer
from offers.transfer import columns, files

CONTENT_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
# What the two rows of a template begin with.
SAMPLES: Final = {Product.LOAN: "cash-sample", Product.CREDIT_CARD: "card-sample"}


def catalogue(form: str) -> bytes:
    """The working copy, loans first; what is in the archive stays there."""
    return _write(form, Offer.objects.filter(archived=False).order_by("-product_type", "position", "code"))


def template(form: str) -> bytes:
    """Every column, and a row for each product that shows how its cells are filled in."""
    return _write(form, [_sample(product) for product in Product])


def _sample(product: Product) -> Offer:
    code = SAMPLES[product]
    row = Offer(
        code=code,
        product_type=product.value,
        name=str(Offer(product_type=product.value).get_product_type_display()),
        amount_min=50_000,
        amount_max=1_000_000,
        rate_min="24.3",
        rate_max="36.2",
        required_documents=["Паспорт РФ", "СНИЛС"],
        link=f"https://bank.example/{code}?utm_source=yandex&ref={{ref}}",
    )
    if product is Product.LOAN:
        row.term_min, row.term_max = 6, 60
    else:
        row.grace_period, row.minimum_payment = 55, "5"
    row.clean_fields(exclude=["total_cost_min", "total_cost_max"])
    return row


def _table(rows: Iterable[Offer]) -> list[list[columns.Cell]]:
    names = list(columns.fields())
    return [[columns.label(name) for name in names], *([columns.written(name, row) for name in names] for row in rows)]


def _json(rows: Iterable[Offer]) -> bytes:
    return files.write_json({name: getattr(row, name) for name in columns.fields()} for row in rows)


def _write(form: str, rows: Iterable[Offer]) -> bytes:
    return WRITERS[form](rows)


WRITERS: Final[Mapping[str, Callable[[Iterable[Offer]], bytes]]] = {
    "csv": lambda rows: files.write_csv(_table(rows)),
    "xlsx": lambda rows: files.write_xlsx(_table(rows)),
    "json": _json,
}
