"""The error family: five kinds hold the status, a concrete error adds a name and a sentence.

    class UnknownNode(NotFound):
        "No node {code} in plan {plan}."

    raise UnknownNode(code="4.99", plan="shanghai-sti-13")

The docstring is the message, the class name in snake case is the stable code, and a client raises the very same
class again on its side of the wire.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Refusal(ValueError):
    """A value that a field does not take, with the stable code of the rule: raised by validators of wire types."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


class ServiceError(Exception):
    """Something that the caller is told about. Never raised itself: its kinds are."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "service_error"
    known: ClassVar[dict[str, type["ServiceError"]]] = {}

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        clash = ServiceError.known.get(cls.code)
        assert clash is None or clash.__qualname__ == cls.__qualname__, f"two errors are named {cls.code}"
        ServiceError.known[cls.code] = cls

    def __init__(
        self, *, errors: Sequence[Mapping[str, Any]] = (), retry_after: int | None = None, **facts: Any
    ) -> None:
        """`facts` fill the docstring; `errors` point at the parts of the request that are wrong."""
        self.facts = facts
        self.errors = [dict(error) for error in errors]
        self.retry_after = retry_after
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """The sentence for the reader: the class docstring, filled with the facts."""
        return " ".join((type(self).__doc__ or "").split()).format_map(_Facts(self.facts))

    @property
    def title(self) -> str:
        """The code in words."""
        return self.code.replace("_", " ").capitalize()

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 body."""
        body: dict[str, Any] = {
            "type": f"urn:kepan:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            body["errors"] = self.errors
        if self.facts:
            body["facts"] = {
                name: value if isinstance(value, int) else str(value) for name, value in self.facts.items()
            }
        return body


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"({key} not given)"


class Invalid(ServiceError):
    """The request is not acceptable as it stands."""

    status = 422


class Unauthenticated(ServiceError):
    """The request carries no valid bearer token: ask for one and send it in the Authorization header."""

    status = 401


class Forbidden(ServiceError):
    """The caller may not do this."""

    status = 403


class NotFound(ServiceError):
    """There is no such thing."""

    status = 404


class Conflict(ServiceError):
    """The request conflicts with what stands already."""

    status = 409


class Unavailable(ServiceError):
    """The service can not answer now: try again."""

    status = 503


class Malformed(Invalid):
    """The request does not have the documented form: see errors."""


class ServiceUnreachable(Unavailable):
    """The {service} service does not answer: try again."""


class UnexpectedAnswer(Unavailable):
    """The {service} service gave an answer that is not understood."""


class PreconditionRequired(ServiceError):
    """A change needs If-Match with the ETag that was last read."""

    status = 428


class PreconditionFailed(ServiceError):
    """It was changed meanwhile: read it again (the current version is {version}) and repeat the change."""

    status = 412


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key came before with another body: use a fresh key for another request."""


class IdempotencyKeyInFlight(Conflict):
    """A request with this Idempotency-Key is being worked on: repeat it in a moment."""


def from_problem(service: str, status: int, body: Mapping[str, Any]) -> ServiceError:
    """The error that `service` raised, rebuilt from its problem body."""
    kind = ServiceError.known.get(str(body.get("code")))
    if kind is None or kind.status != status:
        return UnexpectedAnswer(service=service)
    return kind(errors=body.get("errors", ()), **dict(body.get("facts", {})))
