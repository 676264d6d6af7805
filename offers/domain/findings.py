"""What a check of an offer found: a code and parameters; whoever shows it makes the sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps an offer from being published; a warning is acknowledged by a person."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is the code of what is broken, `parameters` fill its sentence, `source` is the law or the contract."""

    rule: str
    severity: Severity
    parameters: Mapping[str, object]
    source: str
