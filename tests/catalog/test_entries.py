"""The entries of the catalog's journal, against the schemas that are committed."""

import httpx
import jsonschema

from services.catalog.contract import JOURNAL_KINDS, as_json, journal_schema
from tests.builders import a_plan
from tests.catalog.test_crosswalks import later_plan
from tests.catalog.test_editions import CROSSWALK, DATED, EDITIONS, map_nodes
from tests.catalog.test_promises import OBSERVATIONS, PROMISING, SHARE
from tests.catalog.test_routes import TARGET, entries


async def every_command(client: httpx.AsyncClient) -> None:
    """Accept each command of the catalog at least once."""
    accepted = [await client.post("/plans/small/targets", json=TARGET | {"amount": "1.00"})]
    accepted.append(await client.post("/plans/small/targets", json=TARGET | {"amount": "2.00"}))
    accepted.append(await client.post(EDITIONS, json=as_json(later_plan())))
    accepted.append(await client.post(f"{EDITIONS}/2/withdraw"))
    accepted.append(await client.post(EDITIONS, json=as_json(later_plan())))
    accepted.append(await map_nodes(client, crosswalk=CROSSWALK.replace("1-2", "1-3")))
    accepted.append(await client.post(f"{EDITIONS}/3/publish", json=DATED))
    plan = a_plan(**PROMISING, indicators=[SHARE])
    accepted.append(await client.post("/plans", json=as_json(plan)))
    accepted.append(await client.post("/plans/promising/targets", json=TARGET))
    lead = {"name": "演示单位", "role": "lead", "valid_from": "2016-01-01"}
    accepted.append(await client.put("/plans/small/nodes/4.1/responsibilities", json={"items": [lead]}))
    observed = {"year": 2018, "value": "3.9", "status": "final", "source": "演示"}
    accepted.append(await client.post(OBSERVATIONS, json=observed))
    assert [answer.status_code for answer in accepted if answer.status_code >= 300] == []


async def test_every_entry_has_the_committed_shape_of_its_kind(editor: httpx.AsyncClient) -> None:
    await every_command(editor)
    found = await entries(editor)
    for entry in found:
        jsonschema.validate(entry, journal_schema(entry["kind"]), jsonschema.Draft202012Validator)
    assert {entry["kind"] for entry in found} == set(JOURNAL_KINDS)
    set_again = [entry for entry in found if entry["kind"] == "target_set"][-1]
    amounts = (set_again["before"]["target"]["amount"], set_again["after"]["target"]["amount"])
    assert (set_again["serial"], *amounts) == (2, "1.00", "2.00")
