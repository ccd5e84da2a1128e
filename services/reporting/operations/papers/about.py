"""What a paper says that its report's answer does not: titles of codes, and whether data are invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field

INVENTED = "演示数据"
"""The mark of papers with invented data."""
UNCLASSIFIED = {"unclassified": "未分类"}


@dataclass(frozen=True)
class About:
    """A plan in words, as known at the positions of a report. A code without a title is said as it is."""

    title: str
    """The plan's."""
    levels: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By vocabulary and code."""
    agencies: Mapping[str, str] = field(default_factory=dict)
    """Those that the report names."""
    invented: bool = False

    def term(self, vocabulary: str, code: str) -> str:
        """The title of a term."""
        return (UNCLASSIFIED | dict(self.terms.get(vocabulary, {}))).get(code, code)

    def level(self, code: str) -> str:
        """The title of a level of the plan."""
        return self.levels.get(code, code)

    def agency(self, id: str) -> str:
        """The name of an agency."""
        return self.agencies.get(id, id)

    def node(self, code: str) -> str:
        """A node with its code, and the plan as a whole."""
        if code == "total":
            return "全部"
        return f"{code} {self.nodes[code]}" if code in self.nodes else code
