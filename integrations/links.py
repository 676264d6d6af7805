"""The placeholders of an offer's links, filled in where a proposal leaves for a person."""

from typing import NamedTuple

from offers.domain.addresses import PLACEHOLDERS


class Names(NamedTuple):
    """What the placeholders of one proposal's links stand for; each may stand in any part of an address."""

    ref: str
    search_id: str
    offer: str
    release: int


def has_placeholders(template: str) -> bool:
    return any(f"{{{name}}}" in template for name in PLACEHOLDERS)


def fill(template: str, names: Names) -> str:
    """The link, or the JSON of several: what stands in for a placeholder needs no escaping in either."""
    return (
        template.replace("{ref}", names.ref)
        .replace("{search_id}", names.search_id)
        .replace("{offer}", names.offer)
        .replace("{release}", str(names.release))
    )
