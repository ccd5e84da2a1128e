"""Writing once: idempotency keys, versions and dry runs, in the transaction of the operation."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import DateTime, Integer, String, Text, text
from sqlmodel import Field, SQLModel

from services.shared.database import Connection, Database, Rollback, one
from services.shared.errors import (
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    PreconditionFailed,
    PreconditionRequired,
)
from services.shared.tokens import Caller


@dataclass(frozen=True)
class Answer:
    """What a write answers: also what is kept under its idempotency key."""

    status: int
    body: str
    etag: str | None = None
    location: str | None = None


@dataclass(frozen=True)
class Write:
    """A write as it came in: who, by which route, under which key, against which version, for real or not."""

    caller: Caller
    route: str
    body: bytes
    key: str | None = None
    if_match: str | None = None
    validate_only: bool = False
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.body).hexdigest())

    def matches(self, version: int | str) -> None:
        """Refuse the write unless If-Match names the current version, as the ETag that was answered holds it."""
        if self.if_match is None:
            raise PreconditionRequired()
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in self.if_match.split(",")}
        if str(version) not in tags and "*" not in tags:
            raise PreconditionFailed(version=version)


class KeyColumns(SQLModel):
    """idempotency_key: the answers of writes that came with a key, kept for at least 7 days (`forgetting`)."""

    caller: str = Field(sa_type=String, primary_key=True)
    route: str = Field(sa_type=String, primary_key=True)
    key: str = Field(sa_type=String, primary_key=True)
    digest: str = Field(sa_type=String, nullable=False)
    status: int = Field(sa_type=Integer, nullable=False)
    body: str = Field(sa_type=Text, nullable=False)
    etag: str | None = Field(sa_type=String, nullable=True)
    location: str | None = Field(sa_type=String, nullable=True)
    created_at: datetime = Field(
        sa_type=DateTime(timezone=True), nullable=False, index=True, sa_column_kwargs={"server_default": text("now()")}
    )


Operation = Callable[[Connection], Awaitable[Answer]]


async def perform(database: Database, write: Write, operation: Operation) -> Answer:
    """Run an operation once for its key and commit it before the answer is given.

    The same key with the same body gets the stored answer, with another body IdempotencyKeyReused; while the first is
    under way, IdempotencyKeyInFlight. A dry run (`validate_only`) answers as the write would and keeps nothing.
    """
    async with database.transaction() as connection:
        if write.key is not None:
            stored = await _claimed(connection, database.schema, write)
            if stored is not None:
                return stored
        answer = await operation(connection)
        if write.validate_only:
            raise Rollback
        if write.key is not None:
            await connection.execute(
                "INSERT INTO idempotency_key (caller, route, key, digest, status, body, etag, location)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    write.caller.subject,
                    write.route,
                    write.key,
                    write.digest,
                    answer.status,
                    answer.body,
                    answer.etag,
                    answer.location,
                ),
            )
    return answer


async def _claimed(connection: Connection, schema: str, write: Write) -> Answer | None:
    """Take the lock of a key, and the answer that is stored under it."""
    name = "\x1f".join((schema, write.caller.subject, write.route, write.key or ""))
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    # Two statements: the second one's snapshot is taken after the lock, so it sees what the holder committed.
    lock = await one(connection, "SELECT pg_try_advisory_xact_lock(%s) AS taken", (number,))
    assert lock is not None
    if not lock["taken"]:
        raise IdempotencyKeyInFlight(retry_after=1)
    found = await one(
        connection,
        "SELECT digest, status, body, etag, location FROM idempotency_key"
        " WHERE caller = %s AND route = %s AND key = %s",
        (write.caller.subject, write.route, write.key),
    )
    if found is None:
        return None
    if found.pop("digest") != write.digest:
        raise IdempotencyKeyReused()
    return Answer(**found)
