"""The journal as a transparency log, on a real PostgreSQL: nodes, checkpoints, proofs, and tampering that is found."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.portfolio.client import PortfolioClient
from services.portfolio.settings import Settings
from services.shared import journal, merkle
from services.shared.database import Database
from services.shared.journal import Journal
from services.shared.log import Log, NotYetSequenced, TreeBehind
from services.shared.notes import Checkpoint, NoteSigner, NoteVerifier, checkpoint_of, verifiers_in
from services.shared.tokens import Caller
from tests.conftest import Cluster
from tests.portfolio.conftest import client_of

SOMEBODY = Caller(subject="somebody@test", role="manager")
SIGNER = NoteSigner.generate("kepan/portfolio/test")


@pytest.fixture
async def database(cluster: Cluster) -> AsyncIterator[Database]:
    database = Database(cluster.fresh()["portfolio"], "portfolio")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def verifiers(cluster: Cluster) -> list[NoteVerifier]:
    return verifiers_in((cluster.keys / "log-keys.txt").read_text())


@pytest.fixture
async def auditor(app: FastAPI, cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, cluster.token("auditor")) as client:
        yield client


async def write(database: Database, count: int, start: int = 0) -> None:
    """Entries of no particular kind, in one transaction."""
    async with database.transaction() as connection:
        for i in range(start, start + count):
            id, body = journal.canonical("agency_registered", f"s-{i}", i, SOMEBODY, date(2017, 1, 1), None, {})
            await journal.append(connection, id, "agency_registered", f"s-{i}", i, body)


async def sequence_all(database: Database, batch: int) -> None:
    while (await Journal(database).sequence(batch))[1]:
        pass


async def stored(database: Database) -> tuple[list[bytes], dict[merkle.Node, bytes]]:
    """The leaf hashes by position, and the nodes above them."""
    async with database.connection() as connection:
        leaves = await connection.execute("SELECT leaf_hash FROM journal_position ORDER BY position")
        hashes = [row["leaf_hash"] for row in await leaves.fetchall()]
        nodes = await connection.execute("SELECT level, place, hash FROM journal_node")
        return hashes, {(row["level"], row["place"]): row["hash"] for row in await nodes.fetchall()}


def expected_nodes(hashes: list[bytes]) -> dict[merkle.Node, bytes]:
    return {(level, place): hash for level, place, hash in merkle.grown(0, [], hashes)}


async def reach(client: httpx.AsyncClient, size: int) -> None:
    """Wait until the journal has so many entries."""
    await client.get("/journal", params={"after": size - 1, "wait": 10})


def unhex(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 64])
async def test_batches_of_every_size_give_the_nodes_of_the_same_tree(database: Database, batch: int) -> None:
    await write(database, 37)
    await sequence_all(database, batch)
    hashes, nodes = await stored(database)
    assert len(hashes) == 37
    assert nodes == expected_nodes(hashes)


async def test_two_replicas_that_sequence_at_once_grow_one_tree(database: Database) -> None:
    async def writer(name: int) -> None:
        for i in range(20):
            await write(database, 1, name * 100 + i)

    async def replica() -> None:
        for _ in range(30):
            await Journal(database).sequence(batch=3)

    await asyncio.gather(writer(0), writer(1), replica(), replica())
    await sequence_all(database, 3)
    hashes, nodes = await stored(database)
    assert len(hashes) == 40
    assert nodes == expected_nodes(hashes)


@pytest.mark.parametrize("kept", [0, 1, 8, 13])
async def test_positions_without_nodes_are_hashed_in_batches_before_anything_else(
    database: Database, cluster: Cluster, kept: int
) -> None:
    await write(database, 21)
    await sequence_all(database, 100)
    hashes, nodes = await stored(database)
    log = Log(database, [SIGNER])
    before = await log.checkpoint()
    old = expected_nodes(hashes[:kept])
    with psycopg.connect(cluster.admin(database.url)) as admin:
        for level, place in nodes.keys() - old.keys():
            admin.execute("DELETE FROM portfolio.journal_node WHERE level = %s AND place = %s", (level, place))
    with pytest.raises(TreeBehind):
        await log.checkpoint()
    await write(database, 5, 100)
    await sequence_all(database, 4)
    hashes, nodes = await stored(database)
    assert len(hashes) == 26
    assert nodes == expected_nodes(hashes)
    assert await log.checkpoint(21) == before


async def test_proofs_from_the_interface_hold_for_random_sizes(
    app: FastAPI, auditor: httpx.AsyncClient, verifiers: list[NoteVerifier]
) -> None:
    await write(app.state.database, 60)
    await reach(auditor, 60)
    items = (await auditor.get("/journal", params={"limit": 100})).json()["items"]
    drawn = random.Random(6962)
    for _ in range(25):
        old = drawn.randint(0, 60)
        new = drawn.randint(max(old, 1), 60)
        first, second = [await checkpoint_at(auditor, size, verifiers) for size in (old, new)]
        answer = (await auditor.get("/journal/proofs/consistency", params={"from": old, "to": new})).json()
        assert merkle.consistent(old, new, unhex(answer["hashes"]), first.root, second.root)
        assert (answer["old_root"], answer["new_root"]) == (first.root.hex(), second.root.hex())
        position = drawn.randint(1, new)
        found = (await auditor.get("/journal/proofs/inclusion", params={"position": position, "size": new})).json()
        leaf = merkle.leaf_hash(items[position - 1]["body"].encode())
        assert found["leaf_hash"] == leaf.hex()
        assert merkle.included(leaf, position - 1, new, unhex(found["hashes"]), second.root)


async def checkpoint_at(client: httpx.AsyncClient, size: int, verifiers: list[NoteVerifier]) -> Checkpoint:
    answer = await client.get("/journal/checkpoint", params={"size": size})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    found = checkpoint_of(answer.text, verifiers)
    assert found.size == size
    return found


async def test_a_checkpoint_without_a_size_is_that_of_all_entries_and_equal_on_every_replica(
    app: FastAPI, auditor: httpx.AsyncClient, settings: Settings, verifiers: list[NoteVerifier]
) -> None:
    await write(app.state.database, 5)
    await reach(auditor, 5)
    note = (await auditor.get("/journal/checkpoint")).text
    found = checkpoint_of(note, verifiers)
    assert found.size == 5
    assert found.origin.startswith("kepan/portfolio/")
    other = Log(app.state.database, [NoteSigner.parse(settings.log_key.read_text())])
    assert await other.checkpoint() == note


@pytest.mark.parametrize("also_hashes", [False, True])
async def test_an_entry_changed_by_a_superuser_is_found_against_an_earlier_checkpoint(
    database: Database, cluster: Cluster, also_hashes: bool
) -> None:
    """Changing the body is seen against the leaf hash; who changes every hash above it too meets the checkpoint."""
    await write(database, 11)
    await sequence_all(database, 100)
    log = Log(database, [SIGNER])
    held = checkpoint_of(await log.checkpoint(), [SIGNER.verifier])
    forged = merkle.leaf_hash(b'{"forged":true}')
    with psycopg.connect(cluster.admin(database.url)) as admin:
        admin.execute("SET search_path = portfolio")
        admin.execute(
            "UPDATE journal_entry SET body = %s WHERE id = (SELECT entry FROM journal_position WHERE position = 4)",
            ('{"forged":true}',),
        )
        if also_hashes:
            admin.execute("UPDATE journal_position SET leaf_hash = %s WHERE position = 4", (forged,))
            hashes = [row[0] for row in admin.execute("SELECT leaf_hash FROM journal_position ORDER BY position")]
            for (level, place), hash in expected_nodes(hashes).items():
                change = "UPDATE journal_node SET hash = %s WHERE (level, place) = (%s, %s)"
                admin.execute(change, (hash, level, place))
    await write(database, 9, 50)
    await sequence_all(database, 100)
    proof = await log.inclusion(4, 11)
    assert not merkle.included(forged, 3, 11, unhex(proof.hashes), held.root)
    now = checkpoint_of(await log.checkpoint(), [SIGNER.verifier])
    grown = await log.consistency(11, 20)
    extends = merkle.consistent(11, 20, unhex(grown.hashes), held.root, now.root)
    assert extends is not also_hashes


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("checkpoint", {"size": 4}, 404, "not_yet_sequenced"),
        ("proofs/inclusion", {"position": 1, "size": 4}, 404, "not_yet_sequenced"),
        ("proofs/inclusion", {"position": 3, "size": 2}, 404, "unknown_position"),
        ("proofs/inclusion", {"position": 4}, 404, "unknown_position"),
        ("proofs/inclusion", {"position": 0}, 422, "malformed"),
        ("proofs/inclusion", {}, 422, "malformed"),
        ("proofs/consistency", {"from": 3, "to": 2}, 422, "sizes_reversed"),
        ("proofs/consistency", {"from": 1, "to": 4}, 404, "not_yet_sequenced"),
        ("proofs/consistency", {"from": 4}, 404, "not_yet_sequenced"),
        ("proofs/consistency", {"from": 2**70}, 422, "malformed"),
    ],
)
async def test_what_can_not_be_proved_is_refused(
    app: FastAPI, auditor: httpx.AsyncClient, path: str, query: dict[str, Any], status: int, code: str
) -> None:
    await write(app.state.database, 3)
    await reach(auditor, 3)
    answer = await auditor.get(f"/journal/{path}", params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) is (status == 503)


@pytest.mark.parametrize("role", ["staff", "approver", "editor"])
async def test_who_may_not_read_the_journal_gets_no_checkpoint_and_no_proof(
    app: FastAPI, cluster: Cluster, role: str
) -> None:
    async with client_of(app, cluster.token(role, "local:A-01")) as client:
        for path in ("checkpoint", "proofs/inclusion?position=1", "proofs/consistency?from=0"):
            assert (await client.get(f"/journal/{path}")).status_code == 403


async def test_an_empty_journal_has_a_checkpoint_over_nothing(database: Database) -> None:
    log = Log(database, [SIGNER])
    found = checkpoint_of(await log.checkpoint(), [SIGNER.verifier])
    assert (found.size, found.root) == (0, merkle.EMPTY)
    with pytest.raises(NotYetSequenced):
        await log.consistency(1)


@pytest.mark.parametrize("verb", ["UPDATE journal_node SET place = place", "DELETE FROM journal_node"])
def test_the_serving_role_may_not_change_a_node(settings: Settings, verb: str) -> None:
    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(verb)


async def test_the_client_gets_checkpoints_and_proofs_that_hold(
    app: FastAPI, cluster: Cluster, auditor: httpx.AsyncClient, verifiers: list[NoteVerifier]
) -> None:
    await write(app.state.database, 7)
    await reach(auditor, 7)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://portfolio") as http:
        client = PortfolioClient(http, token=cluster.token("auditor"))
        earlier, now = [checkpoint_of(await client.checkpoint(size), verifiers) for size in (3, None)]
        assert (earlier.size, now.size) == (3, 7)
        grown = await client.consistency_proof(3, 7)
        assert merkle.consistent(3, 7, unhex(grown.hashes), earlier.root, now.root)
        entry = (await client.journal(4, 1)).items[0]
        proof = await client.inclusion_proof(5)
        assert merkle.included(merkle.leaf_hash(entry.body.encode()), 4, 7, unhex(proof.hashes), now.root)
