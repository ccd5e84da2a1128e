"""The figures of reports, added up from what entries tell of each project: no cells, no database.

This is the second way to the very figures that reports give, from the journal alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.reporting.contract import Thresholds
from services.reporting.package.catalog import Catalog
from services.reporting.package.entries import Scope, Told
from services.reporting.rules.cases import Record, case_of, is_published
from services.reporting.rules.cells import ANY_YEAR
from services.reporting.rules.coverage import Counted, Question, Sums, figures, notes, task_targets
from services.reporting.rules.facts import KINDS, Movement, money_of, movement_of, presence_of, project_of
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.heads import Head
from services.reporting.rules.indicators import NOT_CUT, indicator_lines
from services.reporting.rules.lines import ALL_LEVELS, coverage_lines, gap_lines
from services.reporting.rules.links import explain_link
from services.reporting.rules.notes import answered_from, not_counted
from services.reporting.rules.rates import COMMITTED
from services.reporting.rules.restating import restated_targets, view
from services.reporting.rules.shape import HOMELESS, NOT_COUNTED, OUTSIDE, ROOT, Shape
from services.reporting.rules.summary import WHOLE_PROJECTS, Names, Summed, summary_lines
from services.reporting.rules.tally import Tally
from services.shared.money import from_fen

PLACE = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class About:
    """What the reports of a package are about."""

    scope: Scope
    edition: int
    as_of: date
    stale_until: int = 0
    """The last position of the portfolio's journal so long ago that a project without an entry since is stale."""


@dataclass
class Figuring:
    """Adds up projects; afterwards `reports` says what the reports have to say."""

    catalog: Catalog
    about: About
    sums: Sums = field(default_factory=Sums)
    by_source: dict[str, list[int]] = field(default_factory=dict)
    by_year: dict[int, list[int]] = field(default_factory=dict)
    by_agency: Counter[str] = field(default_factory=Counter)
    """What is committed to the projects of a lead, in fen."""
    tally: Tally = field(default_factory=Tally)
    _projects: Counter[str] = field(default_factory=Counter)
    _leads: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.editions = self.catalog.known()
        self.plan: Shape = self.editions.shapes[self.about.edition]

    def add(self, told: Told) -> list[Movement]:
        """Add a project; its movements, in the order of the journal."""
        registered = self.editions.shapes[told.document["edition"]]
        project = view(project_of(told.id, told.document, registered), self.editions, self.about.edition)
        movements = [movement_of(wire) for _, wire in told.movements]
        self._tally(told, movements)
        on = self.about.as_of
        held = {fact.task: fact.weight for fact in presence_of(project) if fact.from_on <= on < fact.until_on}
        if held:
            self._count(held, project.cut.agency)
        for movement in movements:
            if movement.on <= on:
                for fact in money_of(project, movement):
                    if fact.from_on <= on < fact.until_on:
                        self._add_money(fact.task, movement, fact.fen, project.cut.agency)
        return movements

    def _tally(self, told: Told, movements: Sequence[Movement]) -> None:
        positions = [position for position, _ in told.movements]
        moved = list(zip(positions, movements, strict=True))
        record = Record(told.id, told.document, told.known_from, moved, told.alterations)
        if is_published(told.document):
            case = case_of(record, self.plan.plan.settings, self.about.as_of)
            self.tally.add(case, self.about.stale_until, case.committed())

    def _count(self, held: Mapping[str, int], lead: str) -> None:
        touched = {
            above for task in held if task in self.plan.nodes or task in HOMELESS for above in self.plan.line(task)
        }
        for node in touched | {ROOT}:
            self._projects[node] += 1
            self._leads.setdefault(node, set()).add(lead)
        for task, weight in held.items():
            if weight >= self.plan.theta:
                self.sums.covering[task] = self.sums.covering.get(task, 0) + 1

    def _add_money(self, task: str, movement: Movement, fen: int, lead: str) -> None:
        place = PLACE[movement.kind]
        held = [self.sums.money.setdefault(task, [0] * len(KINDS))]
        if task not in OUTSIDE:
            held.append(self.by_source.setdefault(movement.source, [0] * len(KINDS)))
            held.append(self.by_year.setdefault(movement.year, [0] * len(KINDS)))
        for sums in held:
            sums[place] += fen
        if movement.kind == "commitment":
            for year in (movement.year, ANY_YEAR):
                key = task, year, movement.source
                self.sums.committed[key] = self.sums.committed.get(key, 0) + fen
            if task not in OUTSIDE:
                self.by_agency[lead] += fen

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures of every node, as the wire has them."""
        self.sums.counts = {node: Counted(n, len(self._leads[node])) for node, n in self._projects.items()}
        question = Question(frozenset(), frozenset(), self.about.scope.narrowed, "tasks")
        stated = restated_targets(self.catalog.standing(self.about.as_of), self.editions, self.about.edition)
        return figures(self.sums, self.plan, task_targets(self.plan, stated, question), question)

    def reports(self, head: Head, agencies: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """By report its whole answer, as the interface gives it; `agencies` are the documents of all, by id."""
        found = self.figures()
        said = notes(self.sums, "", None)
        explained = explain_link(head.of(self.plan), "{code}", "{figure}")
        return {
            "coverage": head.of(self.plan)
            | coverage_lines(self.plan, ALL_LEVELS, self.sums, found)
            | {"explain": explained, "notes": [*said, *formula_notes("coverage")]},
            "gaps": head.of(self.plan)
            | gap_lines(self.plan, ALL_LEVELS, self.sums, found)
            | {"explain": explained, "notes": [*said, *formula_notes("gaps")]},
            "indicators": head.of(self.plan)
            | indicator_lines(self.plan.plan, self.catalog.observed(), self.about.as_of)
            | {"notes": [NOT_CUT, *formula_notes("indicators")]},
            "summary": self._summary(head.of(self.plan), found, agencies),
        }

    def _summary(
        self, head: Mapping[str, Any], found: Mapping[str, dict[str, Any]], agencies: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        called = {id: (agency["name"], agency["district"] or "") for id, agency in agencies.items()}
        names = Names(self.catalog.titles("source"), self.catalog.titles("district"), called)
        summed = Summed(found, self.by_source, self.by_year, self.by_agency, self.tally, names)
        uncounted = self.sums.money.get(NOT_COUNTED, [0] * len(KINDS))[COMMITTED]
        notes = [answered_from(""), not_counted("committed", from_fen(uncounted)), WHOLE_PROJECTS]
        lines = summary_lines(self.plan, head, summed, Thresholds())
        return {**head, **lines, "notes": [*notes, *formula_notes("summary")]}
