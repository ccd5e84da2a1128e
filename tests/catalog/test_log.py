"""The catalog's journal as a transparency log: the same form as portfolio's, open to who may read the journal."""

import httpx
import pytest
from fastapi import FastAPI

from services.catalog.client import CatalogClient
from services.shared import merkle
from services.shared.notes import checkpoint_of, verifiers_in
from tests.catalog.conftest import client_of
from tests.conftest import Cluster


@pytest.mark.parametrize("role", ["auditor", "staff"])
async def test_who_reads_the_catalog_s_journal_can_prove_every_entry_of_it(
    app: FastAPI, editor: httpx.AsyncClient, cluster: Cluster, role: str
) -> None:
    async with client_of(app, cluster.token(role, "local:A-01")) as client:
        await client.get("/catalog/journal", params={"after": 1, "wait": 10})
        note = (await client.get("/catalog/journal/checkpoint")).text
        found = checkpoint_of(note, verifiers_in((cluster.keys / "log-keys.txt").read_text()))
        assert found.origin.startswith("kepan/catalog/")
        async with httpx.AsyncClient(transport=client._transport, base_url="http://catalog") as http:
            typed = CatalogClient(http, token=cluster.token("auditor"))
            assert await typed.checkpoint(found.size) == note
        items = (await client.get("/catalog/journal")).json()["items"]
        assert found.size >= 2
        for item in items[: found.size]:
            query = {"position": item["position"], "size": found.size}
            proof = (await client.get("/catalog/journal/proofs/inclusion", params=query)).json()
            hashes = [bytes.fromhex(text) for text in proof["hashes"]]
            leaf = merkle.leaf_hash(item["body"].encode())
            assert merkle.included(leaf, item["position"] - 1, found.size, hashes, found.root)
        grown = (await client.get("/catalog/journal/proofs/consistency", params={"from": 1, "to": found.size})).json()
        assert grown["new_root"] == found.root.hex()


async def test_who_administers_the_system_gets_no_checkpoint(app: FastAPI, cluster: Cluster) -> None:
    async with client_of(app, cluster.token("system_admin")) as client:
        assert (await client.get("/catalog/journal/checkpoint")).status_code == 403
