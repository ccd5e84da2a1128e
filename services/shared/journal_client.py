"""Asking for a journal and its proofs: one form for the clients of catalog and portfolio."""

from services.shared.client import ServiceClient
from services.shared.journal import Feed
from services.shared.log import Consistency, Inclusion


class JournalClient(ServiceClient):
    """The client of a service that keeps a journal."""

    journal_path = "/journal"

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """GET …/journal: a page of the feed; a caller that waits is answered when there is something."""
        query = {"after": after, "limit": limit, "wait": wait}
        answer = await self.call("GET", self.journal_path, query=query, timeout=wait + 30)
        return Feed.model_validate_json(answer.content)

    async def checkpoint(self, size: int | None = None) -> str:
        """GET …/journal/checkpoint: the signed note over the first `size` entries, or over all there are."""
        return (await self.call("GET", f"{self.journal_path}/checkpoint", query={"size": size})).text

    async def inclusion_proof(self, position: int, size: int | None = None) -> Inclusion:
        """GET …/journal/proofs/inclusion: that an entry stands at its position."""
        query = {"position": position, "size": size}
        answer = await self.call("GET", f"{self.journal_path}/proofs/inclusion", query=query)
        return Inclusion.model_validate_json(answer.content)

    async def consistency_proof(self, old: int, new: int | None = None) -> Consistency:
        """GET …/journal/proofs/consistency: that the later journal begins with the whole earlier one."""
        answer = await self.call("GET", f"{self.journal_path}/proofs/consistency", query={"from": old, "to": new})
        return Consistency.model_validate_json(answer.content)
