"""What the catalog says of a plan, ready to check registrations against."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.catalog.contract import PlanDocument, Programme, Vocabulary, carrying_nodes

Problem = dict[str, str]


@dataclass(frozen=True)
class Knowledge:
    """What the catalog says of one plan, made ready for checking registrations against it."""

    plan: PlanDocument
    edition: int
    vocabularies: dict[str, Vocabulary]

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_order", {code: i for i, code in enumerate(carrying_nodes(self.plan.levels, self.plan.nodes))}
        )
        object.__setattr__(self, "_known", {node.code for node in self.plan.nodes})
        terms = {name: {t.code for t in v.terms if t.active} for name, v in self.vocabularies.items()}
        object.__setattr__(self, "_terms", terms)

    def order(self, code: str) -> int | None:
        """The place of a task in the plan, or None where shares may not name it."""
        found: int | None = self._order.get(code)  # type: ignore[attr-defined]
        return found

    def stands(self, code: str) -> bool:
        """Whether the plan has a node with this code, of whatever level."""
        return code in self._known  # type: ignore[attr-defined]

    def allows(self, vocabulary: str, code: str) -> bool:
        """Whether the code is an active term; a vocabulary that the catalog does not have allows everything."""
        terms = self._terms.get(vocabulary)  # type: ignore[attr-defined]
        return terms is None or code in terms

    def programme(self, name: str | None) -> Programme:
        """What a programme decides for its projects; the plan's defaults where it has no settings of its own."""
        settings = self.plan.settings
        return settings.programmes.get(name or "", settings.programme)

    def today(self) -> date:
        """Today in the plan's time zone."""
        return datetime.now(ZoneInfo(self.plan.time_zone)).date()


def problem(pointer: str, code: str, detail: str) -> Problem:
    """One thing that is wrong with a request."""
    return {"pointer": pointer, "code": code, "detail": detail}


def value_problems(values: dict[str, str | None], knowledge: Knowledge) -> list[Problem]:
    """Codes that their vocabularies do not have. `values`: field → code."""
    vocabulary_of = {"state": "project_state"}
    return [
        unknown_value(f"/{field}", vocabulary_of.get(field, field), value)
        for field, value in values.items()
        if value is not None and not knowledge.allows(vocabulary_of.get(field, field), value)
    ]


def unknown_value(pointer: str, vocabulary: str, value: str) -> Problem:
    detail = f"{value} is no active term of {vocabulary}: GET /api/v1/vocabularies/{vocabulary} lists them"
    return problem(pointer, "unknown_value", detail)
