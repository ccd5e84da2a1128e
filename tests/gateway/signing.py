"""Signing in to a gateway under test."""

import re

from gateway.sessions import ticket_of
from services.shared.tokens import Signer
from tests.gateway.conftest import Front

OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form of ours."""


def signer_of(front: Front) -> Signer:
    """The gateway's key."""
    return Signer("gateway", front.cluster.keys / "gateway.pem")


def ticket_for(front: Front, role: str, agency: str | None = None) -> str:
    """A ticket for somebody of a role."""
    return ticket_of(signer_of(front), f"{role}@test", role, agency)


async def sign_in(front: Front, role: str = "manager", agency: str | None = None) -> str:
    """Sign somebody in, the cookie staying with the caller; the word of the form that signs out."""
    front.http.cookies.clear()
    ticket = ticket_for(front, role, agency)
    answer = await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)
    assert answer.status_code == 303, answer.text
    page = await front.http.get("/plans/p/q/r")
    found = re.search(r'name="word" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    return found[1]
