"""The witness, before logs that are honest, forked, shrunk, swapped or silent."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from deploy.witness import FORK, NOTHING_LEARNED, Fork, NotWitnessed, Witness, look_at_all
from services.shared import merkle
from services.shared.notes import Checkpoint, NoteSigner, signed

PAGE = 3
"""Entries that the invented logs give at a time."""


class InventedLogs:
    """Both logs behind a front door, as lists of leaves that a test changes."""

    def __init__(self) -> None:
        self.signers = {name: NoteSigner.generate(f"kepan/{name}/test") for name in ("catalog", "portfolio")}
        self.leaves: dict[str, list[bytes]] = {name: [] for name in self.signers}
        self.bodies: dict[str, list[str]] = {name: [] for name in self.signers}
        self.down = False
        self.replaced: dict[str, list[NoteSigner]] = {}
        self.extension = ""

    def add(self, log: str, *contents: bytes) -> None:
        self.leaves[log] += [merkle.leaf_hash(content) for content in contents]
        self.bodies[log] += [content.decode() for content in contents]

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("nobody is there")
        log = "catalog" if "/catalog/" in request.url.path else "portfolio"
        leaves = self.leaves[log]
        nodes = {(0, i): leaf for i, leaf in enumerate(leaves)}
        nodes |= {(level, place): hash for level, place, hash in merkle.grown(0, [], leaves)}
        if request.url.path.endswith("/checkpoint"):
            signers = self.replaced.get(log, [self.signers[log]])
            text = Checkpoint(signers[0].verifier.name, len(leaves), merkle.root(nodes, len(leaves))).text()
            text += self.extension
            return httpx.Response(200, text=signed(text, signers))
        if request.url.path.endswith("/journal"):
            after = int(request.url.params["after"])
            items = [{"position": place, "body": body} for place, body in enumerate(self.bodies[log], 1)]
            return httpx.Response(200, json={"items": items[after : after + PAGE], "next": after + PAGE})
        old, new = int(request.url.params["from"]), int(request.url.params["to"])
        spans = merkle.consistency_spans(old, new)
        return httpx.Response(200, json={"hashes": [merkle.hash_of(nodes, span).hex() for span in spans]})


@pytest.fixture
def logs() -> InventedLogs:
    found = InventedLogs()
    found.add("catalog", b"plan")
    found.add("portfolio", b"a", b"b", b"c")
    return found


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "witnessed.jsonl"


@pytest.fixture
def watching(logs: InventedLogs, state: Path) -> Witness:
    http = httpx.Client(transport=httpx.MockTransport(logs.answer), base_url="http://kepan.invalid/api/v1")
    return Witness(http, [signer.verifier for signer in logs.signers.values()], state)


def test_logs_that_grow_are_followed_in_a_file_that_is_only_added_to(
    logs: InventedLogs, watching: Witness, state: Path
) -> None:
    kept = b""
    for grown in range(5):
        assert look_at_all(watching) == 0
        assert state.read_bytes().startswith(kept)
        kept = state.read_bytes()
        logs.add("portfolio", *(f"{grown}-{i}".encode() for i in range(grown)))
    assert watching.look("portfolio").before == 3 + 0 + 1 + 2 + 3
    assert look_at_all(watching) == 0


def test_a_log_that_did_not_move_adds_no_line(watching: Witness, state: Path) -> None:
    assert look_at_all(watching) == 0
    kept = state.read_bytes()
    assert look_at_all(watching) == 0
    assert state.read_bytes() == kept


@pytest.mark.parametrize("more", [0, 1, 6])
@pytest.mark.parametrize("changed", [0, 1, 2])
def test_an_entry_changed_under_a_checkpoint_is_a_fork_now_and_ever_after(
    logs: InventedLogs,
    watching: Witness,
    state: Path,
    changed: int,
    more: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert look_at_all(watching) == 0
    logs.leaves["portfolio"][changed] = merkle.leaf_hash(b"forged")
    logs.add("portfolio", *(str(i).encode() for i in range(more)))
    for _ in range(2):
        assert look_at_all(watching) == FORK
        said = capsys.readouterr().err
        assert "FORK: the log of portfolio is not to be trusted: its first 3 entries are not those" in said
        assert "seen before:\n  kepan/portfolio/test\n  3\n" in said
        assert f"seen now:\n  kepan/portfolio/test\n  {3 + more}\n" in said
    evidence = [json.loads(line) for line in state.read_text().splitlines()]
    assert [line["refused"] is None for line in evidence] == [True, True, False, False]


def test_a_log_that_shrank_is_a_fork(logs: InventedLogs, watching: Witness) -> None:
    watching.look("portfolio")
    logs.leaves["portfolio"].pop()
    with pytest.raises(Fork, match="shrank from 3 entries to 2"):
        watching.look("portfolio")


def test_a_checkpoint_signed_by_a_stranger_is_a_fork(logs: InventedLogs, watching: Witness) -> None:
    logs.signers["portfolio"] = NoteSigner.generate("kepan/portfolio/test")
    with pytest.raises(Fork, match="no trusted key"):
        watching.look("portfolio")


def test_a_trusted_log_in_the_place_of_another_is_a_fork(logs: InventedLogs, watching: Witness) -> None:
    logs.signers["portfolio"] = logs.signers["catalog"]
    with pytest.raises(Fork, match="another log answers"):
        watching.look("portfolio")


def test_a_log_that_is_silent_teaches_nothing_and_is_no_fork(
    logs: InventedLogs, watching: Witness, state: Path
) -> None:
    logs.down = True
    assert look_at_all(watching) == NOTHING_LEARNED
    assert not state.exists()


def test_a_file_whose_last_line_is_cut_off_is_not_added_to(watching: Witness, state: Path) -> None:
    watching.look("portfolio")
    state.write_bytes(state.read_bytes()[:-20])
    with pytest.raises(NotWitnessed, match="cut off"):
        watching.look("portfolio")


@pytest.mark.parametrize("sign", ["\u0085", "\u2028", "\u2029", "\x7f"])
def test_a_sign_that_ends_lines_elsewhere_keeps_no_fork_from_being_seen(
    logs: InventedLogs, watching: Witness, sign: str
) -> None:
    logs.extension = f"an extension{sign}of one line\n"
    assert look_at_all(watching) == 0
    logs.add("portfolio", b"d")
    assert look_at_all(watching) == 0
    logs.leaves["portfolio"][0] = merkle.leaf_hash(b"forged")
    assert look_at_all(watching) == FORK


@pytest.mark.parametrize("size", [1, 3, 4, 7, 8, 13])
def test_who_reads_every_entry_finds_the_root_that_was_shown(
    logs: InventedLogs, watching: Witness, capsys: pytest.CaptureFixture[str], size: int
) -> None:
    logs.add("catalog", *(f"{n}".encode() for n in range(size - 1)))
    assert look_at_all(watching, entries=True) == 0
    said = capsys.readouterr().out
    assert f"all {size} entries read" in said and "all 3 entries read" in said


def _swapped(bodies: list[str]) -> None:
    bodies[0], bodies[1] = bodies[1], bodies[0]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda bodies: bodies.__setitem__(1, "other"),
        lambda bodies: bodies.pop(),
        lambda bodies: bodies.pop(0),
        lambda bodies: bodies.insert(1, "slipped in"),
        _swapped,
        lambda bodies: bodies.clear(),
    ],
)
def test_who_reads_every_entry_finds_one_that_was_changed_under_its_hash(
    logs: InventedLogs, watching: Witness, capsys: pytest.CaptureFixture[str], tamper: Callable[[list[str]], None]
) -> None:
    assert look_at_all(watching, entries=True) == 0
    tamper(logs.bodies["portfolio"])
    assert look_at_all(watching) == 0, "the hashes alone are as they were"
    assert look_at_all(watching, entries=True) == FORK
    assert "the log of portfolio is not to be trusted" in capsys.readouterr().err


def test_entries_after_the_checkpoint_are_left_for_the_next_look(logs: InventedLogs, watching: Witness) -> None:
    watching.look("portfolio")
    logs.add("portfolio", b"d", b"e")
    assert watching.read_whole("portfolio") == 3


def test_while_a_key_is_replaced_a_witness_needs_either(logs: InventedLogs, state: Path) -> None:
    first = logs.signers["portfolio"]
    second = NoteSigner.generate(first.verifier.name)
    http = httpx.Client(transport=httpx.MockTransport(logs.answer), base_url="http://kepan.invalid/api/v1")
    for signers, trusted, believed in (
        ([first], [first], True),
        ([first, second], [first], True),
        ([first, second], [second], True),
        ([second], [first, second], True),
        ([second], [first], False),
    ):
        logs.replaced = {"portfolio": signers}
        watching = Witness(http, [one.verifier for one in trusted], state)
        if believed:
            watching.look("portfolio")
        else:
            with pytest.raises(Fork, match="not believed"):
                watching.look("portfolio")
