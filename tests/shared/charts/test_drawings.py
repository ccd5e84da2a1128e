"""What holds for every drawing: it is XML that a strict page and typst take, it is accessible, and it can be read."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from services.shared.charts import (
    Bars,
    Bullet,
    Heatmap,
    Sankey,
    Sparkline,
    Treemap,
    bars,
    bullet,
    heatmap,
    palette,
    sankey,
    sparkline,
    treemap,
)
from services.shared.charts.svg import Drawing
from tests.shared.charts import examples
from tests.shared.charts.drawn import SVG, Drawn
from tests.shared.charts.hostile import HOSTILE

ROOT = Path(__file__).parents[3]
EMPTY = {
    "treemap": lambda: treemap(Treemap("题", "", (), ())),
    "heatmap": lambda: heatmap(Heatmap("题", "", (), ())),
    "sankey": lambda: sankey(Sankey("题", "", (), (), ())),
    "bars": lambda: bars(Bars("题", "", (), ())),
    "sparkline": lambda: sparkline(Sparkline("题", "", ())),
    "bullet": lambda: bullet(Bullet("题", "", ())),
}
DRAWINGS = {example.name: example.draw for example in (*examples.EXAMPLES, *HOSTILE)}
DRAWINGS |= {f"empty_{name}": draw for name, draw in EMPTY.items()}
SHAPES = {"cx", "cy", "d", "height", "r", "viewBox", "width", "x", "y"}
PAINT = {"fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width"}
LETTERS = {"font-family", "font-size", "font-weight", "text-anchor", "{http://www.w3.org/XML/1998/namespace}lang"}
ATTRIBUTES = SHAPES | PAINT | LETTERS | {"aria-labelledby", "href", "id", "patternUnits", "role"}
TAGS = {"a", "circle", "defs", "desc", "g", "path", "pattern", "rect", "svg", "text", "title"}


@pytest.fixture(params=sorted(DRAWINGS))
def svg(request: pytest.FixtureRequest) -> str:
    return DRAWINGS[request.param]()


@pytest.fixture
def drawn(svg: str) -> Drawn:
    return Drawn(svg)


def test_a_drawing_needs_no_style_no_script_and_nothing_from_elsewhere(svg: str, drawn: Drawn) -> None:
    assert {element.tag.removeprefix(SVG) for element in drawn.elements} <= TAGS
    assert {name for element in drawn.elements for name in element.attrib} <= ATTRIBUTES
    fills = {
        element.attrib[name] for element in drawn.elements for name in ("fill", "stroke") if name in element.attrib
    }
    assert all(re.fullmatch(r"none|#[0-9a-f]{6}|url\(#[A-Za-z0-9_-]+\)", fill) for fill in fills)
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
    assert svg.count("://") == 1


def test_a_drawing_is_named_and_described_by_its_title_and_its_description(drawn: Drawn) -> None:
    ids = [element.attrib["id"] for element in drawn.elements if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    title, desc = drawn.root.attrib["aria-labelledby"].split()
    assert [(child.tag, child.attrib["id"]) for child in drawn.root[:2]] == [
        (SVG + "title", title),
        (SVG + "desc", desc),
    ]
    assert drawn.root.attrib["role"] == ("group" if drawn.each("a") else "img")
    used = {fill[5:-1] for e in drawn.elements if (fill := e.attrib.get("fill", "")).startswith("url(#")}
    assert used <= set(ids)


def test_each_mark_has_a_title_of_its_own(drawn: Drawn) -> None:
    marks = drawn.each("g") + drawn.each("a")
    assert [mark[0].tag for mark in marks] == [SVG + "title"] * len(marks)
    assert all(mark[0].text for mark in marks)
    if drawn.each("a"):
        assert all(mark.attrib["role"] == "img" for mark in drawn.each("g"))


def test_text_stays_on_the_paper_and_is_ten_units_high_at_least(drawn: Drawn) -> None:
    for text in drawn.texts:
        assert text.size >= 10, text
        assert text.box.left >= -0.01 and text.box.right <= drawn.width + 0.01, text
        assert text.box.top >= 0 and text.box.bottom <= drawn.height, text


def test_no_text_stands_on_another(drawn: Drawn) -> None:
    texts = drawn.texts
    assert not [(a.said, b.said) for at, a in enumerate(texts) for b in texts[at + 1 :] if a.box.meets(b.box)]


def test_text_can_be_read_on_what_it_stands_on(drawn: Drawn) -> None:
    for text in drawn.texts:
        assert re.fullmatch("#[0-9a-f]{6}", text.ground), f"{text} stands on a hatch"
        assert palette.contrast(text.colour, text.ground) >= 4.5, text


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_a_drawing_of_nothing_says_so(name: str) -> None:
    assert Drawn(EMPTY[name]()).says("无数据")


def test_the_same_data_is_the_same_bytes_in_every_process() -> None:
    code = "from tests.shared.charts.test_drawings import digest; print(digest())"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {digest()}


def digest() -> str:
    return hashlib.sha256("".join(DRAWINGS[name]() for name in sorted(DRAWINGS)).encode()).hexdigest()


def test_no_number_has_more_than_two_decimals(svg: str) -> None:
    drawn = Drawn(svg)
    numbers = ["x", "y", "width", "height", "d", "cx", "cy", "r", "stroke-width", "viewBox"]
    said = " ".join(e.attrib[name] for e in drawn.elements for name in numbers if name in e.attrib)
    assert not re.search(r"\.\d{3}|e-|nan|inf|-0(?![.\d])", said)


def test_two_drawings_have_ids_apart_and_the_caller_may_choose_them() -> None:
    one = examples.by_chapter()
    ids = [
        Drawn(treemap(chart)).root[0].attrib["id"]
        for chart in (one, replace(one, title="另一张"), replace(one, ids="k"))
    ]
    assert len(set(ids)) == 3 and ids[2] == "k-t"
    with pytest.raises(ValueError, match="starts with a letter"):
        treemap(replace(one, ids='"><script>'))


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:,x", " /a", "/a\n", ""]
)
def test_a_link_that_leads_astray_is_not_drawn(link: str) -> None:
    drawing = Drawing("题", "", links=True)
    with drawing.mark("块", link):
        drawing.dot(1, 1, 1, palette.INK)
    assert "<a" not in drawing.svg(10)


@pytest.mark.parametrize("link", ['/tasks/3.10?a=1&b="2"', "?year=2026", "#t", "https://example.org/a"])
def test_a_link_to_our_pages_or_the_web_is_drawn(link: str) -> None:
    drawing = Drawing("题", "", links=True)
    with drawing.mark("块", link):
        drawing.dot(1, 1, 1, palette.INK)
    assert Drawn(drawing.svg(10)).each("a")[0].attrib["href"] == link


def test_typst_draws_every_drawing(tmp_path: Path) -> None:
    typst = pytest.importorskip("typst")
    for name, draw in DRAWINGS.items():
        (tmp_path / f"{name}.svg").write_text(draw(), encoding="utf-8")
    source = "".join(f'#image("{name}.svg", width: 16cm)\n' for name in DRAWINGS)
    (tmp_path / "all.typ").write_text(source, encoding="utf-8")
    pdf = typst.compile(str(tmp_path / "all.typ"), ignore_system_fonts=True)
    assert pdf.startswith(b"%PDF") and len(pdf) > 20_000
