import pytest

from integrations import links
from integrations.links import Names

NAMES = Names("A-_9", "e2b4948b-7d8a-4eec-875c-b1c11d7d8372", "cash", 3)


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("https://bank.example/?ref={ref}", "https://bank.example/?ref=A-_9"),
        ("bank://{offer}/{release}?a={ref}&b={ref}", "bank://cash/3?a=A-_9&b=A-_9"),
        ("https://bank.example/{search_id}", "https://bank.example/e2b4948b-7d8a-4eec-875c-b1c11d7d8372"),
        ("https://bank.example/{other}{Ref}{}", "https://bank.example/{other}{Ref}{}"),
    ],
)
def test_it_works(template: str, filled: str) -> None:
    assert links.fill(template, NAMES) == filled
    assert links.has_placeholders(template) == (template != filled)
