"""Processes of this machine: how a child dies with its parent, and how one that outlived its parent is ended."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def dies_with_parent(how: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """What a child runs first so that it gets a signal when its parent dies, however that happens (Linux only).

    The kernel looks at the thread that started the child: start children from a thread that lives as long as they do.
    """
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(how))
        if os.getppid() != parent:
            os.kill(os.getpid(), how)

    return before_exec


def command_of(pid: int) -> str:
    """The command line of a process; empty when it has ended (a zombie has none either)."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    asked = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def end(pid: int, words: tuple[str, ...], *steps: tuple[signal.Signals, float]) -> None:
    """End a process whose command line has all these words: each signal gets its seconds before the next is sent.

    The words guard against a number that another process bears by now.
    """

    def stands() -> bool:
        command = command_of(pid)
        return bool(command) and all(word in command for word in words)

    for how, seconds in steps:
        if not stands():
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, how)
        deadline = time.monotonic() + seconds
        while stands() and time.monotonic() < deadline:
            time.sleep(0.05)
