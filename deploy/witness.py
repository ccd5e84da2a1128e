"""A witness: somebody who remembers what the logs of the journals said, and sees when they take it back.

It keeps the checkpoints that it saw in a file, one JSON object a line, to which it only adds. Whoever changes an entry
that a kept checkpoint stands over can not show a checkpoint that extends it. A witness is worth as much as its file
and its list of keys are out of reach of those who run the system: both belong on another machine.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.home import home_of
from deploy.keys import refuse_json
from deploy.local import note_of
from services.shared import merkle
from services.shared.notes import BadNote, Checkpoint, NoteVerifier, checkpoint_of, verifiers_in
from services.shared.tokens import Signer

JOURNALS = {"catalog": "/catalog/journal", "portfolio": "/journal"}
NOTHING_LEARNED = 1
FORK = 2
NO_SUCH_FORM = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What comes of reading JSON that is formed in another way than is agreed."""


class NotWitnessed(Exception):
    """Nothing could be learned about a log; the text says why."""


class Fork(Exception):
    """A log shows something else than it has shown before; the text says what was seen."""


@dataclass(frozen=True)
class Seen:
    """A checkpoint of a log, and how many entries it had at the checkpoint before."""

    checkpoint: Checkpoint
    before: int | None


class Witness:
    """The witness of the logs behind one front door."""

    def __init__(self, http: httpx.Client, trusted: Sequence[NoteVerifier], state: Path) -> None:
        """`http` asks below /api/v1 as an auditor; `trusted`: the keys that checkpoints may be signed with."""
        self._http = http
        self._trusted = trusted
        self._state = state

    def look(self, log: str) -> Seen:
        """Fetch the checkpoint of a log, check it against the last one, keep it: Fork or NotWitnessed where not."""
        note = self._ask(f"{JOURNALS[log]}/checkpoint").text
        before = self._before(log)
        try:
            found = self._checked(log, note, before)
        except Fork as fork:
            self._keep(log, note, str(fork))
            raise
        if found != before:
            self._keep(log, note, None)
        return Seen(found, before.size if before else None)

    def read_whole(self, log: str) -> int:
        """Read every entry up to the checkpoint that was accepted last and make its root of them: Fork where another
        one comes out. How many entries there were."""
        held = self._before(log)
        if held is None:
            return 0
        tree = merkle.Growing()
        while tree.size < held.size:
            after = tree.size
            for position, content in self._page(log, after)[: held.size - after]:
                if position == tree.size + 1:
                    tree.add(merkle.leaf_hash(content))
            if tree.size == after:
                raise Fork(f"after {after} entries there is a gap below the checkpoint\n{_shown(held)}")
        if tree.root() != held.root:
            shown = _shown(held)
            raise Fork(f"its first {held.size} entries, as they stand now, do not make the root it showed\n{shown}")
        return held.size

    def _page(self, log: str, after: int) -> list[tuple[int, bytes]]:
        """Positions and contents of some entries; NotWitnessed where the answer has another form."""
        answer = self._ask(JOURNALS[log], {"after": after, "limit": 1_000})
        try:
            return [_entry(item) for item in answer.json()["items"]]
        except NO_SUCH_FORM:
            raise NotWitnessed(f"this is no page of a journal: {answer.text[:500]}") from None

    def _checked(self, log: str, note: str, before: Checkpoint | None) -> Checkpoint:
        try:
            found = checkpoint_of(note, self._trusted)
        except BadNote as error:
            raise Fork(f"its checkpoint is not believed: {error}\n{note}") from None
        if found.origin.split("/")[:2] != ["kepan", log]:
            raise Fork(f"another log answers in its place\n{_shown(found)}")
        if before is None:
            return found
        both = f"seen before:\n{_shown(before)}seen now:\n{_shown(found)}"
        if found.origin != before.origin:
            raise Fork(f"another log answers in its place\n{both}")
        if found.size < before.size:
            raise Fork(f"it shrank from {before.size} entries to {found.size}\n{both}")
        if not self._extends(log, before, found):
            raise Fork(f"its first {before.size} entries are not those that it showed before\n{both}")
        return found

    def _extends(self, log: str, before: Checkpoint, found: Checkpoint) -> bool:
        hashes: list[bytes] = []
        if found.size > before.size:
            answer = self._ask(f"{JOURNALS[log]}/proofs/consistency", {"from": before.size, "to": found.size})
            try:
                hashes = [bytes.fromhex(text) for text in answer.json()["hashes"]]
            except NO_SUCH_FORM:
                raise NotWitnessed(f"this is no consistency proof: {answer.text[:500]}") from None
        return merkle.consistent(before.size, found.size, hashes, before.root, found.root)

    def _ask(self, path: str, query: dict[str, int] | None = None) -> httpx.Response:
        try:
            answer = self._http.get(path, params=query)
        except httpx.HTTPError as error:
            raise NotWitnessed(f"it does not answer: {error}") from None
        if not answer.is_success:
            raise NotWitnessed(f"GET {path} answers {answer.status_code}: {answer.text[:500]}")
        return answer

    def _before(self, log: str) -> Checkpoint | None:
        """The checkpoint of a log that was accepted last; NotWitnessed where the file of them is damaged."""
        try:
            return self._last(log)
        except NO_SUCH_FORM:
            raise NotWitnessed(f"a line of {self._state} is none that a witness writes: see what it was") from None

    def _last(self, log: str) -> Checkpoint | None:
        """The checkpoint of a log that was accepted last; it was verified then, by a key that may be gone now."""
        if not self._state.exists():
            return None
        text = self._state.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            raise NotWitnessed(f"the last line of {self._state} is cut off: see what it was, and take it away")
        # Of what ends lines elsewhere, JSON leaves some in its texts (U+2028, U+0085): here only the newline does.
        kept = [json.loads(line) for line in text.split("\n")[:-1]]
        notes = [line["note"] for line in kept if line["log"] == log and line["refused"] is None]
        return Checkpoint.parse(notes[-1].rpartition("\n\n")[0] + "\n") if notes else None

    def _keep(self, log: str, note: str, refused: str | None) -> None:
        """Add a line; a note that was refused stays as evidence."""
        seen_at = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"log": log, "seen_at": seen_at, "refused": refused, "note": note}, ensure_ascii=False)
        with self._state.open("a", encoding="utf-8") as opened:
            opened.write(line + "\n")
            opened.flush()
            os.fsync(opened.fileno())


