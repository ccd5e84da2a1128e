"""What a person is told about the reports that he saved, as a page says it: pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from gateway.pages.plan import address
from gateway.pages.words import wan
from services.reporting.contract import Notice, SavedReport

OWNERS = ("staff", "manager", "auditor")
"""Who may save reports and is told."""
MOST = 10
EVERY_LEVEL = "all"
"""What a cut may name instead of a level; a page lists one."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words: of which day, what happened, and the saved cut with its page as of that day ("" where the cut
    is gone)."""

    as_of: date
    said: str
    name: str
    link: str


def told(notices: Iterable[Notice], saved: Iterable[SavedReport]) -> tuple[Told, ...]:
    """Notices with the pages of the cuts that they are about."""
    known = {report.id: report for report in saved}
    return tuple(Told(one.as_of, _said(one), one.name, _link(one, known)) for one in notices)


def _said(notice: Notice) -> str:
    node = f"{notice.node} {notice.title}"
    if notice.code == "task_uncovered":
        return f"{node} 不再覆盖"
    way = "超过提醒线" if notice.code == "gap_over" else "回到提醒线以内"
    before, after = (f"{wan(amount)} 万元" if amount is not None else "无" for amount in (notice.before, notice.after))
    return f"{node} 的缺口{way}：由 {before} 变为 {after}"


def _link(notice: Notice, known: dict[UUID, SavedReport]) -> str:
    report = known.get(notice.saved)
    if report is None:
        return ""
    cut = report.cut
    query = {
        "as_of": notice.as_of.isoformat(),
        "level": cut.level if cut.level != EVERY_LEVEL else None,
        "year": ",".join(map(str, cut.year)),
        "agency": cut.agency,
        "district": cut.district,
        "fund_class": cut.fund_class,
        "source": ",".join(cut.source),
        "stage": cut.stage,
        "edition": str(cut.edition) if cut.edition is not None else None,
        "denominator": cut.denominator,
    }
    return address(report.plan, **{name: value for name, value in query.items() if value})
