"""How far reporting has followed the journals, asked while a run starts: a large home takes its time after an update
that makes the reports anew, and a start waits as long as they move."""

import time
from collections.abc import Callable, Mapping

import httpx

from services.shared.notes import BadNote, Checkpoint
from services.shared.tokens import Signer

NOT_CAUGHT_UP = "not_caught_up"
"""The code that reporting's /readyz answers with until it was at the end of both journals once."""
PATIENCE = 900.0
"""So many seconds without a move and a start no longer waits. A page is applied as a whole: that takes a minute."""
LOOK_SECONDS = 1.0
FIRST_WORD = 10.0
WORD_SECONDS = 30.0
JOURNALS = {"catalog": "/api/v1/catalog/journal", "portfolio": "/api/v1/journal"}
FASTER = "; `kepan reporting rebuild` in another terminal does it several times as fast"


class Following:
    """Asked again and again, says whether reporting still follows, and tells a person now and then how far it is."""

    def __init__(
        self,
        http: httpx.Client,
        addresses: Mapping[str, str],
        signer: Signer,
        rebuilt: Callable[[], bool],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`addresses`: where each service answers; `rebuilt`: whether `kepan reporting rebuild` runs, whose work is
        seen only when all of it is done."""
        self._http = http
        self._clock = clock
        self._addresses = addresses
        self._signer = signer
        self._rebuilt = rebuilt
        self._say = say
        self._follows = False
        self._entries: int | None = None
        self._look_at = self._word_at = self._moved_at = 0.0

    def __call__(self) -> bool:
        """True from when reporting says that it has not caught up until it has, or until nothing moved for PATIENCE
        seconds. One that does not answer in between may be on its way back."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._look(now)
        return self._follows and now - self._moved_at < PATIENCE

    def _look(self, now: float) -> None:
        ready = self._caught_up()
        if ready is False and not self._follows:
            self._follows, self._moved_at, self._word_at = True, now, now + FIRST_WORD
        elif ready:
            self._follows = False
        if not self._follows:
            return
        entries, rebuilt = self._followed(), self._rebuilt()
        if rebuilt or entries not in (None, self._entries):
            self._entries, self._moved_at = entries, now
        if now >= self._word_at:
            self._word_at = now + WORD_SECONDS
            self._say(f"reporting follows the journals: {self._words(rebuilt)}")

    def _words(self, rebuilt: bool) -> str:
        if rebuilt:
            return "they are read anew by `kepan reporting rebuild`, which says how far it is"
        if self._entries is None:
            return "it does not say how far it is"
        known = self._known()
        return f"{self._entries}{'' if known is None else f' of {known}'} entries{FASTER}"

    def _caught_up(self) -> bool | None:
        """Whether reporting is ready; None where it says something else than that it has not caught up."""
        try:
            answer = self._ask("reporting", "/readyz")
            return answer.is_success or (False if answer.json()["code"] == NOT_CAUGHT_UP else None)
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None

    def _followed(self) -> int | None:
        """How many entries of both journals are in the reports; None where that can not be learned."""
        try:
            positions = self._ask("reporting", "/api/v1/reports/positions").raise_for_status().json()["positions"]
            return sum(int(positions[journal]) for journal in JOURNALS)
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None

    def _known(self) -> int | None:
        """How many entries both journals have; None where that can not be learned."""
        try:
            notes = [self._ask(name, f"{path}/checkpoint").raise_for_status().text for name, path in JOURNALS.items()]
            return sum(Checkpoint.parse(note.rpartition("\n\n")[0] + "\n").size for note in notes)
        except (httpx.HTTPError, BadNote):
            return None

    def _ask(self, name: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._signer.sign('supervisor', 'auditor', lifetime=600)}"}
        return self._http.get(self._addresses[name] + path, headers=headers)
