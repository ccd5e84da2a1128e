"""Charts as SVG: for the page and the PDF alike, from plain data, with nothing but the standard library.

Each chart is a frozen dataclass of what to draw and a function that gives SVG text, the same bytes for the same data.
They know values, names and states; what a plan, a project or a gap is, the caller says in words. Values are whole
numbers of the smallest unit (fen, pieces, hundredths of a percent), None where nobody said one.
"""

from services.shared.charts.bars import Bar, Bars, Part, bars
from services.shared.charts.bullet import Bullet, Measure, bullet
from services.shared.charts.heatmap import Cell, Heatmap, Row, heatmap
from services.shared.charts.palette import GAP, NO_VALUE, SERIES, ZERO, Fill, Hatch, Key
from services.shared.charts.sankey import Flow, Node, Sankey, sankey
from services.shared.charts.sparkline import Point, Sparkline, sparkline
from services.shared.charts.treemap import Branch, Leaf, Treemap, treemap

__all__ = [
    "GAP",
    "NO_VALUE",
    "SERIES",
    "ZERO",
    "Bar",
    "Bars",
    "Branch",
    "Bullet",
    "Cell",
    "Fill",
    "Flow",
    "Hatch",
    "Heatmap",
    "Key",
    "Leaf",
    "Measure",
    "Node",
    "Part",
    "Point",
    "Row",
    "Sankey",
    "Sparkline",
    "Treemap",
    "bars",
    "bullet",
    "heatmap",
    "sankey",
    "sparkline",
    "treemap",
]
