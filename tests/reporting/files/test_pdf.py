"""Papers as .pdf: read again with pypdf, as text and as a tree of tags."""

import io
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from services.reporting.files.as_pdf import pdf_of
from services.reporting.files.paper import Column, Paper, Picture, Row, Table, TooManyRowsForPdf
from tests.reporting.files.papers import COLUMNS, HOSTILE, PICTURE, SVG, a_column_of, a_paper, a_table

MARKUP = [
    '#read("/etc/passwd")',
    "#sys.inputs",
    "*粗* _斜_ `码` $x^2$",
    "\\ \\u{41} // /* */",
    "<label> @ref = 标题",
    "[括] {括} ~ -- ... '单' \"双\"",
    "https://example.org/",
]


def read(paper: Paper) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_of(paper)))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def lines_of(reader: PdfReader) -> list[str]:
    return ["".join(line.split()) for line in text_of(reader).splitlines()]


def root_of(reader: PdfReader) -> Any:
    return reader.trailer["/Root"]


def tags_of(reader: PdfReader) -> list[Any]:
    """All elements of the tree of tags, from the top."""

    def below(element: Any) -> Iterator[Any]:
        element = element.get_object()
        if isinstance(element, dict) and "/S" in element:
            yield element
        children = element.get("/K", []) if isinstance(element, dict) else []
        for child in children if isinstance(children, list) else [children]:
            if isinstance(child.get_object(), dict):
                yield from below(child)

    return list(below(root_of(reader)["/StructTreeRoot"]))


def test_a_page_has_the_words_and_figures_of_its_paper() -> None:
    lines = lines_of(read(a_paper(a_table(note="第七章措施不计入。"), pictures=(PICTURE,))))
    for words in (
        "规划任务资金覆盖情况",
        "单位：万元",
        "1,234.57",
        "-25.00",
        "6.3%",
        "合计",
        "1,209.57",
        "33.3%",
        "第七章措施不计入。",
        "数据截止日期：2017年12月31日",
        "数据记录截至：2018-01-0509:30:00",
        "年度：2016—2017",
        "图1覆盖树图",
        "覆盖树图文字",
        "第1页共1页",
    ):
        assert any(words in line for line in lines), words
    assert any("四舍五入" in line for line in lines)


def test_a_paper_without_amounts_says_nothing_of_rounding() -> None:
    assert "四舍五入" not in text_of(read(a_paper(a_column_of("text", "甲"))))


@pytest.mark.parametrize("text", [*MARKUP, *(text for text in HOSTILE if text.isprintable())])
def test_text_is_shown_as_it_is_wherever_it_stands(text: str) -> None:
    paper = a_paper(
        Table(text, (Column(text, "text", 40),), [[text]], [text], note=text),
        title=text,
        unit=text,
        recorded_at=text,
        parameters=((text, text),),
        notes=(text,),
        marked=text,
        pictures=(Picture(SVG, text),),
    )
    reader = read(paper)
    shown = "".join(text_of(reader).split())
    # Title; mark above and below it; unit; heading, header, cell, total, note; caption; moment, parameter twice, note.
    assert shown.count("".join(text.split())) >= 14
    assert reader.metadata is not None and reader.metadata.title == text
    assert "root:" not in shown


def test_a_pdf_is_tagged_in_chinese_and_meant_for_archives_and_for_reading_aloud() -> None:
    reader = read(a_paper(pictures=(PICTURE,)))
    root = root_of(reader)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith("zh")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaid:part>2</pdfaid:part>" in metadata and "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    tags = tags_of(reader)
    kinds = [tag["/S"] for tag in tags]
    assert {"/Table", "/THead", "/TBody", "/TFoot", "/H1", "/Figure"} <= set(kinds)
    assert kinds.count("/TH") >= 1 + len(COLUMNS)
    assert [tag["/Alt"] for tag in tags if tag["/S"] == "/Figure"] == ["第四章占六成"]


def test_a_pdf_is_dated_as_of_and_titled() -> None:
    information = read(a_paper()).metadata
    assert information is not None
    assert information.title == "规划任务资金覆盖情况"
    assert information.creation_date == datetime(2017, 12, 31, tzinfo=UTC)


def test_equal_papers_make_equal_bytes_in_any_process() -> None:
    paper = a_paper(pictures=(PICTURE,))
    here = pdf_of(paper)
    assert pdf_of(paper) == here
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(pdf_of, paper).result() == here


def test_header_and_mark_are_on_every_page_of_a_long_table() -> None:
    rows = [Row(["4.1", f"任务{number}", number, Decimal(number), None, None, None]) for number in range(1, 2001)]
    pages = [page.extract_text() for page in read(a_paper(a_table(rows), marked="演示数据")).pages]
    assert len(pages) > 30
    assert all("承诺金额" in page for page in pages[:-1]) and all("演示数据" in page for page in pages)
    assert f"第1页共{len(pages)}页" in "".join(pages[0].split())
    assert "任务2000" in "".join(pages[-1].split())


