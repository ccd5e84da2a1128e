"""The data files of the catalog hold together: the plan, the vocabularies, the demonstration portfolio."""

import re
import tomllib
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.catalog.contract import NewTarget, PlanDocument, Vocabulary, denominators
from services.portfolio.contract import NewAgency, NewMovement, NewProject
from services.shared.text import clean_title, match_key

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "services" / "catalog" / "data"
FISCAL = {"central", "municipal", "district"}
AMOUNT = re.compile(r"-?\d+\.\d{2}")
LONGEST_SHARED = 20
"""A summary that shares more consecutive characters with the plan than this is a quotation."""

Table = dict[str, Any]


@cache
def loaded(name: str) -> Table:
    return tomllib.loads((DATA / name).read_text("utf-8"))


def plan() -> Table:
    return loaded("plans/shanghai-sti-13.toml")


def demo() -> Table:
    return loaded("demo/portfolio.toml")


def nodes(level: str | None = None) -> list[Table]:
    return [node for node in plan()["nodes"] if level is None or node["level"] == level]


def codes(level: str | None = None) -> list[str]:
    return [node["code"] for node in nodes(level)]


def terms(vocabulary: str) -> list[Table]:
    return next(v["terms"] for v in loaded("vocabularies.toml")["vocabularies"] if v["code"] == vocabulary)


def term_codes(vocabulary: str) -> list[str]:
    return [term["code"] for term in terms(vocabulary)]


@cache
def plan_file() -> bytes:
    found = sorted((ROOT.parent / "shared" / "plan").glob("*.txt"))
    if not found:
        pytest.skip("the plan's text is not beside the repository (../shared/plan/*.txt): nothing to compare with")
    return found[0].read_bytes()


def plan_lines() -> list[str]:
    return [line.strip("\u3000 \r") for line in plan_file().decode("utf-8").split("\n")]


def longest_shared(text: str, other: str) -> str:
    best = ""
    for start in range(len(text)):
        while text[start : start + len(best) + 1] in other and start + len(best) < len(text):
            best = text[start : start + len(best) + 1]
    return best


# The plan


def test_the_plan_is_a_document_that_the_catalog_takes() -> None:
    document = PlanDocument.model_validate(plan())
    assert denominators(document.levels, document.nodes) == {"tasks": 58, "tasks_and_measures": 71, "fundable": 45}
    assert [node.title for node in document.nodes] == [node["title"] for node in nodes()]


def test_the_plan_has_7_chapters_26_sections_58_tasks_and_43_measures() -> None:
    assert Counter(node["level"] for node in nodes()) == {"chapter": 7, "section": 26, "task": 58, "measure": 43}
    assert [len([c for c in codes("measure") if c.startswith(chapter)]) for chapter in "37"] == [30, 13]
    sections = Counter(node["parent"] for node in nodes("section"))
    assert [sections[chapter] for chapter in "1234567"] == [3, 3, 5, 3, 4, 4, 4]


def test_codes_are_unique_text_and_tasks_are_numbered_through_their_chapter() -> None:
    assert len(set(codes())) == len(codes())
    assert all(isinstance(code, str) for code in codes())
    expected = [f"{chapter}.{i}" for chapter, last in ((3, 13), (4, 13), (5, 20), (6, 12)) for i in range(1, last + 1)]
    assert codes("task") == expected
    assert [node["number"] for node in nodes("task")] == [code.split(".")[1] for code in expected]


def test_parents_exist_come_first_and_stand_one_level_up() -> None:
    seen: dict[str, str] = {}
    above: dict[str, set[str | None]] = {
        "chapter": {None},
        "section": {"chapter"},
        "task": {"section"},
        "measure": {"task", "section"},
    }
    for node in nodes():
        parent = node.get("parent")
        assert parent is None or parent in seen, node["code"]
        assert (seen[parent] if parent else None) in above[node["level"]], node["code"]
        seen[node["code"]] = node["level"]


def test_a_measure_is_named_after_its_parent_and_counted_within_it() -> None:
    last: Counter[str] = Counter()
    for node in nodes("measure"):
        last[node["parent"]] += 1
        assert node["code"] == f"{node['parent']}-m{last[node['parent']]}"
        assert node["number"] == ""
    assert [last[f"3.{i}"] for i in range(1, 14)] == [2, 2, 2, 3, 3, 2, 2, 2, 2, 2, 2, 4, 2]
    assert [last[f"7-s{i}"] for i in range(1, 5)] == [3, 3, 4, 3]


