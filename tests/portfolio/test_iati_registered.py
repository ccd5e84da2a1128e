"""The rows of an IATI file, registered over HTTP. All content is invented."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import httpx
from fastapi import FastAPI

from services.portfolio.contract import ImportRow
from services.portfolio.iati import dialect_of, plan_of, read, sectors_of
from services.portfolio.rules import Knowledge
from tests.builders import some_vocabularies
from tests.portfolio.iati_files import activity, budget, file, transaction

PLANNED = budget("900", "2021-01-01", "2021-12-31")
FILE = (
    activity(money=PLANNED + transaction("2", "1000") + transaction("2", "-100.5") + transaction("3", "70.005")),
    activity(
        identifier="<iati-identifier>ZZ-INV-1-A2</iati-identifier>",
        status='<activity-status code="4"/>',
        sectors='<sector code="11220" percentage="66.66"/><sector code="43082" percentage="33.33"/>',
        dates='<activity-date type="2" iso-date="2020-03-01"/><activity-date type="4" iso-date="2021-12-31"/>',
        money=PLANNED + transaction("4", "12") + transaction("12", "5"),
    ),
)


async def _registered(client: httpx.AsyncClient, found: ImportRow) -> dict[str, Decimal]:
    """Register a row with its lead and its movements; the sums of the project's ledger by kind."""
    project = found.values["project"]
    scheme, _, value = project["lead"].partition(":")
    agency = {"identifier": {"scheme": scheme, "value": value}, "name": found.values["lead_name"]}
    assert (await client.post("/agencies", json=agency)).status_code in (201, 409)
    answer = await client.post("/projects", json=project)
    assert answer.status_code == 201, answer.text
    ledger = f"/projects/{answer.json()['id']}/movements"
    for movement in found.values["movements"]:
        entered = await client.post(ledger, json=movement)
        assert entered.status_code == 201, entered.text
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for movement in (await client.get(ledger)).json()["items"]:
        sums[movement["kind"]] += Decimal(movement["amount"])
    return sums


async def test_a_publishers_file_becomes_a_portfolio_and_no_money_counts_twice(
    tmp_path: Path, app: FastAPI, manager: httpx.AsyncClient
) -> None:
    path = file(tmp_path, *FILE)
    plan = plan_of(sectors_of(path), "invented", "USD")
    app.state.catalog.known = Knowledge(plan, 1, {vocabulary.code: vocabulary for vocabulary in some_vocabularies()})
    with_commitments, with_budget = [await _registered(manager, found) for found in read(path, dialect_of(plan))]
    assert with_commitments == {"commitment": Decimal("899.50"), "disbursement": Decimal("70.01")}
    assert with_budget == {"commitment": Decimal("900.00"), "expenditure": Decimal("12.00")}
