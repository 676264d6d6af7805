from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.proof import merkle

LEAVES = [bytes([number]) for number in range(70)]


def defined(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written there."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return sha256(b"\1" + defined(leaves[:left]) + defined(leaves[left:])).digest()


def climb(start: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2."""
    place, last = index, size - 1
    for sibling in path:
        assert last > 0
        if place & 1 or place == last:
            start = merkle.node(sibling, start)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            start = merkle.node(start, sibling)
        place, last = place >> 1, last >> 1
    assert last == 0
    return start


def grown(size: int) -> merkle.Log:
    leaves = [merkle.leaf(leaf) for leaf in LEAVES[:size]]
    subtrees: list[bytes] = []
    log = merkle.Log(leaves.__getitem__, subtrees.__getitem__)
    for number, leaf in enumerate(leaves):
        subtrees.append(log.grow(number, leaf))
    return log


@pytest.mark.parametrize("size", range(len(LEAVES)))
def test_the_roots_are_those_of_the_rfc(size: int) -> None:
    leaves = LEAVES[:size]
    assert merkle.root([merkle.leaf(leaf) for leaf in leaves]) == defined(leaves)
    assert grown(len(LEAVES)).root(size) == grown(size).root(size) == defined(leaves)


def test_the_root_of_the_rfcs_own_example() -> None:
    """The tree that Certificate Transparency's implementations share as test data."""
    data = [
        b"",
        b"\0",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        bytes(range(0x50, 0x58)),
        bytes(range(0x60, 0x70)),
    ]
    assert merkle.root([merkle.leaf(leaf) for leaf in data]).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@settings(deadline=None)
@given(st.integers(1, len(LEAVES)).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_a_path_leads_to_the_root(place: tuple[int, int]) -> None:
    index, size = place
    leaves = [merkle.leaf(leaf) for leaf in LEAVES[:size]]
    path = merkle.path(index, leaves)
    assert climb(leaves[index], index, size, path) == merkle.root(leaves)
    assert grown(len(LEAVES)).path(index, size) == path
