"""The pictures of a plan's page besides its treemap, from what the reports say: pure. SVG, escaped by its maker."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from markupsafe import Markup

from gateway.pages.plan import address
from services.catalog.contract import PlanDocument
from services.reporting.contract import Flows, Matrix, Trend
from services.shared.charts import (
    SERIES,
    Flow,
    Heatmap,
    Key,
    Node,
    Point,
    Sankey,
    Sparkline,
    heatmap,
    sankey,
    sparkline,
)
from services.shared.charts.heatmap import Cell, Row
from services.shared.charts.svg import WIDTH
from services.shared.charts.words import money
from services.shared.money import in_fen

STAGES = ("source", "fund_class", "node")
MOST_ROWS, MOST_COLUMNS = 30, 16
"""Of a heatmap, so that a cell has room for its value; of more the largest are shown."""


def distribution(document: PlanDocument, matrix: Matrix, query: Mapping[str, str]) -> Markup:
    """Districts by nodes of the highest level; a cell that holds something leads to the node's page, narrowed to the
    district."""
    nodes = {node.code for node in document.nodes}
    rows = _largest([(total.code, _fen(total.value)) for total in matrix.row_totals], MOST_ROWS)
    columns = _largest([(total.code, _fen(total.value)) for total in matrix.column_totals], MOST_COLUMNS)
    across = [column for column in matrix.columns if column.code in columns]
    values = {(cell.row, cell.column): _fen(cell.value) for cell in matrix.cells}

    def cell(row: str, column: str) -> Cell:
        value = values.get((row, column), 0)
        link = address(matrix.plan, column, **{**query, "district": row}) if value and column in nodes else None
        return Cell(value, link=link)

    level = document.levels[0].title
    whole = len(rows) == len(matrix.rows) and len(across) == len(matrix.columns)
    chart = Heatmap(
        f"各区在各{level}的已合同金额",
        f"截至{matrix.as_of}：按牵头单位所在的区和规划的{level}，合计{money(_fen(matrix.total))}。",
        tuple(f"{column.number} {column.title}".strip() for column in across),
        tuple(
            Row(row.title, tuple(cell(row.code, column.code) for column in across))
            for row in matrix.rows
            if row.code in rows
        ),
        note="格中单位为万元。" + ("" if whole else f"只画出金额最大的{len(rows)}行、{len(across)}列。"),
    )
    return Markup(heatmap(chart))


def streams(document: PlanDocument, flows: Flows) -> Markup:
    """Money from sources over classes of funds to the nodes of the highest level."""
    level = document.levels[0].title
    words = ("资金来源", "专项类别", f"规划的{level}")
    places = {node.id: place for place, node in enumerate(flows.nodes)}
    chart = Sankey(
        "已合同金额的来源与去向",
        f"截至{flows.as_of}：从资金来源经专项类别到规划的{level}，合计{money(_fen(flows.total))}。",
        tuple(
            Node(f"{node.number} {node.title}".strip(), STAGES.index(node.stage), STAGES.index(node.stage))
            for node in flows.nodes
        ),
        tuple(Flow(places[link.source], places[link.target], _fen(link.value)) for link in flows.links),
        tuple(Key(word, fill) for word, fill in zip(words, SERIES, strict=False)),
        words,
    )
    return Markup(sankey(chart))


def growth(trend: Trend) -> Markup:
    """What was committed up to the end of each year."""
    chart = Sparkline(
        "历年累计已合同金额",
        f"各年年末的累计数，最后一年截至{trend.as_of}，为{money(_fen(trend.total))}。",
        tuple(Point(point.period, _fen(point.cumulative)) for point in trend.points),
        width=WIDTH,
    )
    return Markup(sparkline(chart))


def _fen(value: str | int) -> int:
    return in_fen(Decimal(value))


def _largest(totals: Sequence[tuple[str, int]], most: int) -> set[str]:
    """The codes of so many that hold most."""
    return {code for code, _ in sorted(totals, key=lambda total: -abs(total[1]))[:most]}
