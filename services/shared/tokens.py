"""Bearer tokens: who signs them, who is calling.

Each process has an Ed25519 key named after it; the public halves lie in one key-set file that all can read. People's
tokens are signed by the gateway for the audience `kepan`; a service signs its own for the audience of its callee. A
token of role `service` is believed only if the key that signed it bears the service's name.
"""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.errors import Forbidden, Unauthenticated

PEOPLE = "kepan"
ISSUER = "kepan"
ALGORITHM = "Ed25519"
ROLES = frozenset(
    {"staff", "approver", "manager", "auditor", "editor", "system_admin", "security_admin", "audit_admin", "service"}
)
OF_ONE_AGENCY = frozenset({"staff", "approver"})


class InvalidToken(Unauthenticated):
    """The bearer token is not valid (wrong signature, expired, or for another audience): ask for a fresh one."""


class RoleNotAllowed(Forbidden):
    """The role {role} may not do this; it takes one of: {allowed}."""


class Caller(BaseModel):
    """Who is calling: a person with a role, bound to an agency where the role is; or a service."""

    model_config = ConfigDict(frozen=True)

    subject: str
    role: str
    agency: str | None = None

    def needs(self, *roles: str) -> None:
        """Refuse the caller unless it has one of the roles."""
        if self.role not in roles:
            raise RoleNotAllowed(role=self.role, allowed=", ".join(roles))


class Verified(NamedTuple):
    """What a token says, once its signature was checked; `id` is empty where it was given none."""

    expires: float
    caller: Caller
    id: str


class Signer:
    """Signs tokens with the key of one process."""

    def __init__(self, name: str, key_file: Path) -> None:
        self.name = name
        self._key = OKPKey.import_key(key_file.read_bytes())

    def sign(
        self,
        subject: str,
        role: str,
        audience: str = PEOPLE,
        agency: str | None = None,
        lifetime: int = 12 * 3600,
        id: str = "",
    ) -> str:
        """A token for `subject`, good for `lifetime` seconds; `id` tells it from every other one."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": subject, "role": role, "aud": audience, "iat": now, "exp": now + lifetime}
        if agency:
            claims["agency"] = agency
        if id:
            claims["jti"] = id
        header = {"alg": ALGORITHM, "kid": self.name}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def as_service(self, audience: str) -> str:
        """A short-lived token of this service for its callee."""
        return self.sign(self.name, "service", audience, lifetime=600)


class Verifier:
    """Believes tokens signed by a key of the key set for one of its audiences; remembers what it verified."""

    def __init__(self, key_set_file: Path, audiences: Iterable[str], remembered: int = 10_000) -> None:
        self._keys = KeySet.import_key_set(json.loads(key_set_file.read_text()))
        self._audiences = frozenset(audiences)
        self._remembered: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()
        self._most = remembered

    def caller(self, token: str) -> Caller:
        """Who this token speaks for, or InvalidToken."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if known is not None:
            if known[0] > time.time():
                return known[1]
            del self._remembered[digest]
        expires, caller, _ = self.verified(token)
        self._remembered[digest] = (expires, caller)
        if len(self._remembered) > self._most:
            self._remembered.popitem(last=False)
        return caller

    def verified(self, token: str) -> Verified:
        """All that this token says, checked anew, or InvalidToken."""
        try:
            decoded = jwt.decode(token, self._keys, algorithms=[ALGORITHM])
            claims = decoded.claims
            jwt.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, exp={"essential": True}).validate(claims)
            caller = Caller(subject=claims["sub"], role=claims["role"], agency=claims.get("agency"))
        except (JoseError, ValueError, KeyError, ValidationError):
            raise InvalidToken() from None
        signer = decoded.header.get("kid")
        if claims.get("aud") not in self._audiences or caller.role not in ROLES:
            raise InvalidToken()
        if (caller.role == "service" and signer != caller.subject) or (
            caller.role != "service" and signer != "gateway"
        ):
            raise InvalidToken()
        if caller.role in OF_ONE_AGENCY and not caller.agency:
            raise InvalidToken()
        return Verified(float(claims["exp"]), caller, str(claims.get("jti", "")))


def bearer(header: str | None) -> str:
    """The token of an Authorization header."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidToken()
    return token.strip()
