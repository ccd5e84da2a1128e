"""One activity as a row of an import."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from pydantic import ValidationError

from services.portfolio.contract import ImportRow, NewProject
from services.portfolio.iati import codes
from services.portfolio.iati.dialect import IatiDialect
from services.portfolio.iati.money import Money, budget_lines, day_of, source_of, transactions
from services.portfolio.iati.notes import Notes, Reading
from services.portfolio.iati.organisations import Organisation, agency_of, organisation, participants
from services.portfolio.iati.shares import sectors_in, shares
from services.portfolio.iati.stream import LANGUAGE, code_of, narrative, text_of

SHEET = "iati-activities"
TITLE, ABSTRACT, PARTNERS = 500, 20_000, 100
Dates = dict[codes.DateName, date]


def identifier_of(activity: Element) -> str:
    """The activity's identifier without white space, empty without one."""
    return code_of(text_of(activity.find("iati-identifier")))


def row_of(activity: Element, place: int, repeats: int | None, dialect: IatiDialect) -> ImportRow:
    """The activity at a place of the file as a row; `repeats` is the place of an earlier one of the same identifier.

    `values`: project (NewProject in wire JSON, of a rejected row what was understood), lead_name, reporting_name,
    partners, movements (NewMovement in wire JSON), not_counted (transactions that are no movement), budget (lines
    that are not registered since the commitments are published), related (activities, by IATI's type).
    """
    reading = Reading(activity, dialect, Notes())
    lead, partners = participants(reading)
    reporting = organisation(activity.find("reporting-org"), dialect)
    funding = [each for each in activity.findall("participating-org") if each.get("role") == "1"]
    source = source_of(funding, dialect)
    money = transactions(reading, source)
    budget = budget_lines(reading, source)
    posted = _posted(budget, money, reading.notes)
    project: dict[str, Any] = {
        "plan": dialect.plan,
        "project_no": _project_no(activity, repeats, reading.notes),
        # The ref outlives the name that an organisation goes by.
        "issuing_body": (reporting.ref or reporting.name) if reporting else None,
        "lead": agency_of(lead, dialect) if lead else None,
        "tasks": shares(sectors_in(activity, dialect.languages), money.spent, dialect, reading.notes),
        "budget": posted,
        "partners": _partners(partners, reading.notes),
    }
    project |= _texts(reading) | _life(reading, money.days)
    related = [
        {"ref": each.get("ref", ""), "type": each.get("type", "")} for each in activity.findall("related-activity")
    ]
    _say_what_is_not_seen(reading, bool(money.movements or budget), related)
    values = {
        "project": _checked(project, reading.notes),
        "lead_name": (lead.name or lead.ref) if lead else "",
        "reporting_name": (reporting.name or reporting.ref) if reporting else "",
        "partners": [_partner(each) for each in partners],
        "movements": money.movements,
        "not_counted": money.not_counted,
        "budget": [] if posted else budget,
        "related": related,
    }
    notes = reading.notes
    return ImportRow(
        sheet=SHEET, row=place, verdict=notes.verdict(), values=values, errors=notes.errors, warnings=notes.warnings
    )


def _project_no(activity: Element, repeats: int | None, notes: Notes) -> str | None:
    identifier = identifier_of(activity)
    if not identifier:
        notes.say("identifier_missing", "iati-identifier", "", "give the activity its identifier")
        return None
    if repeats is not None:
        detail = f"activity {repeats} of the file has the same identifier"
        notes.say("identifier_repeated", "iati-identifier", identifier, detail)
    return identifier


def _texts(reading: Reading) -> dict[str, str]:
    """Title and abstract; the abstract is the general description, else the first one."""
    activity, languages = reading.activity, reading.dialect.languages
    default = activity.get(LANGUAGE) or ""
    title = narrative(activity.find("title"), languages, default)
    if not title:
        reading.notes.say("title_missing", "title", "", "give the activity a title")
    if len(title) > TITLE:
        reading.notes.say("title_cut", "title", title, f"of {len(title)} characters the first {TITLE} are taken")
    described = sorted(
        activity.findall("description"), key=lambda each: (each.get("type") or codes.GENERAL) != codes.GENERAL
    )
    texts = (narrative(each, languages, default) for each in described)
    abstract = next((text for text in texts if text), "")
    if len(abstract) > ABSTRACT:
        detail = f"of {len(abstract)} characters the first {ABSTRACT} are taken"
        reading.notes.say("abstract_cut", "description", abstract, detail)
    return {"title": title[:TITLE], "abstract": abstract[:ABSTRACT]}


