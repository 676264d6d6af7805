"""For every rule of the catalogue, an offer that breaks it and the field that must be named."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from offers.models import CARD_TERMS
from tests.factories import CreditCardFactory, LoanFactory


@dataclass(frozen=True)
class Breach:
    rule: str
    field: str
    values: dict[str, Any]
    factory: Any = LoanFactory

    def __str__(self) -> str:
        return f"{self.rule}-{self.values}"


CARD = CreditCardFactory
BELOW_ZERO = Decimal("-0.01")
MORNING, EVENING = datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 18, tzinfo=UTC)

BREACHES = [
    Breach("product", "product_type", {"product_type": "mortgage"}),
    Breach("code_format", "code", {"code": "Наличные"}),
    Breach("code_format", "code", {"code": "-cash"}),
    Breach("amount_above_zero", "amount_min", {"amount_min": Decimal(0)}),
    Breach("amount_range", "amount_max", {"amount_max": Decimal("49999.99")}),
    Breach("amount_bound", "amount_max", {"amount_max": Decimal("10000000000.01")}),
    Breach("shown_amount_min", "shown_amount_min", {"shown_amount_min": Decimal("50000.01")}),
    Breach("shown_amount_min", "shown_amount_min", {"shown_amount_min": Decimal(0)}),
    Breach("shown_amount_max", "shown_amount_max", {"shown_amount_max": Decimal("999999.99")}),
    Breach("shown_amount_max", "shown_amount_max", {"shown_amount_max": Decimal("10000000000.01")}),
    Breach("term_of_loan", "term_min", {"term_min": None}),
    Breach("term_of_loan", "term_min", {"term_max": None}),
    Breach("term_of_loan", "term_min", {"term_min": 6, "term_max": 12}, CARD),
    Breach("term_above_zero", "term_min", {"term_min": 0}),
    Breach("term_range", "term_max", {"term_max": 5}),
    Breach("term_bound", "term_max", {"term_max": 601}),
    Breach("shown_term_min", "shown_term_min", {"shown_term_min": 7}),
    Breach("shown_term_min", "shown_term_min", {"shown_term_min": 0}),
    Breach("shown_term_max", "shown_term_max", {"shown_term_max": 59}),
    Breach("shown_term_max", "shown_term_max", {"shown_term_max": 601}),
    Breach("rate_not_negative", "rate_min", {"rate_min": Decimal("-0.001")}),
    Breach("rate_range", "rate_max", {"rate_max": Decimal("19.899")}),
    Breach("rate_range", "rate_max", {"rate_max": Decimal("999.001")}),
    Breach("total_cost_not_negative", "total_cost_min", {"total_cost_min": Decimal("-0.001")}),
    Breach("total_cost_range", "total_cost_max", {"total_cost_max": Decimal("19.899")}),
    Breach("total_cost_range", "total_cost_max", {"total_cost_max": Decimal("999.001")}),
    Breach("repayment", "repayment", {"repayment": "balloon"}),
    Breach("repayment", "repayment", {"repayment": "equal_principal"}, CARD),
    Breach("interest_basis", "interest_basis", {"interest_basis": "days"}),
    *(
        breach
        for fee in ("fee_once", "fee_monthly", "fee_yearly")
        for breach in (
            Breach(fee, fee, {fee: BELOW_ZERO}),
            Breach(f"{fee}_share", f"{fee}_share", {f"{fee}_share": BELOW_ZERO}),
            Breach(f"{fee}_share", f"{fee}_share", {f"{fee}_share": Decimal("100.001")}),
            Breach(f"{fee}_from", f"{fee}_from", {f"{fee}_from": BELOW_ZERO}),
            Breach(f"{fee}_to", f"{fee}_to", {f"{fee}_to": BELOW_ZERO}),
            Breach(f"{fee}_band", f"{fee}_to", {f"{fee}_from": Decimal(2), f"{fee}_to": Decimal("1.99")}),
        )
    ),
    Breach("insurance_charged", "insurance_charged", {"insurance_charged": "never"}),
    Breach("insurance_premium", "insurance_premium", {"insurance_premium": BELOW_ZERO}),
    Breach("insurance_premium_share", "insurance_premium_share", {"insurance_premium_share": Decimal("100.001")}),
    Breach("insurance_surcharge", "insurance_surcharge", {"insurance_surcharge": Decimal(1)}),
    Breach(
        "insurance_surcharge",
        "insurance_surcharge",
        {"insurance_premium": Decimal(1), "insurance_surcharge": Decimal("960.501")},
    ),
    Breach("minimum_payment_floor", "minimum_payment_floor", {"minimum_payment_floor": BELOW_ZERO}, CARD),
    Breach("cost_term", "cost_term", {"cost_term": 0}, CARD),
    Breach("cost_term", "cost_term", {"cost_term": 601}, CARD),
    Breach("cash_rate", "cash_rate", {"cash_rate": Decimal("999.001")}, CARD),
    Breach("cash_fee", "cash_fee", {"cash_fee": BELOW_ZERO}, CARD),
    Breach("cash_fee_share", "cash_fee_share", {"cash_fee_share": Decimal("100.001")}, CARD),
    *(Breach(f"{name}_of_card", name, {name: 1}) for name in CARD_TERMS),
    Breach("grace_of_card", "grace_period", {"grace_period": None}, CARD),
    Breach("grace_of_card", "grace_period", {"grace_period": 55}),
    Breach("minimum_payment_of_card", "minimum_payment", {"minimum_payment": None}, CARD),
    Breach("minimum_payment_of_card", "minimum_payment", {"minimum_payment": Decimal(0)}, CARD),
    Breach("minimum_payment_of_card", "minimum_payment", {"minimum_payment": Decimal("100.01")}, CARD),
    Breach("minimum_payment_of_card", "minimum_payment", {"minimum_payment": Decimal(5)}),
    Breach("some_link", "link", {"link": "", "deep_link": ""}),
    Breach("link_https", "link", {"link": "http://bank.example/cash"}),
    Breach("counted_link", "counted_link", {"counted_link": "https://bank.example/cash"}),
    Breach("counted_link", "counted_link", {"counted_link": "http://bank.example/go/{ref}"}),
    Breach("validity_range", "valid_until", {"valid_from": EVENING, "valid_until": MORNING}),
    Breach("validity_range", "valid_until", {"valid_from": MORNING, "valid_until": MORNING}),
]
