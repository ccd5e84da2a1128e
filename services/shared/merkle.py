"""The Merkle tree of RFC 6962 and RFC 9162 over leaf hashes: roots, proofs, and their verification.

A tree is kept as the hashes of its perfect subtrees: node (level, place) covers the leaves from place · 2^level to
(place + 1) · 2^level. Such a node never changes once its last leaf is there, so that a tree of any earlier size stays
readable, and the root of n leaves and every proof are made of O(log n) nodes. Leaves count from 0.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

Node = tuple[int, int]
Span = tuple[int, int]
HASH_SIZE = 32
EMPTY = hashlib.sha256().digest()
"""The root of no leaves."""


def leaf_hash(content: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256 of 0x00 and the leaf's content."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256 of 0x01 and the two hashes below."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def cover(start: int, end: int) -> list[Node]:
    """The perfect subtrees that make up the leaves from `start` to `end`, from left to right.

    `start` is a multiple of the least power of two that is not below `end - start`: then their hashes, folded from the
    right, are the hash of the span.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def grown(size: int, edge: Sequence[bytes], leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
    """The nodes above the leaves that become perfect when `leaves` are added to a tree of `size` leaves.

    `edge`: the hashes of `cover(0, size)`. What comes back is (level, place, hash), children before parents.
    """
    if len(edge) != size.bit_count():
        raise ValueError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees at its edge")
    stack, made = list(edge), []
    for at, leaf in enumerate(leaves, size):
        level, place, current = 0, at, leaf
        while place & 1:
            level, place, current = level + 1, place >> 1, node_hash(stack.pop(), current)
            made.append((level, place, current))
        stack.append(current)
    return made


class Growing:
    """A tree to which leaves are added for ever; of its nodes it holds the edge alone, one for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []
        """Level and hash of the perfect subtrees, from left to right."""

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        self.size += 1
        level = 0
        while self._edge and self._edge[-1][0] == level:
            level, leaf = level + 1, node_hash(self._edge.pop()[1], leaf)
        self._edge.append((level, leaf))

    def root(self) -> bytes:
        """The root of all leaves; that of none is the hash of nothing."""
        if not self._edge:
            return EMPTY
        found = self._edge[-1][1]
        for _, left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans of leaves whose hashes are the inclusion proof (RFC 9162 section 2.1.3.1) of leaf `index`."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end, found = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The spans of leaves whose hashes are the consistency proof (RFC 9162 section 2.1.4.1) between two sizes."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} does not grow to {new}")
    if old in (0, new):
        return []
    start, end, found = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return [*([(start, end)] if start else []), *found[::-1]]


def nodes_of(spans: Iterable[Span]) -> list[Node]:
    """The nodes that the hashes of some spans are made of."""
    return [node for start, end in spans for node in cover(start, end)]


def hash_of(nodes: Mapping[Node, bytes], span: Span) -> bytes:
    """The hash of a span of leaves, from the nodes of its cover; KeyError where one is not there."""
    found = [nodes[node] for node in cover(*span)]
    if not found:
        return EMPTY
    current = found.pop()
    while found:
        current = node_hash(found.pop(), current)
    return current


def root(nodes: Mapping[Node, bytes], size: int) -> bytes:
    """The root of the first `size` leaves."""
    return hash_of(nodes, (0, size))


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether an inclusion proof holds (RFC 9162 section 2.1.3.2): `leaf` is leaf `index` of the tree of this root."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    place, last, current = index, size - 1, leaf
    for hash in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            current = node_hash(hash, current)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            current = node_hash(current, hash)
        place, last = place >> 1, last >> 1
    return last == 0 and current == root


def consistent(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether a consistency proof holds (RFC 9162 section 2.1.4.2): the new tree begins with the whole old one."""
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old in (0, new):
        return not proof and (old_root == new_root if old == new else old_root == EMPTY)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path or not proof:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for hash in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(hash, first), node_hash(hash, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, hash)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(size: int) -> int:
    """The largest power of two below `size` (at least 2)."""
    return int(1 << ((size - 1).bit_length() - 1))


def _are_hashes(*found: bytes) -> bool:
    return all(len(hash) == HASH_SIZE for hash in found)
