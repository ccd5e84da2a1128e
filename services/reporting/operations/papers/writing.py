"""Writing a report's paper, in a process of its own: what it needs is loaded there alone."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from services.reporting.files.as_csv import write_csv
from services.reporting.files.as_pdf import pdf_of
from services.reporting.files.as_xlsx import write_xlsx
from services.reporting.files.paper import Paper
from services.reporting.operations.papers.compare import compare_paper
from services.reporting.operations.papers.coverage import coverage_paper, gaps_paper
from services.reporting.operations.papers.diff import diff_paper
from services.reporting.operations.papers.flows import flows_paper
from services.reporting.operations.papers.matrix import matrix_paper
from services.reporting.operations.papers.rates import exceptions_paper, indicators_paper, summary_paper
from services.reporting.operations.papers.trend import trend_paper

Encoding = Literal["utf-8-sig", "gb18030"]
PAPERS: dict[str, Callable[[Mapping[str, Any], str], Paper]] = {
    "coverage": coverage_paper,
    "gaps": gaps_paper,
    "matrix": matrix_paper,
    "trend": trend_paper,
    "flows": flows_paper,
    "compare": compare_paper,
    "diff": diff_paper,
    "summary": summary_paper,
    "exceptions": exceptions_paper,
    "indicators": indicators_paper,
}
"""By report what its paper is made from: the answer of the wire, and the plan's title."""


def write(report: str, answer: str, title: str, target: str, encoding: Encoding) -> None:
    """Write a report's answer (JSON) to a file whose name says in which form; `encoding` is that of .csv."""
    paper = PAPERS[report](json.loads(answer), title)
    path = Path(target)
    if path.suffix == ".csv":
        write_csv(paper, paper.tables[paper.main], path, encoding)
    elif path.suffix == ".xlsx":
        write_xlsx(paper, path)
    else:
        path.write_bytes(pdf_of(paper))
