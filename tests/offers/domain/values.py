"""Offers and contents as values: by default plain ones, named by what differs, and any that keep the rules."""

import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from offers.domain.catalogue import (
    AboveCeiling,
    Bound,
    Content,
    DecisionBasis,
    Drawing,
    MarketRow,
    Offer,
    Policy,
    Product,
    Range,
)
from offers.domain.cost_terms import Insurance
from offers.domain.decide import Enquiry
from offers.domain.differences import set_policies
from offers.domain.fees import Charged, Fee
from offers.domain.full_cost import Absence, NoFullCostError
from offers.domain.known import Approval, Grant, Known, Scored, Trial, Verdict
from offers.domain.schedule import InterestBasis, LoanRepayment

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def roubles(smallest: str, largest: str) -> Range[Decimal]:
    return Range(Decimal(smallest), Decimal(largest))


def loan(code: str = "loan", **differs: Any) -> Offer:
    """From 100 000 to 600 000 roubles for 12 to 36 months, shown to whoever asks within these."""
    amount = differs.get("amount", roubles("100000.00", "600000.00"))
    term = differs.get("term", Range(12, 36))
    terms = {"amount": amount, "shown_amount": amount, "term": term, "shown_term": term}
    return _offer(code, Product.LOAN, terms | differs)


def card(code: str = "card", **differs: Any) -> Offer:
    """A limit from 10 000 to 300 000 roubles."""
    amount = differs.get("amount", roubles("10000.00", "300000.00"))
    terms = {"amount": amount, "shown_amount": amount, "grace_period": 120, "minimum_payment": Decimal(10)}
    return _offer(code, Product.CREDIT_CARD, terms | differs)


def _offer(code: str, product: Product, terms: dict[str, Any]) -> Offer:
    usual: dict[str, Any] = {
        "position": 100,
        "term": None,
        "shown_term": None,
        "rate": roubles("24.3", "36.2"),
        "total_cost": roubles("25.1", "40.2"),
        "grace_period": None,
        "minimum_payment": None,
        "special_conditions": (),
        "required_documents": ("Паспорт РФ",),
        "choosable_documents": (),
        "link": f"https://bank.example/{code}",
        "deep_link": "",
        "valid_from": None,
        "valid_until": None,
    }
    return Offer(code=code, product=product, **usual | terms)


def content(*offers: Offer, **differs: Any) -> Content:
    return Content(bank_name="АО Супер-банк", offers=offers, **differs)


codes = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
amounts = st.decimals("0.01", 10_000_000_000, places=2)
terms = st.integers(1, 600)
percents = st.decimals(0, 999, places=3)
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001  (they get a zone)
around_now = st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
lists = st.lists(texts, max_size=3).map(tuple)


def ranges(ends: st.SearchStrategy[Bound]) -> st.SearchStrategy[Range[Bound]]:
    return st.tuples(ends, ends).map(lambda pair: Range(min(pair), max(pair)))


@st.composite
def fees(draw: st.DrawFn) -> Fee:
    """Of a size that a bank might charge, for all amounts or for a band of them."""
    start, end = sorted([draw(amounts), draw(amounts)])
    return Fee(
        draw(st.sampled_from(Charged)),
        draw(st.decimals(0, 10_000, places=2)),
        draw(st.decimals(0, 10, places=3)),
        draw(st.sampled_from([None, start])),
        draw(st.sampled_from([None, end])),
    )


insurances = st.builds(Insurance, fees(), st.sampled_from([Decimal(0), Decimal(7)]))


@st.composite
def offers(draw: st.DrawFn, at: st.SearchStrategy[datetime] = moments) -> Offer:
    """Any offer that keeps the rules of the catalogue."""
    product = draw(st.sampled_from(Product))
    amount = draw(ranges(amounts))
    term = draw(ranges(terms)) if product is Product.LOAN else None
    validity = sorted([draw(at), draw(at)])
    return Offer(
        code=draw(codes),
        product=product,
        position=draw(st.integers(0, 3)),
        amount=amount,
        shown_amount=draw(_wider(amount, amounts)),
        term=term,
        shown_term=None if term is None else draw(_wider(term, terms)),
        rate=draw(ranges(percents)),
        total_cost=draw(ranges(percents)),
        grace_period=None if term else draw(st.integers(0, 400)),
        minimum_payment=None if term else draw(st.decimals("0.01", 100, places=2)),
        special_conditions=draw(lists),
        required_documents=draw(lists),
        choosable_documents=draw(lists),
        link=draw(texts),
        deep_link=draw(texts),
        valid_from=draw(st.sampled_from([None, validity[0]])),
        valid_until=draw(st.sampled_from([None, validity[1]])),
        repayment=draw(st.sampled_from(LoanRepayment)),
        interest_basis=draw(st.sampled_from(InterestBasis)),
        fees=draw(st.lists(fees(), max_size=2).map(tuple)),
        insurance=draw(st.none() | insurances),
        minimum_payment_floor=None if term else draw(st.none() | amounts),
        cost_term=None if term else draw(st.none() | terms),
        cash_rate=None if term else draw(st.none() | percents),
        cash_fee=None if term else draw(st.none() | fees()),
    )


