"""The statements that find projects which may be the same: each way of likeness is looked up in its own index."""

BELOW = (
    "below (id) AS (SELECT id FROM agency WHERE id = %(scope)s UNION"
    " SELECT agency.id FROM agency JOIN below ON agency.parent = below.id)"
)
"""The agency that a caller is bound to, and all below it."""
COVERED = "(%(scope)s::varchar IS NULL OR lead IN (SELECT id FROM below))"
COLUMNS = "id, lead, number_key, title_key, leader_key, body"


def _ids(number: str, lead: str, title: str, leader: str, bands: str) -> str:
    """Ids of projects like one whose keys are these expressions; of each way the latest fifty at most."""
    ways = (
        ("number", f"number_key = {number}"),
        ("titled", f"lead = {lead} AND title_key = {title}"),
        ("led", f"leader_key = {leader} AND leader_key <> ''"),
        ("banded", f"title_bands && {bands}::int[]"),
    )
    # OFFSET 0 has the condition looked up before the latest are taken.
    return " UNION ".join(
        f"(SELECT id FROM (SELECT id FROM project WHERE {condition}"
        f" AND record_status NOT IN ('void', 'withdrawn') OFFSET 0) AS {name} ORDER BY id DESC LIMIT 50)"
        for name, condition in ways
    )


OF_ONE = (
    f"WITH RECURSIVE {BELOW}, found AS ("
    + _ids("%(number_key)s", "%(lead)s", "%(title_key)s", "%(leader_key)s", "%(title_bands)s")
    + f") SELECT {COLUMNS} FROM project WHERE id IN (SELECT id FROM found) AND id <> %(id)s AND {COVERED}"
    " AND NOT EXISTS (SELECT FROM relation WHERE kind <> 'suspected_duplicate' AND ("
    "(relation.project = project.id AND other = %(id)s) OR (other = project.id AND relation.project = %(id)s)))"
)
"""Projects like a given one, without its lawful doubles."""
OF_MANY = (
    f"WITH RECURSIVE {BELOW}, asked AS (SELECT * FROM unnest(%(number_key)s::text[], %(lead)s::text[],"
    " %(title_key)s::text[], %(leader_key)s::text[], %(title_bands)s::text[])"
    " WITH ORDINALITY AS asked (number, agency, title, leader, bands, place))"
    f" SELECT place, {COLUMNS} FROM asked CROSS JOIN LATERAL ("
    + _ids("number", "agency", "title", "leader", "bands")
    + f") AS found JOIN project USING (id) WHERE {COVERED}"
)
"""Projects like each of several that do not stand yet, by the place among them."""
