"""Tables as .csv: for spreadsheets in Chinese, for machines, and for nobody's formulas."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from services.reporting.files.as_csv import Encoding, csv_of, write_csv
from services.reporting.files.paper import Column, Row, Table, WrongCell
from tests.reporting.files.papers import HOSTILE, a_column_of, a_paper, a_table


def test_a_table_is_written_exactly_with_a_mark_of_order_and_windows_lines() -> None:
    assert b"".join(csv_of(a_paper(), a_table())) == (
        b"\xef\xbb\xbf"
        + "任务编号,任务名称,项目数,承诺金额,覆盖率,最近日期,强度\r\n"
        "4,第四章 前沿基础,1234,1234.567805,—,2017-03-01,1.25\r\n"
        "'4.10,材料基因组,0,-25,6.3%,—,-0.5\r\n"
        "合计,,1234,1209.567805,33.3%,,—\r\n".encode()
    )


def test_gb18030_holds_characters_that_gbk_does_not() -> None:
    written = b"".join(csv_of(a_paper(), a_column_of("text", "𠮷田 € ②😀"), "gb18030"))
    assert written.decode("gb18030") == "甲\r\n𠮷田 € ②😀\r\n"
    with pytest.raises(UnicodeDecodeError):
        written.decode("gbk")


def test_text_that_begins_like_a_formula_has_a_quote_before_it_and_numbers_do_not() -> None:
    table = Table("一", (Column("=甲", "text"), Column("乙", "money")), [[text, Decimal(-1)] for text in HOSTILE])
    rows = list(csv.reader(io.StringIO(b"".join(csv_of(a_paper(), table)).decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows] == [
        "'=甲",
        *(f"'{text}" if text[0] in "=+-@\t\r" or text == "0012" else text for text in HOSTILE),
    ]
    assert {row[1] for row in rows[1:]} == {"-0.0001"}


def test_the_mark_of_a_paper_stands_in_every_row() -> None:
    lines = b"".join(csv_of(a_paper(marked="演示数据"), a_table())).decode("utf-8-sig").splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines] == ["标记", "演示数据", "演示数据", "演示数据"]


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        *((text, True) for text in ("3.10", "4.0", "007", "310000000000000018", "1e5", "5.")),
        *((text, False) for text in ("4.8", "4", "310101", "2017", "4-s2", "3.7-m1", "2017-03", "0", "—", "")),
    ],
)
def test_text_that_a_spreadsheet_would_write_as_another_number_is_guarded_for_it_alone(
    text: str, guarded: bool
) -> None:
    def cell(encoding: Encoding) -> str:
        written = b"".join(csv_of(a_paper(), a_column_of("text", text), encoding))
        return written.decode("gb18030" if encoding == "gb18030" else "utf-8-sig").split("\r\n")[1].strip('"')

    assert cell("utf-8-sig") == cell("gb18030") == (f"'{text}" if guarded else text)
    assert cell("utf-8") == text


def test_each_row_ends_with_its_link_the_mark_and_what_the_report_states() -> None:
    rows = [Row(["甲"], explain="/api/v1/a?b=c"), Row(["乙"], explain="=1")]
    table = Table("一", (Column("名", "text"),), rows, ["合计"], explained=True, totals_explain="/t")
    paper = a_paper(marked="演示数据", stated=(("edition", "1"), ("filters", "level=all")))
    assert b"".join(csv_of(paper, table)).decode("utf-8-sig").split("\r\n")[:-1] == [
        "名,explain,标记,edition,filters",
        "甲,/api/v1/a?b=c,演示数据,1,level=all",
        "乙,'=1,演示数据,1,level=all",
        "合计,/t,演示数据,1,level=all",
    ]


def test_rows_are_asked_for_as_the_file_is_read() -> None:
    asked = 0

    def rows() -> Iterator[list[str]]:
        nonlocal asked
        for _ in range(100_000):
            asked += 1
            yield ["智能制造"]

    pieces = csv_of(a_paper(), Table("一", (Column("甲", "text"),), rows()))
    assert len(next(pieces)) < 400_000
    assert asked < 20_000
    assert sum(piece.count(b"\r\n") for piece in pieces) > 80_000
    assert asked == 100_000


def test_a_file_that_could_not_be_finished_is_not_left_behind(tmp_path: Path) -> None:
    write_csv(a_paper(), a_table(), tmp_path / "whole.csv")
    assert (tmp_path / "whole.csv").read_bytes() == b"".join(csv_of(a_paper(), a_table()))
    with pytest.raises(WrongCell):
        write_csv(a_paper(), a_table([["4"]]), tmp_path / "half.csv")
    assert not (tmp_path / "half.csv").exists()