def test_what_money_can_go_to_follows_its_kind() -> None:
    for node in nodes():
        assert node["kind"] in {"research", "platform", "policy", "outreach", "structure"}
        assert (node["kind"] == "structure") == (node["level"] in {"chapter", "section"}), node["code"]
        if node["kind"] != "outreach":
            assert node["fundable"] == (node["kind"] in {"research", "platform"}), node["code"]
    parents = {node["code"]: node for node in nodes()}
    for node in nodes("measure"):
        above = parents[node["parent"]]
        expected = (above["kind"], above["fundable"]) if above["level"] == "task" else ("policy", False)
        assert (node["kind"], node["fundable"]) == expected, node["code"]


def test_titles_stand_in_the_order_and_the_characters_of_the_plan() -> None:
    lines = plan_lines()
    marks = {"chapter": "、", "section": "", "task": "."}
    headings = [n["number"] + marks[n["level"]] + n["title"] for n in nodes() if n["level"] != "measure"]
    found = [line for line in lines if line in set(headings)]
    assert found == headings
    measures = [node["title"] + "。" for node in nodes("measure")]
    opening = [line for line in lines if any(line.startswith(measure) for measure in measures)]
    assert [line.split("。")[0] + "。" for line in opening] == measures
    assert sha256(plan_file()).hexdigest() == plan()["citation"]["source_sha256"]


def test_every_node_has_a_summary_in_our_own_words() -> None:
    assert [node["code"] for node in nodes() if not node["summary"]] == []
    text = "".join(plan_lines())
    quoted = {
        node["code"]: shared
        for node in nodes()
        if len(shared := longest_shared(node["summary"], text)) > LONGEST_SHARED
    }
    assert quoted == {}


def test_every_task_has_words_to_be_found_by() -> None:
    for node in nodes("task"):
        assert 1 <= len(node["aliases"]) <= 4, node["code"]
        assert 5 <= len(node["keywords"]) <= 30, node["code"]
    for node in nodes():
        assert node["keywords"], node["code"]
        assert len({match_key(word) for word in node["keywords"]}) == len(node["keywords"]), node["code"]


def test_titles_aliases_and_ambiguous_themes_do_not_collide() -> None:
    titles = [match_key(node["title"]) for node in nodes()]
    aliases = [match_key(alias) for node in nodes() for alias in node["aliases"]]
    themes = [match_key(theme["term"]) for theme in plan()["themes"]]
    assert [key for key, count in Counter(titles).items() if count > 1] == []
    assert [key for key, count in Counter(aliases).items() if count > 1] == []
    assert [key for key, count in Counter(themes).items() if count > 1] == []
    assert set(aliases) & set(titles) == set()
    assert set(aliases) & set(themes) == set()
    assert set(themes) & set(titles) == {match_key("材料基因组")}, "the one theme that is a task's exact title"


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("大飞机", "5.6"),
        ("新药创制", "5.19"),
        ("物联网", "5.11"),
        ("传感器", "5.11"),
        ("大数据与云计算", "5.10"),
        ("大数据", "5.10"),
        ("长三角", "3.10"),
    ],
)
def test_an_everyday_name_means_one_task(alias: str, code: str) -> None:
    assert [node["code"] for node in nodes() if alias in node["aliases"]] == [code]


@pytest.mark.parametrize(
    ("term", "homes"),
    [
        ("材料基因组", ["3.7", "4.8"]),
        ("量子通信", ["3.7", "4.2", "4.10"]),
        ("石墨烯", ["3.7", "5.7"]),
        ("合成生物", ["3.7", "4.9"]),
        ("燃气轮机", ["4.1", "5.5", "5.14"]),
        ("自动驾驶", ["5.15", "6.12"]),
        ("BIM", ["6.3", "6.7"]),
    ],
)
def test_an_ambiguous_theme_names_all_of_its_homes(term: str, homes: list[str]) -> None:
    assert [theme["nodes"] for theme in plan()["themes"] if theme["term"] == term] == [homes]


