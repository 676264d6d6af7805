"""Merkle trees as RFC 6962 makes them: over a list that fits in memory, and over a log that only grows.

A log keeps one hash a leaf beside the leaf itself: that of the largest complete subtree that ends there. These are
enough to add a leaf, to tell the root of any size and to prove that a leaf is in, each with a few look-ups.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from hashlib import sha256

HASH_BYTES = 32


def leaf(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over these hashes of leaves."""
    if not hashes:
        return sha256().digest()
    level = hashes
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """What proves that the leaf at `index` is among these: its sibling on each level, from below."""
    siblings, level = [], hashes
    while len(level) > 1:
        if index ^ 1 < len(level):
            siblings.append(level[index ^ 1])
        level, index = _above(level), index // 2
    return siblings


def _above(level: Sequence[bytes]) -> list[bytes]:
    """Neighbours joined; the last one goes up as it is where it has no neighbour."""
    pairs = range(0, len(level) - 1, 2)
    return [node(level[left], level[left + 1]) for left in pairs] + list(level[len(level) & ~1 :])


class Log:
    """A tree over a log: `leaf_at(n)` is the hash of leaf n, `ending_at(n)` that of the largest subtree it ends."""

    def __init__(self, leaf_at: Callable[[int], bytes], ending_at: Callable[[int], bytes]) -> None:
        self.leaf_at, self.ending_at = leaf_at, ending_at

    def grow(self, size: int, new_leaf: bytes) -> bytes:
        """What to keep beside the next leaf of a log of this size."""
        subtree, width = new_leaf, 1
        while size & width:
            subtree = node(self.ending_at(size - width), subtree)
            width *= 2
        return subtree

    def root(self, size: int) -> bytes:
        if size == 0:
            return root([])
        return reduce(lambda right, left: node(left, right), list(self._peaks(size))[::-1])

    def path(self, index: int, size: int) -> list[bytes]:
        """What proves that the leaf at `index` is in the log of this size, as `path` has it."""
        return self._path(index, 0, size)

    def _peaks(self, size: int) -> Iterator[bytes]:
        """The complete subtrees that a log of this size consists of, the largest first."""
        end = 0
        for width in (1 << bit for bit in reversed(range(size.bit_length()))):
            if size & width:
                end += width
                yield self.ending_at(end - 1)

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _left_width(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._span(middle, end)]
        return [*self._path(index, middle, end), self._span(start, middle)]

    def _span(self, start: int, end: int) -> bytes:
        width = end - start
        if width == end & -end:
            return self.ending_at(end - 1)
        if width == 1:
            return self.leaf_at(start)
        middle = start + _left_width(width)
        return node(self._span(start, middle), self._span(middle, end))


def _left_width(width: int) -> int:
    """How many of the leaves go to the left: the largest power of two that leaves something to the right."""
    return 1 << (width - 1).bit_length() - 1
