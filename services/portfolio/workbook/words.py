"""What codes are called in a workbook."""

from collections.abc import Mapping

from services.catalog.contract import PlanDocument, Vocabulary, carrying_nodes
from services.portfolio.contract import Share


class Words:
    """Titles of terms and of a plan's tasks, as a list writes them and an import reads them."""

    def __init__(self, plan: PlanDocument, vocabularies: Mapping[str, Vocabulary]) -> None:
        self._titles = {node.code: node.title for node in plan.nodes}
        self._carrying = carrying_nodes(plan.levels, plan.nodes)
        self._vocabularies = vocabularies
        self._terms = {code: {term.code: term.title for term in v.terms} for code, v in vocabularies.items()}

    def term(self, vocabulary: str, code: str | None) -> str:
        """The title of a term; a code that the vocabulary does not know stands for itself, no code is an empty cell."""
        return self._terms.get(vocabulary, {}).get(code, code) if code else ""

    def terms(self, vocabulary: str) -> list[str]:
        """The titles that may be chosen, in the vocabulary's order; none of a vocabulary that is not there."""
        known = self._vocabularies.get(vocabulary)
        return [term.title for term in known.terms if term.active] if known else []

    def aliases(self, vocabulary: str) -> list[str]:
        """What else an import reads as one of these terms."""
        known = self._vocabularies.get(vocabulary)
        return [alias for term in known.terms if term.active for alias in term.aliases] if known else []

    def task(self, code: str) -> str:
        """`4.8 材料基因组`: the code is exact where two tasks have the same title."""
        title = self._titles.get(code)
        return f"{code} {title}" if title else code

    def tasks(self) -> list[str]:
        """The nodes that a share may name, in plan order."""
        return [self.task(code) for code in self._carrying]

    def shares(self, shares: list[Share]) -> tuple[str, str]:
        """The cells 规划任务 and 任务权重 of a project, in the same order: `4.8 材料基因组；5.10 …` and `70；30`."""
        weights = (f"{share.weight.normalize():f}" for share in shares)
        return "；".join(self.task(share.code) for share in shares), "；".join(weights)
