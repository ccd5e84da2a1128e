"""Who may come in by the front door, and to what: everything that no line of the table allows is refused.

The table is coarse on purpose. Which agency's projects somebody may see or change is the services' decision; they
verify the same token themselves.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from gateway.refusals import Refusals
from services.shared.errors import ServiceError
from services.shared.tokens import Caller, Verifier, bearer
from services.shared.web import PREFIX, UnknownPath

READING = frozenset({"GET", "HEAD"})
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BUSINESS = ("staff", "approver", "manager", "auditor", "editor")
REGISTRARS = ("staff", "approver", "manager")


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the public paths: who answers there, who may read, who may write."""

    service: str
    readers: tuple[str, ...] = BUSINESS
    writers: tuple[str, ...] = ()


AREAS = {
    "plans": Area("catalog", writers=("editor",)),
    "vocabularies": Area("catalog", writers=("editor",)),
    "catalog": Area("catalog", writers=("editor",)),
    "agencies": Area("portfolio", writers=REGISTRARS),
    "projects": Area("portfolio", writers=REGISTRARS),
    "personal-values": Area("portfolio", readers=("auditor",)),
    "imports": Area("portfolio", writers=REGISTRARS),
    "journal": Area("portfolio"),
    "reports": Area("reporting", writers=("staff", "manager", "auditor")),
    "snapshots": Area("reporting", readers=("manager", "auditor"), writers=("manager", "auditor")),
    "access-log": Area("gateway", readers=("auditor", "audit_admin")),
}
"""By the first step of the path below /api/v1; `/projects.xlsx` belongs to `projects`."""

ASKING = re.compile(r"/api/v1/plans/[^/]+/suggestions")
"""POSTs that change nothing: whoever may read may ask."""
UNTIDY = re.compile(r"//|/\.{1,2}(/|$)|[\x00-\x1f\x7f]")
"""Paths that two programs could read in two ways."""


class MethodNotAllowed(ServiceError):
    """{method} is not used here: {allow} are."""

    status = 405


def area_of(path: str) -> Area | None:
    """The area of a decoded path, or None where there is nothing."""
    if not path.startswith(PREFIX + "/") or UNTIDY.search(path):
        return None
    first = path[len(PREFIX) + 1 :].partition("/")[0]
    return AREAS.get(first) or AREAS.get(first.partition(".")[0])


def is_write(method: str, path: str) -> bool:
    """Whether a request may change something."""
    return method not in READING and not (method == "POST" and ASKING.fullmatch(path))


def allowed(method: str, path: str) -> tuple[str, ...]:
    """The roles that may do this; UnknownPath or MethodNotAllowed where nobody could."""
    area = area_of(path)
    if area is None:
        raise UnknownPath(method=method, path=path)
    if method not in READING | WRITING:
        raise MethodNotAllowed(method=method, allow="")
    return area.writers if is_write(method, path) else area.readers


class Door:
    """Lets a request in or refuses it, and writes refusals down."""

    def __init__(self, verifier: Verifier, refusals: Refusals, methods: Callable[[str], Iterable[str]]) -> None:
        """`methods`: those that the document of the whole system has for a path."""
        self._verifier = verifier
        self._refusals = refusals
        self._methods = methods

    async def admit(self, scope: Scope) -> Caller:
        """The caller of an allowed request."""
        caller = None
        try:
            caller = self._verifier.caller(bearer(Headers(scope=scope).get("authorization")))
            caller.needs(*allowed(scope["method"], scope["path"]))
        except MethodNotAllowed:
            raise MethodNotAllowed(method=scope["method"], allow=", ".join(self._methods(scope["path"]))) from None
        except ServiceError as refusal:
            await self._refusals.record(scope, refusal, caller)
            raise
        return caller
