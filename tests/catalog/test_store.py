"""Search, as the database runs it."""

import json
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services import catalog
from services.catalog import rules
from services.catalog.contract import PlanDocument
from services.catalog.pinyin import sounds_of
from services.catalog.store import SEARCH, CatalogStore, search_values
from services.shared.database import Connection, Database
from tests.builders import a_plan
from tests.conftest import Cluster


@pytest.fixture
async def connection(cluster: Cluster) -> AsyncIterator[Connection]:
    """A transaction that is rolled back."""
    database = Database(cluster.fresh()["catalog"], "catalog")
    await database.open()
    async with database.connection() as connection:
        yield connection
    await database.close()


@pytest.mark.parametrize("q", ["材", "材料", "材料基因组", "4.8", "cl"])
async def test_a_search_of_any_length_uses_the_indexes(cluster: Cluster, q: str) -> None:
    async with await psycopg.AsyncConnection.connect(cluster.admin(cluster.fresh()["catalog"])) as connection:
        await connection.execute("SET search_path = catalog")
        for table, rest in (("search_gram", "chr(20000 + i % 777)"), ("search_word", "i")):
            await connection.execute(
                f"INSERT INTO {table} (slug, edition, {table.removeprefix('search_')}, code, weight)"
                f" SELECT 'p' || i / 10000, 1, chr(19968 + i % 900) || {rest}, i::text, 1"
                f" FROM generate_series(1, 60000) i".encode()
            )
        await connection.execute("ANALYZE search_gram, search_word")
        values = search_values("p3", 1, q, None, None, 10)
        found = await (await connection.execute(f"EXPLAIN {SEARCH}".encode(), values)).fetchall()
    plan = [line for (line,) in found]
    for condition in ("gram)::text = ANY", "word)::text >= key.key"):
        assert any("Index Cond" in line and condition in line for line in plan), "\n".join(plan)
    assert not any("Seq Scan on search" in line for line in plan)


async def test_the_best_is_first_then_the_plans_order(connection: Connection) -> None:
    texts: list[dict[str, Any]] = [
        {"code": "k", "title": "其他", "keywords": ["量子"]},
        {"code": "a2", "title": "通信", "aliases": ["新量子网"]},
        {"code": "t2", "title": "大量子系统"},
        {"code": "t1", "title": "量子材料"},
        {"code": "a1", "title": "前沿", "aliases": ["量子信息"]},
        {"code": "t", "title": "量 子"},
        {"code": "lz", "title": "两者"},
    ]
    document = a_plan(nodes=[{"level": "task"} | text for text in texts])
    store = CatalogStore(connection)
    await store.add_nodes(rules.nodes_of(document, 1), sounds_of(rules.names_of(document)))

    async def codes(q: str) -> list[str]:
        found = await store.found("small", 1, q, None, None, 10)
        return [texts[row["key"]]["code"] for row in found]

    assert await codes("量子") == ["t", "t1", "t2", "a1", "a2", "k"]
    assert (await codes("lz"))[0] == "lz"
    assert await codes("liangzi") == ["t", "t1", "a1", "k"]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        *(("4.8", "4.8"), ("5.1", "5.1"), ("cljyz", "4.8"), ("材料基因组", "4.8"), ("大飞机", "5.6")),
        *(("互联网＋", "6.11"), ("jiqiren", "5.3"), ("机器", "5.3"), ("3.7-M1", "3.7-m1")),
    ],
)
async def test_what_people_type_finds_the_node_of_the_first_plan(connection: Connection, q: str, first: str) -> None:
    file = Path(catalog.__file__).parent / "data" / "plans" / "shanghai-sti-13.toml"
    values = json.dumps(tomllib.loads(file.read_text(encoding="utf-8")), default=str)
    store = CatalogStore(connection)
    plan = PlanDocument.model_validate_json(values)
    await store.add_nodes(rules.nodes_of(plan, 1), sounds_of(rules.names_of(plan)))
    found = await store.found("shanghai-sti-13", 1, q, None, None, 10)
    assert found and json.loads(found[0]["body"])["code"] == first
