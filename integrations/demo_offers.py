"""The catalogue of the demo: one invented bank with offers such as banks made in late 2026.

Full costs are not written here: they are worked out of the terms, as for any offer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from offers import checks
from offers.models import MarketValue, Offer, ProductType

BANK_NAME = "АО «Приозёрный банк»"
LINK = "https://bank.example/credit?offer={code}&utm_source=yandex&utm_medium=vitrina&ref={{ref}}"
DEEP_LINK = "priozerny://offers/{code}?ref={{ref}}"
SEASON = timedelta(days=90)

COST_TERMS = (
    "fee_once", "fee_monthly", "fee_yearly", "insurance_premium_share", "insurance_surcharge", "cash_fee",
    "cash_fee_share", "minimum_payment", "shown_amount_min",
)  # fmt: skip

# Of the Bank of Russia's table: what banks' cards with limits up to 100 000 ₽ cost at the beginning of 2025, so that no
# card of the third quarter might cost more than 64.327 (cashless) or 65.268 per cent (cash).
MARKET_SOURCE = "Банк России: среднерыночные значения ПСК, применяемые в III квартале 2025 года"
MARKET = [("cashless", "48.245"), ("cash", "48.951")]

PASSPORT, SNILS, EMPLOYMENT = "Паспорт РФ", "СНИЛС", "Копия трудовой книжки или выписка из неё"
INCOME = ["2-НДФЛ, Справка по форме банка", "Подтверждение на Госуслугах, Справка по форме банка"]

LOANS: list[dict[str, Any]] = [
    {
        "code": "cash-salary",
        "name": "Для зарплатных клиентов",
        "position": 10,
        "amount": ("50000", "3000000"),
        "term": (12, 84),
        "rate": ("19.9", "26.5"),
        "special_conditions": ["Зарплата поступает на карту банка не меньше трёх месяцев"],
        "required_documents": [PASSPORT],
    },
    {
        "code": "cash-standard",
        "name": "Наличными на любые цели",
        "position": 20,
        "amount": ("30000", "600000"),
        "term": (6, 60),
        "rate": ("24.3", "36.2"),
        "required_documents": [PASSPORT, SNILS],
        "choosable_documents": INCOME,
    },
    {
        "code": "cash-large",
        "name": "Крупная сумма",
        "position": 30,
        "amount": ("600000.01", "1000000"),
        # Whoever asks for less is told that more can be had.
        "shown_amount_min": "300000",
        "term": (24, 60),
        "rate": ("21.9", "28.4"),
        "special_conditions": ["Подтверждённый доход от 80 000 ₽ в месяц"],
        "required_documents": [PASSPORT, SNILS],
        "choosable_documents": INCOME,
    },
    {
        "code": "cash-protected",
        "name": "Со страхованием жизни",
        "position": 40,
        "amount": ("100000", "5000000"),
        "term": (13, 60),
        "rate": ("17.9", "23.9"),
        "insurance_premium_share": "3.5",
        "insurance_surcharge": "7",
        "special_conditions": ["Ставка действует при страховании жизни и здоровья заёмщика на весь срок кредита"],
        "required_documents": [PASSPORT, SNILS],
        "choosable_documents": INCOME,
    },
    {
        "code": "cash-autumn",
        "name": "Сезонное предложение",
        "position": 50,
        "amount": ("100000", "1500000"),
        "term": (12, 60),
        "rate": ("20.4", "25.9"),
        "special_conditions": ["Заявка подана онлайн до окончания акции"],
        "required_documents": [PASSPORT, SNILS],
        "seasonal": True,
    },
    {
        "code": "cash-secured",
        "name": "Под залог квартиры",
        "position": 60,
        "amount": ("500000", "7000000"),
        "term": (36, 84),
        "rate": ("18.5", "22.9"),
        "fee_once": "9500",
        "insurance_premium_share": "0.3",
        "insurance_charged": "yearly",
        "special_conditions": ["Залог квартиры в собственности заёмщика", "Страхование предмета залога"],
        "required_documents": [PASSPORT, SNILS, "Выписка из ЕГРН", EMPLOYMENT],
        "choosable_documents": INCOME,
    },
    {
        "code": "cash-pension",
        "name": "Пенсионный",
        "position": 70,
        "amount": ("30000", "500000"),
        "term": (6, 60),
        "rate": ("21.5", "28.9"),
        "special_conditions": ["Возраст на дату погашения — до 75 лет"],
        "required_documents": [PASSPORT, "Справка о размере пенсии"],
    },
    {
        "code": "cash-express",
        "name": "Экспресс по паспорту",
        "position": 80,
        "amount": ("30000", "300000"),
        "term": (3, 24),
        "rate": ("29.9", "39.9"),
        "required_documents": [PASSPORT],
    },
]

CARDS: list[dict[str, Any]] = [
    {
        "code": "card-120",
        "name": "120 дней без процентов",
        "position": 10,
        "amount": ("30000", "500000"),
        "rate": ("29.9", "49.9"),
        "cash_fee": "390",
        "cash_fee_share": "3.9",
        "grace_period": 120,
        "minimum_payment": "3",
        "special_conditions": ["Беспроцентный период действует на покупки"],
        "required_documents": [PASSPORT],
    },
    {
        "code": "card-cashback",
        "name": "Кешбэк каждый день",
        "position": 20,
        "amount": ("15000", "1000000"),
        "rate": ("27.8", "44.9"),
        "fee_monthly": "99",
        "grace_period": 55,
        "minimum_payment": "5",
        "special_conditions": ["Обслуживание — 99 ₽ в месяц, бесплатно при покупках от 10 000 ₽"],
        "required_documents": [PASSPORT, SNILS],
    },
    {
        "code": "card-premium",
        "name": "Премиальная",
        "position": 30,
        "amount": ("300000", "3000000"),
        "rate": ("24.9", "34.9"),
        "fee_yearly": "4990",
        "grace_period": 60,
        "minimum_payment": "5",
        "special_conditions": ["Пакет «Премиум»", "Подтверждённый доход от 200 000 ₽ в месяц"],
        "required_documents": [PASSPORT, SNILS],
        "choosable_documents": INCOME,
    },
    {
        "code": "card-first",
        "name": "Первая карта",
        "position": 40,
        "amount": ("5000", "100000"),
        "rate": ("34.9", "49.9"),
        "grace_period": 50,
        "minimum_payment": "8.5",
        "required_documents": [PASSPORT],
    },
]


def rows(now: datetime, service: str = "") -> Iterator[Offer]:
    """The offers with their full costs, not saved. What is seasonal ends so many days after `now`.

    `service`: where people reach this service, if they do; the clicks on loans go through it.
    """
    for product, offers in ((ProductType.LOAN, LOANS), (ProductType.CREDIT_CARD, CARDS)):
        for said in offers:
            counted = f"{service}/go/{{ref}}" if service and product == ProductType.LOAN else ""
            row = _row(product, now, counted_link=counted, **said)
            checks.fill(row, now)
            yield row


def market() -> Iterator[MarketValue]:
    """Rows of the Bank of Russia's table, not saved."""
    for drawing, average in MARKET:
        yield MarketValue(
            product_type=ProductType.CREDIT_CARD,
            drawing=drawing,
            amount_to=Decimal(100_000),
            year=2025,
            quarter=1,
            average=Decimal(average),
            source=MARKET_SOURCE,
        )


def _row(product: ProductType, now: datetime, *, code: str, seasonal: bool = False, **said: Any) -> Offer:
    ranges = {
        f"{name}_{end}": value if name == "term" else Decimal(value)
        for name in ("amount", "term", "rate")
        for end, value in zip(("min", "max"), said.pop(name, ()), strict=False)
    }
    terms = {name: Decimal(said.pop(name)) for name in COST_TERMS if name in said}
    validity = {"valid_from": now, "valid_until": now + SEASON} if seasonal else {}
    links = {"link": LINK.format(code=code), "deep_link": DEEP_LINK.format(code=code)}
    return Offer(product_type=product, code=code, **ranges, **terms, **links, **validity, **said)