def test_more_rows_than_a_pdf_holds_are_refused_before_they_are_all_read() -> None:
    asked = 0

    def rows() -> Iterator[list[str]]:
        nonlocal asked
        while True:
            asked += 1
            yield ["甲"]

    table = Table("一", (Column("甲", "text"),), rows())
    with pytest.raises(TooManyRowsForPdf, match="10 rows"):
        pdf_of(a_paper(a_column_of("text", *["甲"] * 8), table), limit=10)
    assert asked == 3
    pdf_of(a_paper(a_column_of("text", *["甲"] * 8), a_column_of("text", "甲", "乙")), limit=10)


def test_a_page_lies_across_only_where_the_table_asks_for_it_and_margins_hold() -> None:
    for columns, across in ((COLUMNS[:4], False), (COLUMNS + COLUMNS, True)):
        row = [ROW for _ in range(len(columns) // 7 + 1) for ROW in a_row()][: len(columns)]
        page = read(a_paper(Table("表", columns, [row]))).pages[0]
        assert (page.mediabox.width > page.mediabox.height) is across
        assert {round(float(side)) for side in (page.mediabox.width, page.mediabox.height)} == {595, 842}


def a_row() -> list[Any]:
    (first, *_) = a_table().rows
    assert isinstance(first, Row)
    return list(first.cells)


def test_rows_are_numbered_unless_the_table_says_not() -> None:
    assert "序号" in text_of(read(a_paper()))
    assert "序号" not in text_of(read(a_paper(a_table(numbered=False))))


def test_a_paper_without_rows_or_tables_is_a_page_all_the_same() -> None:
    assert "（无数据）" in text_of(read(a_paper(a_table([], totals=None))))
    assert "合计" in text_of(read(a_paper(a_table([]))))
    assert "口径说明" in text_of(read(replace(a_paper(), tables=())))


def test_a_character_that_no_font_has_is_shown_by_its_number_and_rare_names_by_themselves() -> None:
    shown = text_of(read(a_paper(a_column_of("text", "😀\ue000\x07ا甲", "𠮷䶮㛃", "乙\u202e丙\u200b丁", "e\u0301"))))
    assert "[U+1F600][U+E000] [U+0627]甲" in shown
    assert "𠮷䶮㛃" in shown
    assert "乙丙丁" in shown
    assert "é" in shown


def test_a_long_run_of_latin_is_broken_before_it_leaves_its_cell() -> None:
    lines = lines_of(read(a_paper(a_column_of("text", "https://example.org/" + "x" * 400))))
    (begun,) = [line for line in lines if "https://example.org/" in line]
    assert begun.count("x") < 110


def test_any_plane_of_characters_can_be_printed() -> None:
    texts = ["".join(chr(code) for code in range(start, start + 64)) for start in range(0, 0x30000, 0x40)]
    held = [text.replace("\n", "") for text in texts[:: len(texts) // 1500]]
    assert len(read(a_paper(a_column_of("text", *held))).pages) > 10


def fonts_of(reader: PdfReader) -> set[str]:
    """Names of all fonts, those of drawings too, without the letters that mark a part of a font."""
    found: list[Any] = [reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1)]
    names = [str(item["/BaseFont"]) for item in found if isinstance(item, dict) and "/BaseFont" in item]
    return {name.partition("+")[2].removesuffix("-Identity-H") for name in names}


def test_a_drawing_reads_no_file_and_uses_a_font_that_is_there(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text(SVG.replace("覆盖树图文字", "机密"), encoding="utf-8")
    svg = SVG.replace("</svg>", f'<image href="{secret}" width="9" height="9"/></svg>')
    reader = read(a_paper(pictures=(Picture(svg, "图"),)))
    assert "机密" not in text_of(reader)
    assert fonts_of(reader) == {"NotoSerifSC-Regular", "NotoSansCJKsc-Thin", "NotoSansSC-Regular"}


def test_a_drawing_shows_rare_names_and_the_number_of_what_no_font_has() -> None:
    shown = text_of(read(a_paper(pictures=(Picture(SVG.replace("文字", "𠮷😀"), "图"),))))
    assert "覆盖树图𠮷[U+1F600]" in shown


def test_what_is_no_drawing_is_refused() -> None:
    for wrong in ("", "<svg", "<html/>", '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>'):
        with pytest.raises(ValueError, match="no SVG"):
            pdf_of(a_paper(pictures=(Picture(wrong, "图"),)))
