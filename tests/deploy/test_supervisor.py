"""The supervisor with stub processes: order, restart, and what is left when it is killed."""

import errno
import os
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import supervisor as supervising
from deploy.postgres import EmbeddedPostgres, free_port
from deploy.processes import command_of
from deploy.supervisor import Child, DidNotStart, Supervisor
from deploy.topology import Process

ROOT = Path(__file__).parents[2]
NAMES = ("first", "second", "third")


def children(folder: Path, factory: str = "tests.deploy.stub:create_app") -> list[Child]:
    """Three stubs that keep a diary in the folder."""
    return [
        Child(
            Process(name, factory, 0),
            free_port(),
            "127.0.0.1",
            {"STUB_NAME": name, "STUB_DIARY": str(folder / "diary")},
            folder / f"{name}.log",
        )
        for name in NAMES
    ]


def diary(folder: Path) -> list[str]:
    """What the stubs wrote."""
    return (folder / "diary").read_text().splitlines()


def soon(what: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it becomes true."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_they_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    running = Supervisor(children(tmp_path), None, lambda _: None)
    running.start()
    running.stop()
    assert diary(tmp_path) == [*(f"start {n}" for n in NAMES), *(f"stop {n}" for n in reversed(NAMES))]


def test_a_dead_child_is_started_again_at_the_same_address_and_that_is_noted(tmp_path: Path) -> None:
    said: list[str] = []
    noted: list[int | None] = []
    second = (stubs := children(tmp_path))[1]
    running = Supervisor(stubs, None, said.append, lambda: noted.append(second.running.pid if second.running else None))
    running.start()
    assert second.running is not None
    killed = second.running
    killed.kill()
    killed.wait()
    # Children get a signal when the thread that started them ends: watch in this one.
    threading.Timer(3.0, running.ask_to_stop).start()
    running.run()
    assert soon(second.healthy)
    assert second.running.pid != killed.pid
    assert said == ["second ended (-9): again in 0.2 s"]
    assert noted[-1] == second.running.pid
    running.stop()
    assert diary(tmp_path).count("start second") == 2


def test_the_pause_before_a_restart_grows_and_is_bounded(tmp_path: Path) -> None:
    said: list[str] = []
    child = children(tmp_path, "tests.deploy.stub:nothing_there")[0]
    child.start()
    running = Supervisor([child], None, said.append)
    for turn in range(9):
        assert child.running is not None
        child.running.wait()
        now = 1000.0 * turn + child.started
        child.started = now
        running._revive(child, now)
        running._revive(child, now + 999.0)
    running.stop()
    assert [line.split()[-2] for line in said] == ["0.2", "0.4", "0.8", "1.6", "3.2", "6.4", "10.0", "10.0", "10.0"]


def watched_until(running: Supervisor, what: Callable[[], bool]) -> bool:
    """Whether it becomes true while the supervisor watches."""

    def watched() -> bool:
        running._watch()
        return what()

    return soon(watched)


class FullDisk:
    """Refuses so many times what needs room on a disk."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked = 0

    def __call__(self) -> None:
        self.asked += 1
        if self.asked <= self.times:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_child_for_which_there_is_no_room_is_tried_again_and_the_others_go_on(tmp_path: Path) -> None:
    said: list[str] = []
    noting = FullDisk(0)
    stubs = children(tmp_path)
    running = Supervisor(stubs, None, said.append, noting)
    running.start()
    noted = noting.asked
    noting.times = noted + 2
    first, second = stubs[0], stubs[1]
    assert first.running is not None and second.running is not None
    log, second.log = second.log, tmp_path / "no such folder" / "log"
    second.running.kill()
    second.running.wait()
    assert watched_until(running, lambda: len(said) == 4)
    second.log = log
    assert watched_until(running, lambda: noting.asked == noted + 3)
    assert first.stands and second.stands
    assert [line.partition(":")[0] for line in said] == [
        *("second ended (-9)", "second does not start") * 2,
        "second ended (-9)",
        *("what runs is not noted",) * 2,
    ]
    assert [line.split()[-2] for line in said[::2]] == ["0.2", "0.4", "0.8", "0.4"]
    running.stop()


class PostgresInvented(EmbeddedPostgres):
    """One that ended, and for which there is no room so many times."""

    def __init__(self, room: FullDisk) -> None:
        self.room = room
        self.stands = False

    @property
    def pid(self) -> int | None:
        return 1 if self.stands else None

    def start(self) -> str:
        self.room()
        self.stands = True
        return ""


def test_postgresql_is_tried_again_after_pauses_that_grow() -> None:
    said: list[str] = []
    postgres = PostgresInvented(FullDisk(8))
    running = Supervisor([], postgres, said.append)
    began = running._postgres_started
    for tenth in range(600):
        if postgres.pid is None:
            running._revive_postgres(postgres, began + tenth / 10)
    assert postgres.room.asked == 9, "in a minute"
    assert [line.split()[-2] for line in said[::2]] == [
        "0.2",
        "0.4",
        "0.8",
        "1.6",
        "3.2",
        "6.4",
        "10.0",
        "10.0",
        "10.0",
    ]
    assert said[1] == "PostgreSQL does not start: [Errno 28] No space left on device"


def test_a_supervisor_whose_words_nobody_takes_goes_on(tmp_path: Path) -> None:
    child = children(tmp_path)[0]
    child.start()
    assert soon(child.healthy) and child.running is not None

    def say(_: str) -> None:
        raise BrokenPipeError

    running = Supervisor([child], None, say)
    child.running.kill()
    child.running.wait()
    assert watched_until(running, child.healthy)
    running.stop()


def test_one_that_can_not_start_says_why(tmp_path: Path) -> None:
    running = Supervisor(children(tmp_path, "tests.deploy.stub:nothing_there"), None, lambda _: None)
    with pytest.raises(DidNotStart, match="nothing_there"):
        running.start()
    running.stop()


def unready(folder: Path) -> list[Child]:
    """Three stubs, of which the second and the third are not ready before the file `needed` is there."""
    stubs = children(folder)
    for child in stubs[1:]:
        child.environment["STUB_NEEDS"] = str(folder / "needed")
    return stubs


def test_a_start_waits_past_its_deadline_as_long_as_something_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "READY_SECONDS", 2.0)
    stubs, said, asked = unready(tmp_path), list[str](), list[float]()

    def under_way() -> bool:
        asked.append(time.monotonic())
        if len(asked) == 2:
            assert stubs[1].running is not None
            stubs[1].running.kill()
        if asked[-1] - asked[0] > 5.0:
            (tmp_path / "needed").touch()
        return True

    running = Supervisor(stubs, None, said.append, under_way=under_way)
    running.start()
    assert asked[-1] - asked[0] > 5.0
    assert said == ["second ended (-9): again in 0.2 s"], "what dies meanwhile is started again"
    running.stop()


def test_a_start_in_which_nothing_is_under_way_ends_with_the_words_of_the_first_that_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "READY_SECONDS", 2.0)
    stubs = unready(tmp_path)
    stubs[1].log.write_text("why it is not\n")
    running = Supervisor(stubs, None, lambda _: None)
    with pytest.raises(DidNotStart, match=r"second did not start .*\nwhy it is not"):
        running.start()
    running.stop()


def test_one_that_dies_while_the_last_gets_ready_ends_the_start(tmp_path: Path) -> None:
    stubs = unready(tmp_path)

    def kill_the_second() -> bool:
        assert stubs[1].running is not None
        stubs[1].running.kill()
        return False

    running = Supervisor(stubs, None, lambda _: None, under_way=kill_the_second)
    began = time.monotonic()
    with pytest.raises(DidNotStart, match="second did not start"):
        running.start()
    assert time.monotonic() - began < supervising.READY_SECONDS / 2
    running.stop()


def test_one_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "STOP_SECONDS", 0.5)
    child = children(tmp_path)[0]
    with child.log.open("ab") as log:
        program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
        child.running = subprocess.Popen([sys.executable, "-u", "-c", program], stdout=log, start_new_session=True)
    assert soon(lambda: "deaf" in child.log.read_text())
    child.stop()
    assert child.running.returncode == -9


def test_children_die_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import time; from pathlib import Path; from deploy.supervisor import Supervisor\n"
        "from tests.deploy.test_supervisor import children\n"
        f"running = Supervisor(children(Path({str(tmp_path)!r})), None, print); running.start()\n"
        "print(*(child.running.pid for child in running.children), flush=True); time.sleep(600)"
    )
    killed = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    pids = [int(pid) for pid in killed.stdout.readline().split()]
    assert len(pids) == len(NAMES)
    killed.kill()
    killed.communicate()
    assert soon(lambda: not any(command_of(pid) for pid in pids))


def test_a_proxy_of_the_environment_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    child = children(tmp_path)[0]
    child.start()
    assert soon(child.healthy)
    child.stop()


def test_a_log_that_is_too_long_is_begun_anew_while_its_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LOGS_SECONDS", 0.0)
    stubs = children(tmp_path)[:2]
    chatty, quiet = stubs
    program = "import time\nfor n in range(10**6): print(f'{n:099}', flush=True); time.sleep(0.0005)"
    with chatty.log.open("ab") as log:
        chatty.running = subprocess.Popen([sys.executable, "-c", program], stdout=log, start_new_session=True)
    quiet.log.write_text("few words\n")
    quiet.running = chatty.running
    running = Supervisor(stubs, None, lambda _: None, log_bytes=20_000)
    before = tmp_path / "first.log.1"
    seen: set[int] = set()

    def turned_twice() -> bool:
        if before.exists():
            seen.add(before.stat().st_ino)
        return len(seen) > 1

    assert watched_until(running, turned_twice)
    assert chatty.stands and chatty.log.stat().st_size < 20_000 < before.stat().st_size < 200_000
    chatty.stop()
    lines = (before.read_text() + chatty.log.read_text()).splitlines()
    assert all(len(line) == 99 for line in lines), "no line is torn and no hole is left"
    numbers = [int(line) for line in lines]
    assert numbers == sorted(set(numbers)), "nothing is there twice"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["first.log", "first.log.1", "second.log"]


def test_a_log_that_can_not_be_begun_anew_is_told_and_goes_on(tmp_path: Path) -> None:
    said: list[str] = []
    child = children(tmp_path)[0]
    child.log.write_text("words\n" * 100)
    (tmp_path / ".first.log.1").mkdir()
    Supervisor([child], None, said.append, log_bytes=10)._turn_logs()
    assert child.log.read_text() == "words\n" * 100
    assert len(said) == 1 and "first.log is long and can not be begun anew" in said[0]


def test_the_last_words_of_a_long_log_are_read_from_its_end(tmp_path: Path) -> None:
    child = children(tmp_path)[0]
    assert child.last_words == ""
    with child.log.open("wb") as log:
        log.truncate(1 << 26)
        log.seek(0, os.SEEK_END)
        log.write("末".encode() * 60_000 + b"\nlast words\n")
    tracemalloc.start()
    assert child.last_words.endswith("\nlast words")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 20
