"""The search finds what it looks for; and the repository holds no number of anybody's."""

import base64
import re
import subprocess

import pytest

from tests import leaks
from tests.leaks import EXAMPLE, EXAMPLES, PHONE, Search
from tests.server.serving import ROOT

SECRET = "kq7-XW_secret_of_somebody"


@pytest.mark.parametrize("text", [EXAMPLE, SECRET])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "Bearer ", '{"phone_number":"', "я"])
@pytest.mark.parametrize("after", ["", "x", '"}', "\n\n"])
def test_it_is_found_in_whatever_coding_it_hides(text: str, before: str, after: str) -> None:
    plain = f"{before}{text}{after}".encode()
    search = Search(text)
    for hidden in (plain, plain.hex().encode(), plain.hex().upper().encode(), base64.b64encode(plain)):
        assert search.found_in(b"some text " + hidden + b" and more")
    assert search.found_in(base64.urlsafe_b64encode(plain))


@pytest.mark.parametrize("text", ["79161234567", "+79161234567", "89161234567", "9161234567", "+7 (916) 123-45-67"])
def test_a_number_that_nobody_knows_is_found(text: str) -> None:
    assert Search().found_in(f'{{"phone": "{text}"}}'.encode())


@pytest.mark.parametrize(
    "text",
    [
        "9999999999.99",
        "01a20fa1-a81e-7925-9330445040ab",
        "********40",
        "20261124221012345678",
        "1732486212",
        "a9161234567",
    ],
)
def test_what_is_no_number_is_not(text: str) -> None:
    assert Search().found_in(text.encode()) == []


def test_an_access_token_is_found() -> None:
    assert Search().found_in(b"Authorization: Bearer vt1~yandex~3od6YvT5YmOg~0~6b061ac6~loan_approval~jVgFoi0Y")


def test_the_repository_holds_no_persons_number_and_no_key() -> None:
    """But for the one on Yandex's own pages; keys stand in tests/environment.py alone, and say so themselves."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no repository")
    found = []
    for name in listed.stdout.decode().split("\0")[:-1]:
        path = ROOT / name
        if path == ROOT / "tests" / "test_leaks.py" or name.startswith("requirements/") or not path.is_file():
            continue
        content = path.read_bytes()
        numbers = [re.sub(r"\D", "", match[0].decode()) for match in PHONE.finditer(content)]
        found += [f"{name}: {number}" for number in numbers if not EXAMPLES.fullmatch(number)]
        if b"PRIVATE KEY-----" in content or leaks.ACCESS_TOKEN.search(content):
            found.append(f"{name}: a key or a token")
    assert found == []
