"""Stand-ins for neighbours."""

from services.catalog.contract import UnknownPlan, Vocabulary
from services.portfolio.remembered import RememberedCatalog
from services.portfolio.rules import Knowledge
from tests.builders import knowledge, some_vocabularies


class FakeCatalog(RememberedCatalog):
    """A catalog that has the small plan of the builders."""

    def __init__(self) -> None:
        self.known = knowledge()

    async def plan(self, slug: str, fresh: bool = False) -> Knowledge:
        if slug != self.known.plan.slug:
            raise UnknownPlan(plan=slug)
        return self.known

    async def vocabularies(self) -> dict[str, Vocabulary]:
        return {v.code: v for v in some_vocabularies()}
