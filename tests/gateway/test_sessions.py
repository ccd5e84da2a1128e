"""Signing in: a link is good once, a session ends, and nothing but a page of ours signs anybody in or out."""

import asyncio
import html
from datetime import timedelta

import httpx
import psycopg
import pytest

from gateway.access_log import AccessLog, Entry
from gateway.sessions import TICKETS, TicketUsed, ticket_of
from services.shared.database import Connection
from services.shared.tokens import PEOPLE, Signer
from tests.gateway.conftest import Front
from tests.gateway.signing import OURS, sign_in, signer_of, ticket_for

STAFF = "cn-uscc:91310000MA1FL0000X"


async def logged(front: Front) -> list[tuple[str, int, str | None]]:
    """What the access log has: kind, status, subject."""
    entries = (await front.http.get("/api/v1/access-log", headers=front.bearer("auditor"))).json()["items"]
    return [(entry["kind"], entry["status"], entry["subject"]) for entry in entries]


async def test_a_link_shows_a_button_and_the_button_signs_in(front: Front) -> None:
    ticket = ticket_for(front, "manager")
    offered = await front.http.get("/sign-in", params={"ticket": ticket})
    assert offered.status_code == 200 and "管理者" in offered.text
    assert "set-cookie" not in offered.headers
    answer = await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("kepan_session=")
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "secure" not in cookie
    assert ("sign_in", 303, "manager@test") in await logged(front)


async def test_looking_at_a_link_as_often_as_one_likes_does_not_use_it_up(front: Front) -> None:
    ticket = ticket_for(front, "manager")
    for method in ("GET", "HEAD", "GET"):
        assert (await front.http.request(method, "/sign-in", params={"ticket": ticket})).status_code == 200
    assert (await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)).status_code == 303


async def test_a_link_is_good_once(front: Front) -> None:
    ticket = ticket_for(front, "manager")
    first = await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)
    second = await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)
    assert (first.status_code, second.status_code) == (303, 401)
    assert "ticket_used" in second.text and "set-cookie" not in second.headers
    assert ("refusal", 401, "manager@test") in await logged(front)


async def test_of_many_that_use_a_link_at_once_one_is_signed_in(front: Front) -> None:
    ticket = ticket_for(front, "manager")
    answers = await asyncio.gather(
        *(front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [303, *[401] * 7]


async def test_the_same_ticket_written_otherwise_is_still_the_same(front: Front) -> None:
    """The last character of a signature holds bits that mean nothing: another text, the same ticket."""
    ticket = ticket_for(front, "manager")
    await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        answer = await front.http.post("/sign-in", data={"ticket": ticket[:-1] + last}, headers=OURS)
        assert answer.status_code == 401


async def test_only_a_ticket_is_a_ticket(front: Front) -> None:
    signer = signer_of(front)
    others = {
        "a bearer token": signer.sign("manager@test", "manager", PEOPLE, id="a" * 64),
        "run out": signer.sign("manager@test", "manager", TICKETS, lifetime=-10, id="b" * 64),
        "without an id": signer.sign("manager@test", "manager", TICKETS),
        "staff of no agency": ticket_of(signer, "staff@test", "staff"),
        "of another key": ticket_of(Signer("gateway", front.cluster.keys / "catalog.pem"), "manager@test", "manager"),
        "of a service": ticket_of(Signer("catalog", front.cluster.keys / "catalog.pem"), "catalog", "service"),
        "nothing": "",
    }
    for name, text in others.items():
        assert (await front.http.post("/sign-in", data={"ticket": text}, headers=OURS)).status_code == 401, name


async def test_a_ticket_opens_nothing_else(front: Front) -> None:
    bearer = {"Authorization": f"Bearer {ticket_for(front, 'manager')}"}
    assert (await front.http.get("/api/v1/projects", headers=bearer)).status_code == 401
    assert front.portfolio.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {},
    ],
)
async def test_a_form_from_elsewhere_neither_signs_in_nor_out(front: Front, headers: dict[str, str]) -> None:
    ticket = ticket_for(front, "manager")
    refused = await front.http.post("/sign-in", data={"ticket": ticket}, headers=headers)
    assert refused.status_code == 403 and "set-cookie" not in refused.headers
    word = await sign_in(front)
    assert (await front.http.post("/sign-out", data={"word": word}, headers=headers)).status_code == 403
    assert (await front.http.get("/plans/p/q/r")).status_code == 404, "still signed in"
    assert ("refusal", 403, None) in await logged(front)


async def test_a_browser_that_names_the_origin_alone_is_believed(front: Front) -> None:
    headers = {"Origin": str(front.http.base_url).rstrip("/")}
    answer = await front.http.post("/sign-in", data={"ticket": ticket_for(front, "manager")}, headers=headers)
    assert answer.status_code == 303


async def test_signing_out_takes_the_word_of_the_page_and_ends_the_session(front: Front) -> None:
    word = await sign_in(front)
    cookie = front.http.cookies["kepan_session"]
    for wrong in ("", "0" * 64, word[:-1], "字"):
        assert (await front.http.post("/sign-out", data={"word": wrong}, headers=OURS)).status_code == 403
    done = await front.http.post("/sign-out", data={"word": word}, headers=OURS)
    assert done.status_code == 303 and "max-age=0" in done.headers["set-cookie"].lower()
    again = await front.http.get("/plans/p", headers={"Cookie": f"kepan_session={cookie}"})
    assert again.status_code == 401
    assert ("sign_out", 303, "manager@test") in await logged(front)


