"""Whatever a file holds: rows or a refusal, and what is accepted can be registered. All content is invented."""

from contextlib import suppress
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.portfolio.contract import (
    IatiVersionNotRead,
    Identifier,
    NewAgency,
    NewMovement,
    NewProject,
    UnreadableXml,
)
from services.portfolio.iati import dialect_of, plan_of, read
from services.portfolio.iati.organisations import Organisation, agency_of
from services.portfolio.rules import Knowledge, entered_states, movement_problems, project_problems
from services.shared.text import match_key
from tests.builders import some_vocabularies
from tests.portfolio.iati_files import DIALECT, PARTS, activity, budget, file, transaction
from tests.portfolio.test_iati_codes import CASES

PLAN = plan_of([("1", "11110", "Invented"), ("1", "11220", ""), ("99", "X-7", "Other")], "invented", "USD")
KNOWLEDGE = Knowledge(PLAN, 1, {vocabulary.code: vocabulary for vocabulary in some_vocabularies()})
WHOLE = activity(
    sectors='<sector code="11110" percentage="99.99"/><sector vocabulary="99" code="X-7"/>',
    money=budget("7.5", "2021-01-01", "2021-12-31") + transaction() + transaction("2") + transaction("12"),
)
FORMS = {part: [PARTS[part], *(case[part] for case in CASES.values() if part in case)] for part in PARTS}


@settings(deadline=None)
@given(st.fixed_dictionaries({part: st.sampled_from(forms) for part, forms in FORMS.items()}))
def test_what_is_accepted_can_be_registered_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, parts: dict[str, str]
) -> None:
    (found,) = read(file(tmp_path_factory.mktemp("any"), activity(**parts)), dialect_of(PLAN))
    if found.verdict == "rejected":
        assert found.errors
        return
    project = NewProject.model_validate(found.values["project"])
    assert project_problems(project, KNOWLEDGE) == []
    movements = [NewMovement.model_validate(each) for each in found.values["movements"]]
    assert [movement_problems(each, KNOWLEDGE) for each in movements] == [[] for _ in movements]
    states, _ = entered_states(project, KNOWLEDGE.today())
    assert [each.on for each in states] == sorted(each.on for each in states)


PLACE = st.integers(0, len(WHOLE) - 1)
PIECE = st.sampled_from(
    ["", "<", ">", '"', "&", "-", "0", "\u200b", "\u3000", "９", "é", "]]>", "<x/>", " ", "1e999", "NaN"]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(PLACE, st.integers(0, 30), PIECE), min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused_and_never_anything_else(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, int, str]]
) -> None:
    content = WHOLE
    for place, length, piece in damages:
        content = content[:place] + piece + content[place + length :]
    path = file(tmp_path_factory.mktemp("damaged"), content)
    with suppress(UnreadableXml, IatiVersionNotRead):
        for found in read(path, dialect_of(PLAN)):
            assert (found.verdict == "rejected") == bool(found.errors)


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"]), max_size=30)


@settings(deadline=None, max_examples=300)
@given(st.tuples(*[VALUES] * 4), st.integers(0, 11))
def test_any_text_in_any_place_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str, str, str], turn: int
) -> None:
    """Texts and attributes alike: whatever a publisher's system lets through."""
    first, second, third, fourth = (_escaped(text) for text in texts)
    slots = {
        "identifier": f"<iati-identifier>{first}</iati-identifier>",
        "reporting": f'<reporting-org ref="{second}" type="{first}"><narrative>{third}</narrative></reporting-org>',
        "title": f'<title><narrative xml:lang="{second}">{first}</narrative></title>',
        "orgs": f'<participating-org ref="{third}" role="4"><narrative>{fourth}</narrative></participating-org>',
        "sectors": f'<sector vocabulary="{first}" code="{second}" percentage="{third}"/>',
        "dates": f'<activity-date type="2" iso-date="{fourth}"/>',
        "status": f'<activity-status code="{first}"/>',
        "money": transaction(first, f'<value currency="{second}">{third}</value>', inside=f"<sector code='{second}'/>"),
    }
    names = list(slots)
    parts = {name: slots[name] for name in (names[turn % 8], names[(turn * 3 + 1) % 8])}
    for found in read(file(tmp_path_factory.mktemp("text"), activity(**parts)), dialect_of(PLAN)):
        assert (found.verdict == "rejected") == bool(found.errors)
        if found.verdict != "rejected":
            project = NewProject.model_validate(found.values["project"])
            assert _registered_as(project.lead, found.values["lead_name"]) == project.lead


def _registered_as(lead: str, name: str) -> str:
    scheme, _, value = lead.partition(":")
    agency = NewAgency(identifier=Identifier(scheme=scheme, value=value), name=name)
    return f"{agency.identifier.scheme}:{agency.identifier.value}"


@given(VALUES.filter(lambda text: text.strip() and match_key(text)))
def test_an_agency_made_of_a_name_keeps_its_identifier_when_it_is_registered(name: str) -> None:
    lead = agency_of(Organisation(ref="", name=name, role="4"), DIALECT)
    assert _registered_as(lead, "Invented") == lead


def _escaped(text: str) -> str:
    return escape(text, {'"': "&quot;", "'": "&apos;"})
