"""A linter of what an offer says of itself: the law on advertising and the moderation of Yandex.

Rules are data: a code, a severity, a source, and a way to find the fragment that breaks them. Texts are Russian.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from offers.domain.findings import Finding, Severity

CREDIT_WARNING: Final = (
    "Изучите все условия кредита (займа) на сайте в соответствующем разделе. "
    "Оценивайте свои финансовые возможности и риски."
)
ADVERTISING_LAW: Final = "38-ФЗ «О рекламе», статья 28"
UNFAIR_ADVERTISING: Final = "38-ФЗ «О рекламе», статья 5"
MODERATION: Final = "Правила модерации Яндекса: кредиты"


class Field(StrEnum):
    """Where a text stands."""

    BANK_NAME = "bank_name"
    OFFER_NAME = "offer_name"
    SPECIAL_CONDITION = "special_condition"
    LINK = "link"
    RENDERED = "rendered"  # an offer as a person sees it, whole


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it stands; `index` tells several of one field apart."""

    field: Field
    content: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """`find` gives the fragments of a text that break the rule; an empty one says that something is missing."""

    code: str
    severity: Severity
    source: str
    fields: frozenset[Field]
    find: Callable[[str], Iterator[str]]


def _readable(text: Text) -> str:
    """One kind of space, and of a link its words."""
    content = text.content
    if text.field is Field.LINK:
        content = re.sub(r"[-_+/?&=.]+", " ", unquote(content))
    return " ".join(content.split())


def _matches(pattern: str) -> Callable[[str], Iterator[str]]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def find(text: str) -> Iterator[str]:
        return (match.group() for match in compiled.finditer(text))

    return find


def _lacks(pattern: str) -> Callable[[str], Iterator[str]]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def find(text: str) -> Iterator[str]:
        if not compiled.search(text):
            yield ""

    return find


_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_PERCENT: Final = rf"{_NUMBER}\s*(?:%|процент\w*)"
# A rate, not by how much it is lowered.
_RATE: Final = re.compile(
    rf"ставк\w*[^.;%]{{0,40}}?(?<!на )\b{_PERCENT}"
    rf"|(?<!на )(?<!скидка )(?<![\d.,]){_PERCENT}\s*(?:годовых|в год)\b"
    rf"|\bпод {_PERCENT}|\bкредит\w*(?: наличными)? от {_PERCENT}",
    re.IGNORECASE,
)
_FULL_COST: Final = re.compile(r"\bПСК\b|\bполн\w+ стоимост\w+", re.IGNORECASE)
_OPEN_END: Final = re.compile(rf"\b(от|до)\s+{_PERCENT}", re.IGNORECASE)
_UPPER_END_FOLLOWS: Final = re.compile(r"\s*(?:годовых\s*)?(?:до\b|[-–—])", re.IGNORECASE)
_LOWER_END_PRECEDES: Final = re.compile(
    rf"\bот\s+{_NUMBER}\s*(?:%|процент\w*)?\s*(?:годовых\s*)?[-–—]?\s*$", re.IGNORECASE
)


def _rates_without_full_cost(text: str) -> Iterator[str]:
    if not _FULL_COST.search(text):
        yield from (rate.group() for rate in _RATE.finditer(text))


def _rates_before_full_cost(text: str) -> Iterator[str]:
    full_cost = _FULL_COST.search(text)
    if full_cost:
        yield from (rate.group() for rate in _RATE.finditer(text, 0, full_cost.start()))


def _half_ranges(text: str) -> Iterator[str]:
    for end in _OPEN_END.finditer(text):
        if end.group(1).lower() == "от":
            other = _UPPER_END_FOLLOWS.match(text, end.end())
        else:
            other = _LOWER_END_PRECEDES.search(text[: end.start()])
        if other is None:
            yield end.group()


_SEEN_BY_PEOPLE: Final = frozenset({Field.OFFER_NAME, Field.SPECIAL_CONDITION, Field.RENDERED})
_PROMISING: Final = _SEEN_BY_PEOPLE | {Field.LINK}
_NAME: Final = frozenset({Field.BANK_NAME})
_WHOLE_OFFER: Final = frozenset({Field.RENDERED})

RULES: Final = (
    Rule("rate_without_full_cost", Severity.ERROR, ADVERTISING_LAW, _SEEN_BY_PEOPLE, _rates_without_full_cost),
    Rule("rate_before_full_cost", Severity.ERROR, ADVERTISING_LAW, _SEEN_BY_PEOPLE, _rates_before_full_cost),
    Rule("half_range", Severity.WARNING, MODERATION, _SEEN_BY_PEOPLE, _half_ranges),
    Rule(
        "zero_percent",
        Severity.WARNING,
        UNFAIR_ADVERTISING,
        _PROMISING,
        _matches(r"(?<![\d.,])(?:0(?:[.,]0+)?|ноль|нул\w+)\s*(?:%|процент\w*)"),
    ),
    Rule("no_overpayment", Severity.WARNING, UNFAIR_ADVERTISING, _PROMISING, _matches(r"\bбез переплат\w*")),
    Rule("guaranteed", Severity.WARNING, UNFAIR_ADVERTISING, _PROMISING, _matches(r"\bгарант\w+")),
    Rule(
        "approval_for_all",
        Severity.WARNING,
        UNFAIR_ADVERTISING,
        _PROMISING,
        _matches(r"\bодобр\w+ (?:всем|всех|каждому|любому)\b|\b(?:всем|каждому) одобр\w+|\bбез отказ\w*"),
    ),
    Rule(
        "legal_form_missing",
        Severity.WARNING,
        MODERATION,
        _NAME,
        _lacks(r"\b(?:П?АО|НАО|ООО|П?НКО|РНКО)\b|акционерное общество|с ограниченной ответственностью"),
    ),
    Rule("credit_warning_missing", Severity.WARNING, MODERATION, _WHOLE_OFFER, _lacks(re.escape(CREDIT_WARNING))),
)


def lint(texts: Iterable[Text], rules: Sequence[Rule] = RULES) -> list[Finding]:
    """Every fragment that breaks a rule, text by text. Parameters: `field`, `index`, `fragment`."""
    return [
        Finding(
            rule.code,
            rule.severity,
            {"field": text.field.value, "index": text.index, "fragment": fragment},
            rule.source,
        )
        for text in texts
        for rule in rules
        if text.field in rule.fields
        for fragment in rule.find(_readable(text))
    ]