def _life(reading: Reading, money_days: Sequence[date]) -> dict[str, str | None]:
    """State, since when, start and end: actual dates before planned ones."""
    notes = reading.notes
    dates = _dates(reading)
    start = dates.get("actual_start") or dates.get("planned_start")
    end = dates.get("actual_end") or dates.get("planned_end")
    if start and end and end < start:
        if "actual_end" in dates:
            notes.say("end_before_start", "activity-date", str(end), f"it ended on {end}, before its start on {start}")
        else:
            detail = f"the planned end {end} lies before the start {start}: it is left out"
            notes.say("planned_end_left_out", "activity-date", str(end), detail)
            dates.pop("planned_end", None)
        end = None
    if money_days:
        dates |= {"first_money": min(money_days), "last_money": max(money_days)}
    state, since = _state(reading, dates)
    return {"state": state, "state_on": _iso(since), "start_on": _iso(start), "end_on": _iso(end)}


def _dates(reading: Reading) -> Dates:
    """The activity's dates, the first of each type."""
    found: Dates = {}
    for i, each in enumerate(reading.activity.findall("activity-date"), 1):
        name = codes.DATES.get((each.get("type") or "").strip())
        day = day_of(each.get("iso-date"), f"activity-date[{i}]", reading.notes)
        if name is None or day is None:
            continue
        if found.setdefault(name, day) != day:
            detail = f"the {name.replace('_', ' ')} is {found[name]} and {day}: the first is taken"
            reading.notes.say("date_repeated", f"activity-date[{i}]", str(day), detail)
    return found


def _state(reading: Reading, dates: Dates) -> tuple[str | None, date | None]:
    status = reading.activity.find("activity-status")
    code = (status.get("code") or "").strip() if status is not None else ""
    code = reading.dialect.statuses.get(code, code)
    if code not in codes.STATES:
        reading.notes.say("status_unknown", "activity-status", code, "give a code 1 to 6 of ActivityStatus")
        return None, None
    state, names = codes.STATES[code]
    if code == codes.PIPELINE and "last_money" in dates:
        detail = "it is in the pipeline: its transactions do not count before the project is contracted"
        reading.notes.say("state_counts_no_money", "activity-status", code, detail)
    name = next((name for name in names if name in dates), None)
    if names and name != names[0]:
        taken = f"{name.replace('_', ' ')} {dates[name]}" if name else "day of registration"
        detail = f"no {names[0].replace('_', ' ')} says since when it is {state}: its {taken} is taken"
        reading.notes.say("state_date_assumed", "activity-status", code, detail)
    return state, dates[name] if name else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _posted(budget: list[dict[str, Any]], money: Money, notes: Notes) -> list[dict[str, Any]]:
    """The budget lines to register: none where the commitments are published, as lines are posted as commitments."""
    if budget and any(movement["kind"] == "commitment" for movement in money.movements):
        detail = "its commitments are published: the budget, posted as commitments, would count a second time"
        notes.say("budget_not_posted", "budget", str(len(budget)), detail)
        return []
    return budget


def _partner(organisation: Organisation) -> dict[str, str]:
    role = codes.ROLES.get(organisation.role, organisation.role)
    return {"name": organisation.name or organisation.ref, "ref": organisation.ref, "role": role}


def _partners(organisations: Sequence[Organisation], notes: Notes) -> list[dict[str, str | None]]:
    """Who takes part, as the registration form has it."""
    named = [_partner(each) for each in organisations]
    if len(named) > PARTNERS:
        detail = f"of {len(named)} organisations the first {PARTNERS} become partners"
        notes.say("partners_cut", "participating-org", str(len(named)), detail)
    return [{"name": each["name"], "role": each["role"] or None} for each in named[:PARTNERS]]


def _say_what_is_not_seen(reading: Reading, has_money: bool, related: list[dict[str, str]]) -> None:
    """Warn where the file means more than its figures say."""
    activity, notes = reading.activity, reading.notes
    if planned := len(activity.findall("planned-disbursement")):
        notes.say("planned_disbursement_not_counted", "planned-disbursement", str(planned), f"{planned} are not read")
    children = [each["ref"] for each in related if each["type"] == codes.CHILD]
    if has_money and children:
        detail = f"it has money and {len(children)} child activities: where theirs is a part of it, it counts twice"
        notes.say("hierarchy_counts_twice", "related-activity", ", ".join(children), detail)
    reporting = activity.find("reporting-org")
    if reporting is not None and reporting.get("secondary-reporter") in ("1", "true"):
        notes.say("secondary_reporter", "reporting-org", reporting.get("ref"), "who does it may publish it as well")


def _checked(project: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """The project as the wire has it; what does not fit its field is said unless something else was said already."""
    try:
        checked = NewProject.model_validate(project)
    except ValidationError as wrong:
        if not notes.errors:
            for error in wrong.errors(include_url=False):
                field = "/".join(str(part) for part in error["loc"])
                notes.say("value_invalid", field, str(error["input"]), f"{field}: {error['msg']}")
        return {name: value for name, value in project.items() if value is not None}
    return checked.model_dump(mode="json", exclude_none=True)