def _wider(own: Range[Bound], ends: st.SearchStrategy[Bound]) -> st.SearchStrategy[Range[Bound]]:
    widened = ranges(ends).map(lambda other: Range(min(own.min, other.min), max(own.max, other.max)))
    return st.just(own) | widened


market_rows = st.builds(
    MarketRow,
    product=st.sampled_from(Product),
    drawing=st.none() | st.sampled_from(Drawing),
    amount_above=st.none() | amounts,
    amount_to=st.none() | amounts,
    months_above=st.none() | terms,
    months_to=st.none() | terms,
    year=st.integers(2014, 2030),
    quarter=st.integers(1, 4),
    average=percents,
    applied=st.booleans(),
)


def policies(product: Product) -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy,
        st.just(product),
        st.sampled_from(DecisionBasis),
        stop_lists=st.booleans(),
        enquiries_a_day=st.none() | st.integers(1, 3),
    )


def grants(of_codes: list[str]) -> st.SearchStrategy[Grant]:
    return st.builds(
        Grant,
        st.sampled_from(Approval),
        st.sampled_from([None, *of_codes]),
        limit=st.none() | amounts,
        rate=st.none() | percents,
        until=st.none() | moments,
    )


def known(of_codes: list[str]) -> st.SearchStrategy[Known]:
    """Anything that may be known of a person, whether a policy asks for it or not."""
    several = st.lists(grants(of_codes), max_size=3).map(tuple)
    scored = st.builds(Scored, st.sampled_from(Verdict), approval=st.sampled_from(Approval), grants=several)
    return st.builds(
        Known,
        stop=st.sampled_from(["", "fraud"]),
        enquiries=st.integers(0, 4),
        listed=several,
        scored=st.none() | scored,
        trial=st.sampled_from([None, None, None, *Trial]),
    )


@st.composite
def contents(draw: st.DrawFn, at: st.SearchStrategy[datetime] = moments, *, with_policies: bool = False) -> Content:
    of_content = tuple(draw(st.lists(offers(at), max_size=6, unique_by=lambda offer: offer.code)))
    codes_there = [offer.code for offer in of_content]
    return Content(
        bank_name=draw(texts),
        offers=of_content,
        paused=draw(st.frozensets(st.sampled_from(codes_there), max_size=2)) if codes_there else frozenset(),
        all_paused=draw(st.sampled_from([False, False, False, True])),
        market=tuple(draw(st.lists(market_rows, max_size=2))),
        only_warn_of_ceilings=draw(st.booleans()),
        above_ceiling=tuple(draw(st.lists(_above_ceiling(codes_there, at), max_size=1))) if codes_there else (),
        policies=set_policies(draw(policies(product)) for product in Product) if with_policies else (),
    )


def _above_ceiling(codes: list[str], at: st.SearchStrategy[datetime]) -> st.SearchStrategy[AboveCeiling]:
    spans = st.tuples(at, at).map(sorted)
    return st.builds(lambda code, span: AboveCeiling(code, *span), st.sampled_from(codes), spans)


@st.composite
def questions(draw: st.DrawFn, *, with_policies: bool = False) -> tuple[Enquiry, Content]:
    """A content live about now, and a question that is likely to meet some bound of it."""
    of_content = draw(contents(around_now, with_policies=with_policies))
    return draw(_questions_about(of_content)), of_content


@st.composite
def questions_in_a_row(draw: st.DrawFn) -> tuple[Content, list[tuple[Enquiry, datetime]]]:
    """Several such questions about one content, at several moments."""
    of_content = draw(contents(around_now))
    return of_content, draw(st.lists(st.tuples(_questions_about(of_content), around_now), min_size=2, max_size=8))


@st.composite
def _questions_about(draw: st.DrawFn, of_content: Content) -> Enquiry:
    ends = [(end, step) for offer in of_content for end, step in _ends(offer)] or [(Decimal(1), 0)]
    near_amount = st.sampled_from(ends).map(lambda pair: max(pair[0] + pair[1] * Decimal("0.01"), Decimal("0.01")))
    near_term = st.sampled_from([offer.term.min for offer in of_content if offer.term] or [12])
    product = draw(st.sampled_from(Product))
    return Enquiry(product, draw(st.none() | near_amount | amounts), draw(st.none() | near_term | terms))


def _ends(offer: Offer) -> list[tuple[Decimal, int]]:
    bounds = (offer.amount, offer.shown_amount)
    return [(end, step) for each in bounds for end in (each.min, each.max) for step in (-1, 0, 1)]


def cost_or_why(full_cost: Callable[[], Decimal]) -> Decimal | Absence:
    """A full cost, or why there is none."""
    try:
        return full_cost()
    except NoFullCostError as error:
        return error.absence
