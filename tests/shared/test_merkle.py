"""The Merkle tree: the published vectors, and a naive tree that is the RFC's definition written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared import merkle

CONTENTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The leaves of the Certificate Transparency test vectors, and the roots of the first 1, 2, … of them."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N96 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N5F = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N6B = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
NBC = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NCA = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N0E = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NB0 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
INCLUSIONS = [
    (0, 1, []),
    (0, 8, [N96, N5F, N6B]),
    (5, 8, [NBC, NCA, ROOTS[3]]),
    (2, 3, [ROOTS[1]]),
    (1, 5, [ROOTS[0], N5F, NBC]),
]
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, [N96, N5F, N6B]),
    (6, 8, [N0E, NCA, ROOTS[3]]),
    (2, 5, [N5F, NBC]),
    (6, 7, [N0E, NB0, ROOTS[3]]),
]
sizes = st.integers(0, 200)


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(i).encode()) for i in range(count)]


def tree(hashes: list[bytes], batch: int = 1_000) -> dict[merkle.Node, bytes]:
    """All nodes of a tree that grew in batches."""
    nodes: dict[merkle.Node, bytes] = {}
    for start in range(0, len(hashes), batch):
        edge = [nodes[node] for node in merkle.cover(0, start)]
        part = hashes[start : start + batch]
        nodes |= {(0, start + i): hash for i, hash in enumerate(part)}
        nodes |= {(level, place): hash for level, place, hash in merkle.grown(start, edge, part)}
    return nodes


def naive_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else merkle.EMPTY
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return merkle.node_hash(naive_root(hashes[:k]), naive_root(hashes[k:]))


def proof(nodes: dict[merkle.Node, bytes], spans: list[merkle.Span]) -> list[bytes]:
    return [merkle.hash_of(nodes, span) for span in spans]


PUBLISHED = tree([merkle.leaf_hash(content) for content in CONTENTS])


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_published_vectors(size: int) -> None:
    assert merkle.root(PUBLISHED, size).hex() == ROOTS[size - 1]


def test_the_root_of_no_leaves_is_the_hash_of_nothing() -> None:
    assert merkle.root({}, 0).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size", "expected"), INCLUSIONS)
def test_inclusion_proofs_are_those_of_the_published_vectors(index: int, size: int, expected: list[str]) -> None:
    found = proof(PUBLISHED, merkle.inclusion_spans(index, size))
    assert [hash.hex() for hash in found] == expected
    assert merkle.included(PUBLISHED[0, index], index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new", "expected"), CONSISTENCIES)
def test_consistency_proofs_are_those_of_the_published_vectors(old: int, new: int, expected: list[str]) -> None:
    found = proof(PUBLISHED, merkle.consistency_spans(old, new))
    assert [hash.hex() for hash in found] == expected
    assert merkle.consistent(old, new, found, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]))


@given(sizes, st.integers(1, 50))
def test_a_tree_that_grows_in_batches_has_the_naive_tree_s_root_at_every_size(size: int, batch: int) -> None:
    hashes = leaves(size)
    nodes = tree(hashes, batch)
    assert merkle.root(nodes, size) == naive_root(hashes)
    assert merkle.root(nodes, size // 2) == naive_root(hashes[: size // 2])


@given(st.data())
def test_an_inclusion_proof_holds_for_its_leaf_place_and_root_and_for_nothing_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 200))
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    nodes, root = tree(hashes), naive_root(hashes)
    found = proof(nodes, merkle.inclusion_spans(index, size))
    assert merkle.included(hashes[index], index, size, found, root)
    assert not merkle.included(merkle.leaf_hash(b"other"), index, size, found, root)
    assert not merkle.included(hashes[index], index, size, [*found, root], root)
    assert not merkle.included(hashes[index], index, size, found, merkle.EMPTY)
    assert not merkle.included(hashes[index], index, size * 2, found, root)
    assert not merkle.included(hashes[index], index, size // 2, found, root)
    for other in {0, index - 1, index + 1, size - 1} - {index}:
        assert not merkle.included(hashes[index], other, size, found, root)
    for at in range(len(found)):
        flipped = bytes([found[at][0] ^ 8]) + found[at][1:]
        assert not merkle.included(hashes[index], index, size, [*found[:at], flipped, *found[at + 1 :]], root)
        assert not merkle.included(hashes[index], index, size, [*found[:at], *found[at + 1 :]], root)


@given(st.data())
def test_a_consistency_proof_holds_for_a_prefix_and_for_nothing_else(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(0, new))
    hashes = leaves(new)
    nodes, old_root, new_root = tree(hashes), naive_root(hashes[:old]), naive_root(hashes)
    found = proof(nodes, merkle.consistency_spans(old, new))
    assert merkle.consistent(old, new, found, old_root, new_root)
    assert not merkle.consistent(old, new, [*found, new_root], old_root, new_root)
    if 0 < old < new:
        assert not merkle.consistent(old, new * 2, found, old_root, new_root)
        assert not merkle.consistent(old, new // 2, found, old_root, new_root)
    if old:
        changed = data.draw(st.integers(0, old - 1))
        forked = [*hashes[:changed], merkle.leaf_hash(b"forged"), *hashes[changed + 1 :]]
        other = proof(tree(forked), merkle.consistency_spans(old, new))
        assert not merkle.consistent(old, new, other, old_root, naive_root(forked))
        assert not merkle.consistent(old, new, found, old_root, naive_root(forked))
        assert not merkle.consistent(new, old, found, new_root, old_root) or old == new
    for at in range(len(found)):
        flipped = bytes([found[at][0] ^ 16]) + found[at][1:]
        assert not merkle.consistent(old, new, [*found[:at], flipped, *found[at + 1 :]], old_root, new_root)


@given(st.integers(1, 1_000_000), st.integers(0, 2**64))
def test_proofs_over_a_million_leaves_read_few_nodes(size: int, seed: int) -> None:
    place = seed % size
    assert len(merkle.nodes_of([*merkle.inclusion_spans(place, size), (0, size)])) <= 60
    assert len(merkle.nodes_of([*merkle.consistency_spans(place, size), (0, place), (0, size)])) <= 80


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_spans(index, size)
    with pytest.raises(ValueError, match="does not grow"):
        merkle.consistency_spans(3, 2)
    assert not merkle.included(merkle.EMPTY, 0, 0, [], merkle.EMPTY)
    assert not merkle.consistent(2, 1, [], merkle.EMPTY, merkle.EMPTY)
    assert not merkle.consistent(1, 2, [], merkle.EMPTY, merkle.EMPTY)


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_a_tree_that_holds_its_edge_alone_has_the_root_of_all_its_leaves(contents: list[bytes]) -> None:
    tree = merkle.Growing()
    assert tree.root() == merkle.EMPTY
    leaves = [merkle.leaf_hash(content) for content in contents]
    nodes = {(0, place): leaf for place, leaf in enumerate(leaves)}
    nodes |= {(level, place): hash for level, place, hash in merkle.grown(0, [], leaves)}
    for size, leaf in enumerate(leaves, 1):
        tree.add(leaf)
        assert (tree.size, tree.root()) == (size, merkle.root(nodes, size))
