"""What a plan and its keepers decide about the IATI files that they take in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from services.catalog.contract import Level, NodeDocument, PlanDocument, Settings, carrying_nodes
from services.portfolio.iati.codes import DEFAULT_VOCABULARY


@dataclass(frozen=True)
class IatiDialect:
    """How a publisher's codes are read for a plan."""

    plan: str
    """The plan's slug."""
    currency: str
    """The plan's; amounts in others are refused, as no rate is invented."""
    nodes: Mapping[str, str]
    """Sector, as `vocabulary:code` or as the code alone, to the node of the plan; nodes in plan order."""
    vocabulary: str | None = None
    """The vocabulary whose sectors are taken where an activity has several; else the one with most known sectors."""
    tolerance: Decimal = Decimal("0.1")
    """How far from 100 percentages may be to be repaired, in percent."""
    languages: tuple[str, ...] = ("zh", "en")
    """Which texts are preferred."""
    scheme: str = "local"
    """The scheme of agencies whose ref begins with no prefix of `schemes`."""
    schemes: Mapping[str, str] = field(default_factory=dict)
    """Beginning of a ref (its register, such as CN-USCC) to the scheme of the rest."""
    source: str = "other"
    """Where money comes from when `sources` does not say."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Code of OrganisationType of who provides the money to the source."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """Code of ActivityStatus to the one that this publisher means by it."""
    without_sector: str | None = None
    """The node that takes an activity without any sector; such are refused where it is not given."""

    def node_of(self, vocabulary: str, code: str) -> str | None:
        """The node for a sector, or None where the plan has none."""
        return self.nodes.get(sector_key(vocabulary, code)) or self.nodes.get(code)

    def place_of(self, node: str) -> int:
        """The node's place in plan order."""
        return self._places[node]

    @cached_property
    def _places(self) -> dict[str, int]:
        known = [*self.nodes.values(), *([self.without_sector] if self.without_sector else [])]
        return {node: i for i, node in enumerate(dict.fromkeys(known))}


def sector_key(vocabulary: str, code: str) -> str:
    """A sector with its vocabulary, as a dialect's `nodes` and the nodes of `plan_of` are named: what a node's code
    may not hold becomes a hyphen."""
    return re.sub(r"[\s,|]+", "-", f"{vocabulary}:{code}")[:64]


def dialect_of(plan: PlanDocument) -> IatiDialect:
    """The dialect of a plan whose nodes that carry shares are named as the sectors are, by their code or
    `vocabulary:code`."""
    return IatiDialect(
        plan=plan.slug, currency=plan.currency, nodes={c: c for c in carrying_nodes(plan.levels, plan.nodes)}
    )


def plan_of(sectors: Iterable[tuple[str, str, str]], slug: str, currency: str) -> PlanDocument:
    """A plan of one level that is made of sectors (vocabulary, code, name), in the order of their codes.

    Raises a ValidationError for a slug or a currency that is none, and where there is no sector.
    """
    numbers: dict[str, str] = {}
    names: dict[str, str] = {}
    for vocabulary, code, name in sectors:
        key = sector_key(vocabulary, code)
        numbers[key] = code if vocabulary == DEFAULT_VOCABULARY else key
        names[key] = names.get(key) or name
    return PlanDocument(
        slug=slug,
        title=f"Sectors of {slug}",
        currency=currency,
        time_zone="UTC",
        settings=Settings(agency_schemes=["local"], covering_weight=Decimal(0)),
        levels=[Level(code="sector", title="Sector", carries_shares=True)],
        nodes=[
            NodeDocument(code=key, level="sector", number=numbers[key], title=(names[key] or numbers[key])[:500])
            for key in sorted(names)
        ],
    )