def test_themes_have_several_homes_that_exist_and_say_how_to_choose() -> None:
    for theme in plan()["themes"]:
        assert len(set(theme["nodes"])) == len(theme["nodes"]) > 1, theme["term"]
        assert set(theme["nodes"]) <= set(codes()), theme["term"]
        assert theme["note"], theme["term"]


def test_relations_join_two_existing_nodes_once() -> None:
    pairs = []
    for relation in plan()["relations"]:
        assert {relation["from"], relation["to"]} <= set(codes())
        assert relation["from"] != relation["to"]
        assert relation["kind"] in {"related", "platform_of", "mention"}
        assert relation["note"]
        pairs.append(frozenset((relation["from"], relation["to"])))
    assert [sorted(pair) for pair, count in Counter(pairs).items() if count > 1] == []
    kinds = {node["code"]: node["kind"] for node in nodes()}
    assert {kinds[r["from"]] for r in plan()["relations"] if r["kind"] == "platform_of"} == {"platform"}


def test_the_eight_indicators_have_the_values_of_the_plan() -> None:
    found = [(i["code"], i["comparator"], i["value"], i["unit"]) for i in plan()["indicators"]]
    assert found == [
        ("I1", "approx", "4.0", "%"),
        ("I2", "approx", "10", "%"),
        ("I3", "at_least", "75", "人年/万人"),
        ("I4", "approx", "40", "件/万人"),
        ("I5", "at_least", "1300", "件/年"),
        ("I6", "at_least", "37", "%"),
        ("I7", "approx", "20", "%"),
        ("I8", "at_least", "56", "%"),
    ]
    for indicator in plan()["indicators"]:
        assert indicator["section"] == "2-s2"
        assert ("左右" in indicator["wording"]) == (indicator["comparator"] == "approx")


def test_indicators_are_worded_as_in_the_plan() -> None:
    sentence = next(line for line in plan_lines() if line.startswith("到2020年，全社会研发"))
    assert sentence == "到2020年，" + "，".join(i["name"] + i["wording"] for i in plan()["indicators"]) + "。"


# The vocabularies


@pytest.mark.parametrize(
    ("vocabulary", "expected"),
    [
        (
            "fund_class",
            "basic_frontier innovation_support innovation_guidance talent_environment municipal_major other",
        ),
        (
            "funding_mode",
            "competitive_grant institutional post_subsidy risk_compensation guidance_fund tax_incentive "
            "service_purchase voucher first_purchase precommercial loan_interest other",
        ),
        ("stage", "basic_research application transfer industrialisation"),
        ("source", "central municipal district self other"),
        (
            "agency_type",
            "government enterprise university institute social_organisation alliance finance hospital other",
        ),
        (
            "project_state",
            "approved contracted in_progress suspended terminated revoked acceptance rectify accepted failed closed",
        ),
        ("record_state", "draft submitted returned withdrawn published correction_pending void"),
        ("movement_kind", "commitment receipt disbursement expenditure refund"),
        ("relation_kind", "matching sub_project continuation suspected_duplicate"),
        (
            "district",
            "310101 310104 310105 310106 310107 310109 310110 310112 310113 310114 310115 310116 310117 310118 310120 "
            "310151 310000 100000 310103 310108 310119 310225 310226 310230",
        ),
    ],
)
def test_a_vocabulary_has_these_codes_in_this_order(vocabulary: str, expected: str) -> None:
    assert term_codes(vocabulary) == expected.split()


def test_only_the_fund_class_other_and_the_districts_of_the_past_are_out_of_use() -> None:
    inactive = {
        (vocabulary["code"], term["code"]): term.get("replaced_by")
        for vocabulary in loaded("vocabularies.toml")["vocabularies"]
        for term in vocabulary["terms"]
        if not term.get("active", True)
    }
    assert inactive == {
        ("fund_class", "other"): None,
        ("district", "310103"): "310101",
        ("district", "310108"): "310106",
        ("district", "310119"): "310115",
        ("district", "310225"): "310115",
        ("district", "310226"): "310120",
        ("district", "310230"): "310151",
    }


