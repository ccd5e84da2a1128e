"""Tables of other shapes: where the list begins, how its header is built, what lies beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from services.portfolio.contract import NoProjectList
from services.portfolio.workbook.reading import read
from tests.portfolio.lists import a_uscc
from tests.portfolio.workbook.test_reading import DIALECT

HEAD = [
    "项目编号",
    "项目名称",
    "承担单位",
    "统一社会信用代码",
    "负责人",
    "专项类别",
    "状态",
    "规划任务",
    "开始",
    "结束",
]
MONEY = ["总经费", "市级财政", "自筹", "已拨付"]
SHOWN = "1550000.00"


def project(number: int, *money: Any) -> list[Any]:
    """A row under HEAD and four columns of money, 155 万元 in all."""
    about = [f"17DZ000{number:04d}", f"演示：第{number}号", "演示研究所", a_uscc(1), "演示甲", "支撑类", "在研", "4.8"]
    return [*about, "2017.3", "2019.12", *(money or (155, 125, 30, 62.5))]


def verdicts(
    path: Path, lines: Sequence[Sequence[Any]], merged: Sequence[str] = (), beside: Sequence[Sequence[Any]] = ()
) -> dict[tuple[str, int], str]:
    """What is said of each row that is not skipped, and its total."""
    book = Workbook()
    sheet = book.worksheets[0]
    for line in lines:
        sheet.append(list(line))
    for area in merged:
        sheet.merge_cells(area)
    other = book.create_sheet("其他")
    for line in beside:
        other.append(list(line))
    book.save(path)
    return {
        (row.sheet, row.row): f"{row.verdict} {row.values['amount_total']} "
        + ",".join(f"{one.field}:{one.code}" for one in (*row.errors, *row.warnings))
        for row in read(path, DIALECT).rows
        if row.verdict != "skipped"
    }


def good(*rows: int, sheet: str = "Sheet") -> dict[tuple[str, int], str]:
    """Rows that nothing is to be said of."""
    return {(sheet, row): f"accepted {SHOWN} " for row in rows}


UNIT = ["单位：万元"]
LISTS: dict[str, tuple[list[list[Any]], tuple[int, ...]]] = {
    "begins in the third column": (
        [["", "", "汇总表"], ["", "", *UNIT], ["", "", *HEAD, *MONEY], ["", "", *project(1)], ["", "", *project(2)]],
        (4, 5),
    ),
    "units in a row below the header": (
        [[*HEAD, *MONEY], [*[None] * 10, "万元", "万元", "万元", "万元"], project(1), project(2)],
        (3, 4),
    ),
    "columns numbered below the header": (
        [UNIT, [*HEAD, *MONEY], ["甲", "乙", *range(1, 13)], project(1), project(2)],
        (4, 5),
    ),
    "columns numbered in brackets": (
        [UNIT, [*HEAD, *MONEY], [f"（{n}）" for n in range(1, 15)], project(1), project(2)],
        (4, 5),
    ),
    "the unit beside a date": (
        [["汇总表"], ["填报单位：演示局", None, "单位：万元    2017年3月"], [*HEAD, *MONEY], project(1)],
        (4,),
    ),
    "the unit in a cell beside its label's": (
        [["汇总表"], [*[None] * 10, "单位：人民币万元"], [*HEAD, *MONEY], project(1)],
        (4,),
    ),
    "a header of three rows": (
        [
            [*HEAD[:8], "实施期限", None, "经费（万元）", None, None, None],
            [*[None] * 8, "开始", "结束", "总额", "其中", None, "已拨付"],
            [*[None] * 11, "市级", "自筹"],
            project(1),
        ],
        (4,),
    ),
    "two tables with units of their own": (
        [
            ["一、第一批"],
            UNIT,
            [*HEAD, *MONEY],
            project(1),
            ["合计", *[None] * 9, 155],
            [],
            ["二、第二批"],
            ["单位：元"],
            [*HEAD, *MONEY],
            project(2, 1550000, 1250000, 300000, 625000),
        ],
        (4, 10),
    ),
    "another order in the second table": (
        [UNIT, [*HEAD, *MONEY], project(1), [], [*MONEY, *HEAD], [155, 125, 30, 0, *project(2)[:10]]],
        (3, 6),
    ),
    "headings with sums": (
        [
            UNIT,
            [*HEAD, *MONEY],
            ["一、基础研究类", *[None] * 9, 155, 125, 30],
            project(1),
            ["（二）应用类", "共1项", *[None] * 8, 155, 125, 30],
            project(2),
            ["应用类小计", *[None] * 9, 155, 125, 30, "—"],
            [None, "总  计", *[None] * 8, 310, 250, 60, 125],
        ],
        (4, 6),
    ),
    "texts alone above a repeated header": (
        [UNIT, [*HEAD, *MONEY], project(1, "155", "125", "30", "—"), [*HEAD, *MONEY], project(2)],
        (3, 5),
    ),
    "a counter called 编号": (
        [UNIT, ["编号", "立项编号", *HEAD[1:], *MONEY], [1, *project(1)], [2, *project(2)], [3], [4, "—"]],
        (3, 4),
    ),
    "a unit of measure called 单位": (
        [UNIT, ["单位", *HEAD, *MONEY], ["项", *project(1)], ["项", *project(2)]],
        (3, 4),
    ),
    "remarks in the header": (
        [
            [
                *("*项目编号", "项目名称（全称）", "承担单位（牵头）", "统一社会信用代码（18位）", "负责人（PI）"),
                *("专项类别（五选一）", "状态（必填）", "规划任务（编号或标题）", "开始（年月）", "结束（年月）"),
                *("总经费（万元，含自筹）", "其中：市级财政（万元）", "自筹（万元）", "已拨付（截至2018年底，万元）"),
            ],
            project(1),
        ],
        (2,),
    ),
    "two languages in the header": (
        [
            [
                *(
                    "项目编号 Project No.",
                    "项目名称\nTitle",
                    "Lead organisation",
                    "USCC",
                    "负责人 PI",
                    "专项类别Category",
                ),
                *("Status", "规划任务（Task）", "Start", "结束 End", "总经费（万元）\nTotal", "Municipal（万元）"),
                *("自筹（万元）", "Disbursed (万元)"),
            ],
            project(1),
        ],
        (2,),
    ),
    "names of fields in the header": (
        [
            UNIT,
            [
                *("project_no", "title", "lead_org_name", "lead_org_uscc", "pi_name", "fund_class", "status", "tasks"),
                *("start_date", "end_date", "amount_total", "amount_municipal", "amount_self", "amount_disbursed"),
            ],
            project(1),
        ],
        (3,),
    ),
    "a unit that is rare": (
        [[*HEAD, *(f"{name}（千元）" for name in MONEY)], project(1, 1550, 1250, 300, 625)],
        (2,),
    ),
    "several columns of tasks": (
        [
            UNIT,
            [*HEAD, *MONEY, "任务2", "权重1", "权重2"],
            [*project(1), "5.10", 70, 30],
            [*project(2), None, 100, None],
        ],
        (3, 4),
    ),
    "lines of signatures": (
        [
            UNIT,
            [*HEAD, *MONEY],
            project(1),
            ["填报人：甲", None, "审核人：乙", None, "负责人：丙"],
            ["制表：甲", None, "复核：乙", None, "日期：2017年3月15日"],
            [None, None, "填报单位（盖章）：", None, "2017年3月15日"],
            ["注：1.经费单位为万元；", "2.任务以规划为准。"],
            ["1.以上数据截至2019年底。", None, "2.不含涉密项目。"],
            ["注", "以上均为演示"],
            ["联系人", "演示甲", "电话", "021-00000000"],
            ["其中：市级", "2项", *[None] * 8, 310],
        ],
        (3,),
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_any_shape_is_found(name: str, tmp_path: Path) -> None:
    lines, rows = LISTS[name]
    assert verdicts(tmp_path / "a.xlsx", lines) == good(*rows)


def test_merged_cells_speak_for_all_their_rows(tmp_path: Path) -> None:
    bare = [project(number) for number in (1, 2, 3)]
    for line in bare[1:]:
        line[2:10] = [None] * 8
    areas = [f"{column}3:{column}5" for column in "CDEFGHIJ"]
    assert verdicts(tmp_path / "a.xlsx", [UNIT, [*HEAD, *MONEY], *bare], areas) == good(3, 4, 5)


def test_a_total_that_was_never_computed_is_derived(tmp_path: Path) -> None:
    lines = [UNIT, [*HEAD, *MONEY], project(1, "=SUM(L3:M3)", 125, 30, 0), project(2, "=L4+M4", 125, 30, 0)]
    lines += [project(3, "=A1", 125, 30, 0), ["合计", *[None] * 9, "=SUM(K3:K5)"]]
    derived = f"accepted_with_warnings {SHOWN} amount_total:total_derived"
    refused = "rejected None amount_total:formula_without_value"
    expected = {("Sheet", 3): derived, ("Sheet", 4): derived, ("Sheet", 5): refused}
    assert verdicts(tmp_path / "a.xlsx", lines) == expected


OTHERS: dict[str, list[list[Any]]] = {
    "payments": [
        ["项目编号", "项目名称", "承担单位", "拨付日期", "拨付金额"],
        ["17DZ0000001", "演示", "演示所", "2017.3", 5],
    ],
    "responsibilities": [
        ["编号", "任务名称", "牵头单位", "责任人", "完成时间", "进度"],
        [1, "材料基因组", "演示所", "演示甲", "2019.12", "50%"],
    ],
    "figures": [
        ["项目", "总经费", "市级财政", "自筹", "已拨付"],
        ["合计", 155, 125, 30, 62.5],
        ["基础类", 15, 12, 3, 6],
    ],
    "people": [["序号", "单位名称", "姓名", "电话", "邮箱"], [1, "演示所", "演示甲", 19900000001, "a@example.org"]],
    "guide": [["字段", "说明", "示例"], ["项目编号", "必填", "17DZ0000001"], ["项目名称", "必填", "演示"]],
    "units": [["名称", "统一社会信用代码", "联系人", "联系电话"], ["演示所", a_uscc(1), "演示甲", 19900000001]],
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_sheet_that_is_no_list_of_projects_is_left_alone(name: str, tmp_path: Path) -> None:
    lines = [UNIT, [*HEAD, *MONEY], project(1)]
    assert verdicts(tmp_path / "a.xlsx", lines, beside=OTHERS[name]) == good(3)
    with pytest.raises(NoProjectList):
        verdicts(tmp_path / "b.xlsx", OTHERS[name])
