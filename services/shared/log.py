"""A journal as a transparency log: the nodes of its tree in PostgreSQL, signed checkpoints, and proofs.

The leaves are the leaf hashes of `journal_position`: position p is leaf p - 1. The nodes above them lie in
`journal_node`, written by the sequencer in the transaction that gives the positions. Whatever stood before the tree was
kept is hashed by the sequencer in batches; until then the log answers `tree_behind`.
"""

from collections.abc import Iterable, Sequence

from pydantic import BaseModel
from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from services.shared import merkle
from services.shared.database import Connection, Database, one, rows
from services.shared.errors import Invalid, NotFound, Unavailable
from services.shared.notes import BadNote, Checkpoint, NoteSigner, signed


class NodeColumns(SQLModel):
    """journal_node: the hash of each perfect subtree of two leaves or more. Insert-only."""

    level: int = Field(sa_type=Integer, primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class UnknownPosition(NotFound):
    """There is no position {position} among the first {size} entries of the journal."""


class NotYetSequenced(NotFound):
    """The journal has {end} entries so far, {size} is beyond its end: ask again when it has grown."""


class SizesReversed(Invalid):
    """A journal grows from the smaller size to the larger one: from={old_size} is beyond to={new_size}."""


class TreeBehind(Unavailable):
    """Entries of an earlier time are still being hashed into the tree: try again."""


class Inclusion(BaseModel):
    """RFC 9162 section 2.1.3: leaf `position - 1` of the first `size` entries. Hashes are SHA-256 in hexadecimal."""

    position: int
    size: int
    leaf_hash: str
    root: str
    hashes: list[str]


class Consistency(BaseModel):
    """RFC 9162 section 2.1.4: the first `new_size` entries begin with the `old_size` that stood before, unchanged.

    Hashes are SHA-256 in hexadecimal.
    """

    old_size: int
    new_size: int
    old_root: str
    new_root: str
    hashes: list[str]


GROWN = "coalesce((SELECT max(place) + 1 FROM journal_node WHERE level = 1), 0) * 2"
"""SQL: how many leaves the nodes that are kept stand over; the last one of an odd number has none above it."""
_READ = (
    "SELECT level, place, hash FROM journal_node"
    " JOIN unnest(%s::integer[], %s::bigint[]) AS asked (level, place) USING (level, place)"
    " UNION ALL SELECT 0, position - 1, leaf_hash FROM journal_position WHERE position = ANY(%s::bigint[])"
)
_INSERT = "INSERT INTO journal_node (level, place, hash) SELECT * FROM unnest(%s::integer[], %s::bigint[], %s::bytea[])"


async def read_nodes(connection: Connection, asked: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """The hashes of those nodes that are there."""
    nodes = set(asked)
    above = [node for node in nodes if node[0]]
    leaves = [place + 1 for level, place in nodes if not level]
    found = await rows(connection, _READ, ([level for level, _ in above], [place for _, place in above], leaves))
    return {(row["level"], row["place"]): bytes(row["hash"]) for row in found}


async def edge_of(connection: Connection, size: int) -> list[bytes] | None:
    """The hashes at the edge of a tree of `size` leaves; None where its nodes are not all there yet."""
    asked = merkle.cover(0, size)
    nodes = await read_nodes(connection, asked)
    return [nodes[node] for node in asked] if len(nodes) == len(asked) else None


async def add_leaves(connection: Connection, size: int, edge: Sequence[bytes], leaves: Sequence[bytes]) -> None:
    """Write the nodes that become perfect with further leaves, in one statement."""
    made = merkle.grown(size, edge, leaves)
    if made:
        levels, places, hashes = zip(*made, strict=True)
        await connection.execute(_INSERT, (list(levels), list(places), list(hashes)))


async def catch_up(connection: Connection, batch: int) -> None:
    """Hash the next `batch` positions that stand without nodes; the caller holds the lock of `journal_head`."""
    found = await one(connection, f"SELECT {GROWN} AS grown")
    assert found is not None
    grown = int(found["grown"])
    edge = await edge_of(connection, grown)
    assert edge is not None, "nodes are written in the order of their leaves"
    leaves = await rows(
        connection,
        "SELECT leaf_hash FROM journal_position WHERE position > %s ORDER BY position LIMIT %s",
        (grown, batch),
    )
    await add_leaves(connection, grown, edge, [bytes(row["leaf_hash"]) for row in leaves])


class Log:
    """The transparency log over the journal of one service."""

    def __init__(self, database: Database, signers: Sequence[NoteSigner]) -> None:
        """`signers`: the log's key; while it is being replaced the fresh one too, under the same name."""
        if len({signer.verifier.name for signer in signers}) != 1:
            raise BadNote("a log signs under one name, its origin")
        self._database = database
        self._signers = signers
        self.origin = signers[0].verifier.name

    async def checkpoint(self, size: int | None = None) -> str:
        """A signed checkpoint over the first `size` entries (all of them by default): equal sizes, equal bytes."""
        async with self._database.connection() as connection:
            size = await _known_size(connection, size)
            (root,) = await _hashes(connection, [(0, size)])
        return signed(Checkpoint(self.origin, size, root).text(), self._signers)

    async def inclusion(self, position: int, size: int | None = None) -> Inclusion:
        """The proof that an entry stands at a position of the first `size` entries (all of them by default)."""
        async with self._database.connection() as connection:
            size = await _known_size(connection, size)
            if not 1 <= position <= size:
                raise UnknownPosition(position=position, size=size)
            spans = merkle.inclusion_spans(position - 1, size)
            leaf, root, *proof = await _hashes(connection, [(position - 1, position), (0, size), *spans])
        hashes = [hash.hex() for hash in proof]
        return Inclusion(position=position, size=size, leaf_hash=leaf.hex(), root=root.hex(), hashes=hashes)

    async def consistency(self, old_size: int, new_size: int | None = None) -> Consistency:
        """The proof that the first `old_size` entries still begin the first `new_size` (all of them by default)."""
        async with self._database.connection() as connection:
            if new_size is not None and old_size > new_size:
                raise SizesReversed(old_size=old_size, new_size=new_size)
            await _known_size(connection, old_size)
            new_size = await _known_size(connection, new_size)
            spans = merkle.consistency_spans(old_size, new_size)
            old, new, *proof = await _hashes(connection, [(0, old_size), (0, new_size), *spans])
        hashes = [hash.hex() for hash in proof]
        return Consistency(old_size=old_size, new_size=new_size, old_root=old.hex(), new_root=new.hex(), hashes=hashes)


async def _known_size(connection: Connection, size: int | None) -> int:
    """A size that the journal has reached."""
    head = await one(connection, "SELECT position FROM journal_head")
    assert head is not None, "the migration made the row of journal_head"
    end = int(head["position"])
    if size is not None and size > end:
        raise NotYetSequenced(end=end, size=size)
    return end if size is None else size


async def _hashes(connection: Connection, spans: Sequence[merkle.Span]) -> list[bytes]:
    asked = set(merkle.nodes_of(spans))
    nodes = await read_nodes(connection, asked)
    if len(nodes) < len(asked):
        raise TreeBehind(retry_after=1)
    return [merkle.hash_of(nodes, span) for span in spans]
