"""IATI files for tests. Every organisation, activity and amount is invented."""

from pathlib import Path

from services.portfolio.contract import ImportRow
from services.portfolio.iati import IatiDialect, read

DIALECT = IatiDialect(
    plan="invented-plan",
    currency="USD",
    nodes={"1:11110": "N1", "1:11220": "N2", "1:43082": "N3", "99:X-7": "N1", "99:X-8": "N3"},
)
PARTS = {
    "identifier": "<iati-identifier>ZZ-INV-1-A1</iati-identifier>",
    "reporting": '<reporting-org ref="ZZ-INV-1" type="10"><narrative>Invented Fund</narrative></reporting-org>',
    "title": "<title><narrative>Invented work</narrative></title>",
    "description": "<description><narrative>About it</narrative></description>",
    "orgs": '<participating-org ref="ZZ-INV-2" role="4" type="80"><narrative>Invented Institute</narrative>'
    "</participating-org>",
    "status": '<activity-status code="2"/>',
    "dates": '<activity-date type="2" iso-date="2021-03-01"/>',
    "sectors": '<sector code="11110"/>',
    "money": "",
}


def activity(attributes: str = 'default-currency="USD" xml:lang="en"', **parts: str) -> str:
    """An activity that is accepted as it is; `parts` replace its elements."""
    assert parts.keys() <= PARTS.keys(), "a part is misspelt"
    return f"<iati-activity {attributes}>{''.join((PARTS | parts).values())}</iati-activity>"


def transaction(
    kind: str = "3", value: str = "100", on: str | None = "2021-05-04", inside: str = "", attributes: str = ""
) -> str:
    """A transaction; `value` may be a whole element."""
    element = value if value.startswith("<") else f"<value>{value}</value>"
    day = f'<transaction-date iso-date="{on}"/>' if on else ""
    return f'<transaction {attributes}><transaction-type code="{kind}"/>{day}{element}{inside}</transaction>'


def budget(value: str, start: str, end: str, type: str = "1") -> str:
    """A budget of a period."""
    period = f'<period-start iso-date="{start}"/><period-end iso-date="{end}"/>'
    return f'<budget type="{type}" status="2">{period}<value value-date="{start}">{value}</value></budget>'


def file(folder: Path, *activities: str, version: str = "2.03", head: str = "", root: str = "iati-activities") -> Path:
    """A file of activities."""
    path = folder / "invented.xml"
    path.write_text(f'<?xml version="1.0"?>{head}<{root} version="{version}">{"".join(activities)}</{root}>', "utf-8")
    return path


def row(folder: Path, dialect: IatiDialect = DIALECT, /, **parts: str) -> ImportRow:
    """The row of a file of one activity."""
    (found,) = read(file(folder, activity(**parts)), dialect)
    return found


def said(found: ImportRow) -> list[str]:
    """The codes of its errors and warnings."""
    return [finding.code for finding in [*found.errors, *found.warnings]]


def weights(found: ImportRow) -> dict[str, str]:
    """The shares of its project."""
    return {share["code"]: share["weight"] for share in found.values["project"]["tasks"]}
