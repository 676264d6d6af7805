"""The Bank of Russia's table from a file."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from offers import catalogue, market
from offers.domain.catalogue import Drawing, Product
from offers.models import MarketValue

pytestmark = pytest.mark.django_db

HEAD = "product_type;drawing;amount_above;amount_to;months_above;months_to;year;quarter;average;applied;source"
CARD = "credit_card;cashless;;100 000;;;2025;1;48,245;;Банк России"
LOAN = "loan;;100000;300000;12;;2025;1;26,699;нет;"


def table(*lines: str) -> str:
    return "\n".join([HEAD, *lines])


def test_it_works() -> None:
    assert market.load(table(CARD, "", LOAN)) == market.Imported(added=2, changed=0)
    card, loan = sorted(catalogue.market(), key=lambda row: row.product, reverse=False)
    assert (card.product, card.drawing, card.amount_to) == (Product.CREDIT_CARD, Drawing.CASHLESS, Decimal(100_000))
    assert (card.average, card.applied) == (Decimal("48.245"), True)
    assert (loan.amount_above, loan.months_above, loan.months_to, loan.applied) == (Decimal(100_000), 12, None, False)


def test_what_is_there_is_set_anew() -> None:
    market.load(table(CARD))
    assert market.load(table(CARD.replace("48,245", "48.3"))) == market.Imported(added=0, changed=1)
    assert MarketValue.objects.get().average == Decimal("48.3")


def test_commas_and_a_mark_of_utf8() -> None:
    text = market.read("\ufeffproduct_type,year,quarter,average\r\nloan,2025,3,26.699\r\n".encode())
    assert market.load(text).added == 1


def test_all_or_nothing_and_each_error_by_its_row() -> None:
    with pytest.raises(market.BadTable) as caught:
        market.load(table(CARD, LOAN.replace("26,699", "много"), LOAN.replace(";1;", ";5;"), LOAN.replace("нет", "?")))
    said = caught.value.problems
    assert [line.split(":")[0] for line in said] == ["Строка 3", "Строка 4", "Строка 5"]
    assert not MarketValue.objects.exists()


def test_columns_are_named() -> None:
    with pytest.raises(market.BadTable) as caught:
        market.load("product_type;year;ставка\n")
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a" * (market.MAX_BYTES + 1)], ids=["no text", "too large"])
def test_what_is_no_table(content: bytes) -> None:
    with pytest.raises(market.BadTable):
        market.read(content)


def test_the_command(tmp_path: Path) -> None:
    file, out = tmp_path / "table.csv", StringIO()
    file.write_text(table(CARD))
    call_command("import_ceilings", str(file), stdout=out)
    assert "1" in out.getvalue()
    file.write_text(table(CARD.replace("2025;1", "2025;9")))
    with pytest.raises(CommandError, match="Строка 2"):
        call_command("import_ceilings", str(file))
    with pytest.raises(CommandError):
        call_command("import_ceilings", str(tmp_path / "none.csv"))
