"""Real small processes for the launcher's tests: started by pid, watched by pid, ended by pid."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

CHILD = """
import os, signal, sys, time
name, diary = sys.argv[1], sys.argv[2]
def note(what):
    with open(diary, "a") as file:
        file.write(f"{name} {what} {os.getpid()}\\n")
def stop(*_):
    time.sleep(0.2)
    note("stop")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("start")
print("hello from", name, flush=True)
time.sleep(600)
"""
"""`python -c CHILD NAME DIARY`: writes its life into the diary, needs 0.2 s to stop."""


def until(holds: Callable[[], bool], what: str, timeout_seconds: float = 20.0) -> None:
    """Poll until something holds; an AssertionError naming it otherwise."""
    deadline = time.monotonic() + timeout_seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout_seconds:g} s: {what}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process still runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def diary(path: Path) -> list[tuple[str, str, int]]:
    """`(name, what, pid)` in the order of writing."""
    if not path.exists():
        return []
    entries = [line.split() for line in path.read_text().splitlines()]
    return [(name, what, int(pid)) for name, what, pid in entries]


@contextlib.contextmanager
def script(source: str, *arguments: str, output: Path, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run Python source as a process of its own, its output in a file; killed at the end of the block."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERMILL_", "TEMPORAL_"))}
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", source, *arguments],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**clean, "PYTHONPATH": str(ROOT), **environment},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