def test_vocabularies_are_documents_that_the_catalog_takes_and_a_word_means_one_term() -> None:
    for table in loaded("vocabularies.toml")["vocabularies"]:
        vocabulary = Vocabulary.model_validate(table)
        words = Counter(match_key(word) for term in vocabulary.terms for word in (term.title, *term.aliases))
        assert [word for word, count in words.items() if count > 1] == [], vocabulary.code


@pytest.mark.parametrize(
    ("vocabulary", "word", "code"),
    [
        ("fund_class", "支撑类", "innovation_support"),
        ("fund_class", "重大专项", "municipal_major"),
        ("project_state", "在研", "in_progress"),
        ("project_state", "执行中", "in_progress"),
        ("project_state", "结题", "accepted"),
        ("movement_kind", "到位", "receipt"),
    ],
)
def test_everyday_words_lead_to_a_term(vocabulary: str, word: str, code: str) -> None:
    assert [t["code"] for t in terms(vocabulary) if word in (t["title"], *t["aliases"])] == [code]


# The demonstration


def day(text: str) -> date:
    """The first day that a movement's date may mean."""
    return date.fromisoformat(f"{text}-01" if len(text) == 7 else text)


def covered_tasks() -> set[str]:
    theta = Decimal(plan()["settings"]["covering_weight"])
    return {
        share["code"]
        for project in demo()["projects"]
        if project["state"] not in {"approved", "revoked", "terminated"}
        for share in project["tasks"]
        if Decimal(share["weight"]) >= theta
    }


def test_the_demonstration_says_that_it_is_invented() -> None:
    assert (DATA / "demo" / "portfolio.toml").stat().st_size < 400_000
    assert "虚构" in demo()["demo"]["note"] and "Invented" in demo()["demo"]["note"]
    assert all(agency["name"].endswith("（演示）") for agency in demo()["agencies"])
    for project in demo()["projects"]:
        assert re.fullmatch(r"DEMO(16|17|18|19|20)-\d{4}", project["project_no"])
        assert project["title"].startswith("演示：")
        assert set(project["pi"]) == {"name"} and project["pi"]["name"].startswith("演示人员")
    assert {target["source_document"] for target in demo()["targets"]} == {"演示数据，非官方目标"}


def test_the_demonstration_is_registered_as_any_other_project_is() -> None:
    for agency in demo()["agencies"]:
        scheme, value = agency["identifier"].split(":")
        NewAgency.model_validate(agency | {"identifier": {"scheme": scheme, "value": value}})
    for project in demo()["projects"]:
        body = {name: value for name, value in project.items() if name != "movements"}
        NewProject.model_validate(body | {"plan": demo()["demo"]["plan"]})
        for movement in project["movements"]:
            NewMovement.model_validate(movement)
    for target in demo()["targets"]:
        NewTarget.model_validate(target)


def test_demonstration_agencies_come_after_their_parents_and_lead_the_projects() -> None:
    seen: set[str] = set()
    for agency in demo()["agencies"]:
        assert agency.get("parent") is None or agency["parent"] in seen
        assert agency["type"] in term_codes("agency_type")
        assert agency["district"] in term_codes("district")
        assert agency["identifier"] not in seen
        seen.add(agency["identifier"])
    assert {project["lead"] for project in demo()["projects"]} == seen


def test_demonstration_numbers_and_titles_are_unique() -> None:
    for field in ("project_no", "title"):
        values = [clean_title(project[field]) for project in demo()["projects"]]
        assert len(set(values)) == len(values)


def test_demonstration_weights_add_up_to_100_over_tasks_that_carry_shares() -> None:
    carrying = set(codes("task")) | {code for code in codes("measure") if code.startswith("7")}
    numbers: Counter[int] = Counter()
    for project in demo()["projects"]:
        shares = project["tasks"]
        assert sum(Decimal(share["weight"]) for share in shares) == 100, project["project_no"]
        assert {share["code"] for share in shares} <= carrying, project["project_no"]
        assert len({share["code"] for share in shares}) == len(shares), project["project_no"]
        numbers[len(shares)] += 1
    assert set(numbers) == {1, 2, 3}
    weights = [[share["weight"] for share in project["tasks"]] for project in demo()["projects"]]
    assert any(sorted(found) == ["33.33", "33.33", "33.34"] for found in weights)


