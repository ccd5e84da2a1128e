"""Signing in to the pages: a ticket that is good once becomes a session, which a cookie carries.

A ticket is a token of the gateway's key for an audience of its own, so that whoever holds the key can print a link
without a database; it opens nothing else. What makes it good once is its id: the table of used tickets takes each one
a single time, in the transaction that makes the session. Of a cookie the table holds the SHA-256 alone.

Sessions open pages, never the interface below /api/v1: so a site that makes a browser send its cookie can change
nothing there. The forms of the pages are believed only from a page of ours.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from gateway import store
from services.shared.database import Connection, Database
from services.shared.errors import Forbidden, Unauthenticated
from services.shared.tokens import ROLES, Caller, InvalidToken, Signer, Verified, Verifier

TICKETS = "kepan sign-in"
"""The audience of tickets."""
PEOPLES_ROLES = ROLES - {"service"}
TICKET_SECONDS = 12 * 3600
LIFETIME = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last page's moment is kept: not every page needs a write."""


class NotSignedIn(Unauthenticated):
    """Nobody is signed in here, or the session has ended: open a sign-in link (`kepan signin` prints one)."""


class TicketNotValid(Unauthenticated):
    """This sign-in link is not valid or has run out: `kepan signin` prints another one."""


class TicketUsed(Unauthenticated):
    """This sign-in link was used before, and is good once: `kepan signin` prints another one."""


class FormNotOurs(Forbidden):
    """This form was not sent from a page of ours: open the page anew and try again."""


def ticket_of(signer: Signer, subject: str, role: str, agency: str | None = None) -> str:
    """A ticket with 256 random bits as its id."""
    return signer.sign(subject, role, TICKETS, agency, TICKET_SECONDS, secrets.token_hex(32))


class Sessions:
    """Who is signed in to the pages."""

    def __init__(self, database: Database, verifier: Verifier) -> None:
        """`verifier`: one that believes tickets and nothing else."""
        self._database = database
        self._verifier = verifier

    def ticket(self, text: str) -> Verified:
        """What a ticket says; whether it was used is seen when it is exchanged."""
        try:
            found = self._verifier.verified(text)
        except InvalidToken:
            raise TicketNotValid() from None
        if not found.id or found.caller.role not in PEOPLES_ROLES:  # a service signs its own tokens, for any audience
            raise TicketNotValid()
        return found

    async def caller(self, scope: Scope) -> Caller:
        """Who is signed in, by the request's cookie."""
        secret = secret_in(scope)
        if not secret:
            raise NotSignedIn()
        async with self._database.transaction() as connection:
            found = await store.session(connection, _hash(secret), IDLE)
            if found is None:
                raise NotSignedIn()
            caller, unseen = found
            if unseen > SEEN_EVERY:
                await store.session_seen(connection, _hash(secret))
        return caller


def fresh_secret() -> str:
    """What the cookie of a session is to hold: 256 random bits."""
    return secrets.token_hex(32)


async def begin(connection: Connection, ticket: Verified, secret: str) -> None:
    """Exchange a ticket for a session whose cookie holds the secret."""
    if not await store.use_ticket(connection, _hash(ticket.id), ticket.caller.subject):
        raise TicketUsed()
    await store.add_session(connection, _hash(secret), ticket.caller, LIFETIME)


async def end(connection: Connection, scope: Scope) -> None:
    """Forget the session of the request's cookie."""
    await store.end_session(connection, _hash(secret_in(scope)))


def form_word(scope: Scope) -> str:
    """What a form of a signed-in page has to bring along: only a page that knows the session can know it."""
    return hmac.new(secret_in(scope).encode(), b"kepan form", hashlib.sha256).hexdigest()


def must_be_our_form(scope: Scope) -> None:
    """Refuse a form that no page of ours has sent, as the browser says; one that does not say is refused as well."""
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    ours = site == "same-origin" if site is not None else _host_of_origin(headers) == headers.get("host", "?")
    if not ours:
        raise FormNotOurs()


def _host_of_origin(headers: Headers) -> str:
    """The host that a browser names as the form's origin; empty where that is no address."""
    try:
        return urlsplit(headers.get("origin", "")).netloc
    except ValueError:
        return ""


def cookie_name(scope: Scope) -> str:
    """Browsers take a name that starts with `__Host-` from this very host alone, and only over https."""
    return "__Host-kepan_session" if scope["scheme"] == "https" else "kepan_session"


def secret_in(scope: Scope) -> str:
    """What the session's cookie holds, empty where there is none."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(cookie_name(scope), "")


def set_cookie(response: Response, scope: Scope, secret: str) -> None:
    """Give the cookie, or take it away (empty). Lax: a link from elsewhere opens a page, its form brings no cookie."""
    response.set_cookie(
        cookie_name(scope),
        secret,
        max_age=int(LIFETIME.total_seconds()) if secret else 0,
        path="/",
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def same_word(given: str, known: str) -> bool:
    """Whether a form brought the right word, in a time that says nothing about how much of it is right."""
    return hmac.compare_digest(given.encode(), known.encode())
