"""Reports in the terminal: a figure is shown whole, however narrow the terminal is."""

from typing import Any

import pytest

from deploy import reports

FIGURES = ("projects", "committed", "disbursed", "target", "gap", "covered")


def _answer(title: str) -> dict[str, Any]:
    amounts = {"committed": "1234567890123.45", "disbursed": "98765432109.87", "target": "1234567890.00", "gap": None}
    item = {"code": "5.10", "title": title, "projects": 12, "covered": True} | amounts
    return {
        "items": [item],
        "totals": item,
        "denominators": {"tasks": 58},
        "unit": "CNY",
        "as_of": "2018-06-30",
        "edition": 1,
        "recorded_at": None,
    }


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("title", ["短", "演示：城市地下空间的综合利用与安全的一个很长的名称，放不下"])
def test_figures_are_whole_in_a_terminal_of_any_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, title: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    reports._show(_answer(title), "committed", FIGURES)
    said = capsys.readouterr().out
    for figure in ("123,456,789.01", "9,876,543.21", "123,456.79", "5.10", "disbursed"):
        assert figure in said, (columns, figure)
    assert "…" not in said