async def test_without_its_log_nobody_signs_in_or_out_and_nothing_is_used_up(front: Front) -> None:
    ticket = ticket_for(front, "manager")
    with psycopg.connect(front.admin_url, autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON gateway.access_entry FROM gateway")
        refused = await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)
        assert refused.status_code == 503 and "set-cookie" not in refused.headers
        assert "access_log_unavailable" in refused.text
        assert owner.execute("SELECT * FROM gateway.page_session").fetchall() == []
        owner.execute("GRANT INSERT ON gateway.access_entry TO gateway")
        again = await front.http.post("/sign-in", data={"ticket": ticket}, headers=OURS)
        assert again.status_code == 303, "the ticket is still good"
        word = await sign_in(front)
        owner.execute("REVOKE INSERT ON gateway.access_entry FROM gateway")
        refused = await front.http.post("/sign-out", data={"word": word}, headers=OURS)
        assert refused.status_code == 503 and "set-cookie" not in refused.headers
        owner.execute("GRANT INSERT ON gateway.access_entry TO gateway")
        assert (await front.http.get("/plans/p/q/r")).status_code == 404, "still signed in"
        assert (await front.http.post("/sign-out", data={"word": word}, headers=OURS)).status_code == 303
    kinds = [kind for kind, _, _ in await logged(front)]
    assert kinds == ["sign_in", "sign_in", "sign_out"], "one of what was done, none of what was not"


async def test_what_is_refused_beside_an_entry_says_nothing_of_the_log(front: Front) -> None:
    async def refusing(_: Connection) -> None:
        raise TicketUsed()

    log: AccessLog = front.app.state.access_log
    with pytest.raises(TicketUsed):
        await log.record_with(Entry("sign_in", "r", "POST", "/sign-in", 303), refusing)
    assert log._failed is False
    assert await logged(front) == []


@pytest.mark.parametrize(("column", "ago"), [("seen_at", timedelta(hours=2)), ("expires_at", timedelta(0))])
async def test_a_session_ends_of_itself(front: Front, column: str, ago: timedelta) -> None:
    await sign_in(front)
    assert (await front.http.get("/plans/p/q/r")).status_code == 404
    with psycopg.connect(front.admin_url) as connection:
        connection.execute(f"UPDATE gateway.page_session SET {column} = now() - %s".encode(), (ago,))
    assert (await front.http.get("/plans/p/q/r")).status_code == 401


async def test_a_page_moves_the_end_of_an_idle_session(front: Front) -> None:
    await sign_in(front)
    with psycopg.connect(front.admin_url) as connection:
        connection.execute("UPDATE gateway.page_session SET seen_at = now() - interval '1 hour'")
    assert (await front.http.get("/plans/p/q/r")).status_code == 404
    with psycopg.connect(front.admin_url) as connection:
        seen = connection.execute("SELECT now() - seen_at FROM gateway.page_session").fetchone()
    assert seen is not None and seen[0] < timedelta(minutes=1)


async def test_a_session_opens_no_path_of_the_interface(front: Front) -> None:
    await sign_in(front)
    for method, path in (("GET", "/projects"), ("POST", "/projects"), ("GET", "/access-log")):
        assert (await front.http.request(method, f"/api/v1{path}")).status_code == 401
    assert front.portfolio.asked == []


async def test_over_https_the_cookie_is_for_this_host_alone(front: Front) -> None:
    headers = OURS | {"X-Forwarded-Proto": "https"}
    answer = await front.http.post("/sign-in", data={"ticket": ticket_for(front, "manager")}, headers=headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-kepan_session=") and "Secure" in cookie and "Domain" not in cookie


async def test_the_database_holds_neither_tickets_nor_cookies_and_takes_no_use_back(front: Front) -> None:
    await sign_in(front)
    secret = front.http.cookies["kepan_session"]
    with psycopg.connect(front.admin_url) as connection:
        kept = str(connection.execute("SELECT * FROM gateway.page_session").fetchall())
        assert secret not in kept and bytes.fromhex(secret) not in kept.encode("latin-1", "replace")
        forbidden = (
            "DELETE FROM gateway.used_ticket",
            "UPDATE gateway.used_ticket SET subject = 'x'",
            "UPDATE gateway.page_session SET role = 'auditor'",
            "UPDATE gateway.page_session SET expires_at = now()",
        )
        for statement in forbidden:
            connection.execute("SET ROLE gateway")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()


async def test_no_ticket_stands_in_the_access_log(front: Front) -> None:
    ticket = ticket_for(front, "manager")
    await front.http.get("/sign-in", params={"ticket": ticket + "x"})
    await front.http.post("/sign-in", data={"ticket": ticket}, params={"ticket": ticket}, headers=OURS)
    await front.http.get("/plans/p", params={"ticket": ticket})
    answer: httpx.Response = await front.http.get("/api/v1/access-log", headers=front.bearer("auditor"))
    assert len(answer.json()["items"]) >= 2
    assert ticket not in answer.text


async def test_the_persons_name_is_escaped_on_the_button(front: Front) -> None:
    ticket = ticket_of(signer_of(front), "<script>x</script>", "manager")
    text = (await front.http.get("/sign-in", params={"ticket": ticket})).text
    assert "<script" not in text and html.escape("<script>x</script>") in text
