"""Signing in and out.

A sign-in link opens a page with a button, and the button uses the ticket up: programs that look at links before people
do (previews in a chat, a browser that reads ahead) leave it good.
"""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from gateway import sessions
from gateway.access_log import AccessLog, entry_of
from gateway.pages.rendering import HEADERS, PageRoute, page, style
from gateway.refusals import Refusals
from gateway.sessions import FormNotOurs, Sessions, form_word, must_be_our_form, same_word, set_cookie
from services.shared.errors import ServiceError
from services.shared.tokens import Caller
from services.shared.web import UnknownPath

router = APIRouter(route_class=PageRoute, include_in_schema=False)
READ = ["GET", "HEAD"]
MOST = 4_000
"""Characters of a ticket."""


@router.api_route("/sign-in", methods=READ)
async def offer_sign_in(request: Request, ticket: str = "") -> Response:
    """The button that uses the ticket; nothing is used up by looking."""
    if not ticket:
        return page("welcome.html")
    try:
        found = sessions_of(request).ticket(ticket[:MOST])
    except ServiceError as error:
        await refused(request, error)
        raise
    return page("sign_in.html", ticket=ticket, person=found.caller)


@router.post("/sign-in")
async def sign_in(request: Request, ticket: Annotated[str, Form(max_length=MOST)] = "") -> Response:
    """Exchange a ticket for a session, together with its entry: a ticket that opened nothing is not used up."""
    caller, secret = None, sessions.fresh_secret()
    try:
        must_be_our_form(request.scope)
        found = sessions_of(request).ticket(ticket)
        caller = found.caller
        entry = entry_of(request.scope, "sign_in", 303, caller, query="")
        await log_of(request).record_with(entry, partial(sessions.begin, ticket=found, secret=secret))
    except ServiceError as error:
        await refused(request, error, caller)
        raise
    answer = RedirectResponse("/", 303, dict(HEADERS))
    set_cookie(answer, request.scope, secret)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, word: Annotated[str, Form(max_length=200)] = "") -> Response:
    """End the session, together with its entry; the cookie goes as well."""
    caller = None
    try:
        must_be_our_form(request.scope)
        caller = await sessions_of(request).caller(request.scope)
        if not same_word(word, form_word(request.scope)):
            raise FormNotOurs()
        entry = entry_of(request.scope, "sign_out", 303, caller, query="")
        await log_of(request).record_with(entry, partial(sessions.end, scope=request.scope))
    except ServiceError as error:
        await refused(request, error, caller)
        raise
    answer = RedirectResponse("/", 303, dict(HEADERS))
    set_cookie(answer, request.scope, "")
    return answer


@router.api_route("/static/{name}", methods=READ)
async def static(name: str) -> Response:
    """The style sheet, under a name that changes with it: a browser never asks for it again."""
    known, content = style()
    if name != known:
        raise UnknownPath(method="GET", path=f"/static/{name}")
    kept = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="text/css; charset=utf-8", headers=kept)


def sessions_of(request: Request) -> Sessions:
    """The sessions of this gateway."""
    found: Sessions = request.app.state.sessions
    return found


def log_of(request: Request) -> AccessLog:
    """The access log of this gateway."""
    found: AccessLog = request.app.state.access_log
    return found


async def refused(request: Request, error: ServiceError, caller: Caller | None = None) -> None:
    """Write a refusal down. A query may hold a ticket: it stays out of the log."""
    refusals: Refusals = request.app.state.refusals
    await refusals.record(request.scope, error, caller, query="")
