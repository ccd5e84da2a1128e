"""Writing a report's paper, in a process of its own: what it needs is loaded there alone."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.reporting.files.as_csv import Encoding, write_csv
from services.reporting.files.as_pdf import pdf_of
from services.reporting.files.as_xlsx import write_xlsx
from services.reporting.files.paper import Paper
from services.reporting.operations.papers.about import About
from services.reporting.operations.papers.compare import compare_paper
from services.reporting.operations.papers.coverage import coverage_paper, gaps_paper
from services.reporting.operations.papers.diff import diff_paper
from services.reporting.operations.papers.flows import flows_paper
from services.reporting.operations.papers.matrix import matrix_paper
from services.reporting.operations.papers.rates import exceptions_paper, indicators_paper, summary_paper
from services.reporting.operations.papers.trend import trend_paper

PAPERS: dict[str, Callable[[Mapping[str, Any], About], Paper]] = {
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
"""By report what its paper is made from: the answer of the wire, and what it is about in words."""


def write(report: str, answer: str, about: About, target: str, encoding: Encoding, table: str | None) -> None:
    """Write a report's answer (JSON) to a file whose name says in which form; `encoding` is that of .csv, and `table`
    the key of the one that it holds, by default the main one."""
    paper = PAPERS[report](json.loads(answer), about)
    path = Path(target)
    if path.suffix == ".csv":
        held = next((one for one in paper.tables if one.key == table), paper.tables[paper.main])
        write_csv(paper, held, path, encoding)
    elif path.suffix == ".xlsx":
        write_xlsx(paper, path)
    else:
        path.write_bytes(pdf_of(paper))