def test_demonstration_amounts_are_text_with_two_decimals() -> None:
    rows = [row for p in demo()["projects"] for row in (*p["budget"], *p["movements"])] + demo()["targets"]
    assert [row for row in rows if not (isinstance(row["amount"], str) and AMOUNT.fullmatch(row["amount"]))] == []
    assert all(Decimal(line["amount"]) > 0 for p in demo()["projects"] for line in p["budget"])
    assert all(Decimal(target["amount"]) > 0 for target in demo()["targets"])


def test_demonstration_uses_active_terms_and_every_state() -> None:
    for field, vocabulary in (("fund_class",) * 2, ("funding_mode",) * 2, ("stage",) * 2, ("state", "project_state")):
        active = {term["code"] for term in terms(vocabulary) if term.get("active", True)}
        assert {project[field] for project in demo()["projects"]} <= active
    assert {project["state"] for project in demo()["projects"]} == set(term_codes("project_state"))
    sources = {row["source"] for p in demo()["projects"] for row in (*p["budget"], *p["movements"])}
    assert sources == set(term_codes("source"))
    assert {m["kind"] for p in demo()["projects"] for m in p["movements"]} == set(term_codes("movement_kind"))


def test_demonstration_dates_follow_each_other() -> None:
    for project in demo()["projects"]:
        number, state = project["project_no"], project["state"]
        assert project["approved_on"] < project["start_on"] < project["end_on"], number
        assert number.startswith(f"DEMO{project['approved_on']:%y}-")
        assert ("state_on" in project) == (state in {"accepted", "failed", "closed", "terminated", "revoked"}), number
        if state in {"accepted", "failed", "closed"}:
            assert project["end_on"] < project["state_on"] <= date(2020, 12, 31), number
        if state in {"terminated", "revoked"}:
            assert project["start_on"] < project["state_on"] < project["end_on"], number
        if state in {"approved", "contracted"}:
            assert project["movements"] == [], number
        days = [day(movement["on"]) for movement in project["movements"]]
        assert all(project["start_on"] <= on <= date(2020, 12, 31) for on in days), number
        assert all(2016 <= row["year"] <= 2020 for row in (*project["budget"], *project["movements"])), number
    years = Counter(project["approved_on"].year for project in demo()["projects"])
    assert set(years) == {2016, 2017, 2018, 2019, 2020}


def test_a_revoked_demonstration_project_has_given_all_fiscal_money_back() -> None:
    revoked = [project for project in demo()["projects"] if project["state"] == "revoked"]
    for project in revoked:
        sums: Counter[str] = Counter()
        for movement in project["movements"]:
            if movement["source"] in FISCAL:
                sums[movement["kind"]] += int(movement["amount"].replace(".", ""))
        assert sums["receipt"] == sums["refund"], project["project_no"]
        assert sums["expenditure"] == 0, project["project_no"]
    assert any(project["movements"] for project in revoked)


def test_the_demonstration_leaves_just_the_stated_fundable_tasks_uncovered() -> None:
    fundable = [node["code"] for node in nodes("task") if node["fundable"]]
    assert len(demo()["demo"]["uncovered"]) == 14
    assert [code for code in fundable if code not in covered_tasks()] == demo()["demo"]["uncovered"]
    named = {share["code"] for project in demo()["projects"] for share in project["tasks"]}
    assert named & set(demo()["demo"]["uncovered"]) == {"4.9", "5.9", "5.16", "5.20", "6.2"}


def test_demonstration_targets_show_gaps_and_surpluses() -> None:
    gaps, surpluses = 0, 0
    for target in demo()["targets"]:
        assert target["node"] in codes("task")
        committed = sum(
            Decimal(line["amount"]) * Decimal(share["weight"]) / 100
            for project in demo()["projects"]
            if project["state"] not in {"approved", "revoked", "terminated"}
            for share in project["tasks"]
            if share["code"] == target["node"]
            for line in project["budget"]
            if line["source"] in target.get("sources", FISCAL) and target.get("year", line["year"]) == line["year"]
        )
        gaps += committed < Decimal(target["amount"])
        surpluses += committed > Decimal(target["amount"])
    assert len({target["node"] for target in demo()["targets"]}) >= 25
    assert gaps >= 10
    assert surpluses >= 5
