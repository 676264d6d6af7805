import pytest

from integrations import networks
from integrations.networks import BadNetwork

SOCKET = "192.0.2.1"


@pytest.mark.parametrize("forged", ["", "203.0.113.9", "x", ",,,", "127.0.0.1, 127.0.0.1"])
def test_without_proxies_the_header_is_not_believed(forged: str) -> None:
    assert networks.caller(SOCKET, forged, 0) == SOCKET


@pytest.mark.parametrize(
    ("header", "proxies", "address"),
    [
        ("203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", 1, "203.0.113.9"),
        ("203.0.113.9, 10.0.0.1", 2, "203.0.113.9"),
        ("1.1.1.1,  203.0.113.9 ,10.0.0.1", 2, "203.0.113.9"),
        ("x, y, 2001:DB8::1", 1, "2001:db8::1"),
        ("::ffff:203.0.113.9", 1, "203.0.113.9"),
        # What the proxies that are trusted have not written.
        ("", 1, None),
        ("203.0.113.9", 2, None),
        ("203.0.113.9, ", 1, None),
        (", 203.0.113.9", 2, None),
        ("unknown", 1, None),
        ("_hidden", 1, None),
        ("203.0.113.9:4711", 1, None),
        ("[2001:db8::1]", 1, None),
        ("203.0.113.009", 1, None),
        ("203.0.113.9/32", 1, None),
        ("٢٠٣.0.113.9", 1, None),
        ("203.0.113.9\x00", 1, None),
        ("1.1.1.1 203.0.113.9", 1, None),
        ("9" * 8000, 1, None),
        ("," * 8000, 3, None),
    ],
)
def test_the_nth_from_the_right_is_the_callers(header: str, proxies: int, address: str | None) -> None:
    assert networks.caller(SOCKET, header, proxies) == address


@pytest.mark.parametrize(
    ("socket", "address"),
    [("", None), ("unix:", None), ("fe80::1%eth0", "fe80::1"), ("::ffff:192.0.2.1", SOCKET), ("::1", "::1")],
)
def test_a_sockets_address_has_one_spelling(socket: str, address: str | None) -> None:
    assert networks.caller(socket, "", 0) == address


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.0.2.1", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("203.0.113.7", True),
        ("203.0.113.8", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("::c000:201", False),
    ],
)
def test_within(address: str, inside: bool) -> None:  # noqa: FBT001
    assert networks.within(address, ("192.0.2.0/24", "203.0.113.7/32", "2001:db8::/32")) is inside


def test_what_is_written_as_no_network_lets_nobody_in() -> None:
    assert not networks.within("192.0.2.1", ("", "x", "192.0.2.1/24"))
    assert networks.within("192.0.2.1", ("x", "0.0.0.0/0"))


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:DB8:0::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_network_has_one_spelling(text: str, network: str) -> None:
    assert networks.read(text) == network


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("192.0.2.1/24", "192.0.2.0/24"),
        ("2001:db8::1/32", "2001:db8::/32"),
        ("192.0.2.0/33", None),
        ("192.0.2", None),
        ("yandex.ru", None),
        ("", None),
        ("192.0.2.0 /24", None),
        ("::ffff:192.0.2.0/120", None),
        ("fe80::1%eth0/64", "fe80::/64"),
    ],
)
def test_it_refuses_what_is_none_and_says_what_was_meant(text: str, meant: str | None) -> None:
    with pytest.raises(BadNetwork) as refusal:
        networks.read(text)
    assert refusal.value.meant == meant


def test_who_has_ipv6_has_a_whole_network() -> None:
    assert networks.site("2001:db8::1") == networks.site("2001:db8::ffff:1") != networks.site("2001:db8:0:1::1")
    assert networks.site("192.0.2.1") == "192.0.2.1"
