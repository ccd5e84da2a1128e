"""Answers under idempotency keys are forgotten in their time."""

import asyncio

import pytest

from services.shared import forgetting
from services.shared.database import Database, rows
from services.shared.forgetting import Forgetting
from tests.conftest import Cluster

ADD = (
    "INSERT INTO idempotency_key (caller, route, key, digest, status, body, created_at)"
    " SELECT 'somebody', 'POST /x', days || '-' || n, '', 201, '', now() - make_interval(days => days)"
    " FROM unnest(%s::int[]) AS days, generate_series(1, 3) AS n"
)


@pytest.mark.parametrize("schema", ["catalog", "portfolio", "reporting"])
async def test_answers_older_than_thirty_days_go_in_batches_although_one_failed(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, schema: str
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 4)
    monkeypatch.setattr(forgetting, "REST_SECONDS", 0.01)
    database = Database(cluster.fresh()[schema], schema)
    await database.open()
    async with database.transaction() as connection:
        await connection.execute(ADD, ([0, 8, 29, 31, 40, 400],))
    worker = Forgetting(database)
    forget, sizes = worker.forget, list[int]()

    async def noting() -> int:
        if not sizes:
            sizes.append(0)
            raise KeyError("a bug")
        sizes.append(await forget())
        return sizes[-1]

    monkeypatch.setattr(worker, "forget", noting)
    await worker.start()
    async with asyncio.timeout(10):
        while len(sizes) < 5:
            await asyncio.sleep(0.01)
    await worker.stop()
    async with database.connection() as connection:
        left = await rows(connection, "SELECT DISTINCT split_part(key, '-', 1)::int AS days FROM idempotency_key")
    await database.close()
    assert {row["days"] for row in left} == {0, 8, 29}
    assert sizes[:4] == [0, 4, 4, 1]