def _entry(item: Any) -> tuple[int, bytes]:
    if not isinstance(item["position"], int):
        raise TypeError("a position is a number")
    return item["position"], item["body"].encode()


def _shown(checkpoint: Checkpoint) -> str:
    return "".join(f"  {line}\n" for line in checkpoint.text().splitlines())


def look_at_all(watching: Witness, entries: bool = False) -> int:
    """Look at each log, and at all its entries if asked to, and say what was seen: 0, NOTHING_LEARNED or FORK, the
    worst of them."""
    worst = 0
    for log in JOURNALS:
        try:
            seen = watching.look(log)
            read = f"; all {watching.read_whole(log)} entries read" if entries else ""
        except Fork as fork:
            typer.echo(f"kepan: FORK: the log of {log} is not to be trusted: {fork}", err=True)
            worst = FORK
        except NotWitnessed as error:
            typer.echo(f"kepan: {log}: {error}", err=True)
            worst = max(worst, NOTHING_LEARNED)
        else:
            since = "seen for the first time" if seen.before is None else f"extends the {seen.before} seen before"
            typer.echo(f"{seen.checkpoint.origin}: {seen.checkpoint.size} entries, {since}{read}")
    return worst


def witness(
    state: Annotated[Path, typer.Option(help="the file of checkpoints: only added to, made where there is none")],
    url: Annotated[
        str | None, typer.Option(help="the gateway; by default KEPAN_URL, or that of this home's run")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="the note verifiers to trust, one a line; by default those of this home")
    ] = None,
    entries: Annotated[
        bool, typer.Option("--entries", help="also read every entry, and make the checkpoint's root of them")
    ] = False,
) -> None:
    """Check that the journals' logs only ever grow: 0 when they do, 2 on a fork, 1 where nothing could be learned.

    The caller is the auditor of KEPAN_TOKEN, or one of this home. Get the keys from GET /api/v1/keys once, compare them
    with somebody who has them from elsewhere, and keep them.
    """
    home = home_of()
    address = url or os.environ.get("KEPAN_URL") or note_of(home).get("address")
    file = keys or home / "keys" / "log-keys.txt"
    signing = home / "keys" / "gateway.pem"
    token = os.environ.get("KEPAN_TOKEN") or (
        signing.exists() and Signer("gateway", signing).sign("witness", "auditor")
    )
    if not address or not token or not file.exists():
        typer.echo(
            "kepan: a witness needs --url, --keys and an auditor's KEPAN_TOKEN away from a running home", err=True
        )
        raise typer.Exit(NOTHING_LEARNED)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60, trust_env=False) as http:
        try:
            refuse_json(file)
            watching = Witness(http, verifiers_in(file.read_text(encoding="utf-8")), state)
            outcome = look_at_all(watching, entries)
        except (BadNote, OSError, ValueError) as error:
            typer.echo(f"kepan: {error}", err=True)
            outcome = NOTHING_LEARNED
    raise typer.Exit(outcome)
