"""Processes of the systems that are measured: started tethered, stopped by their own id, and what CPU they have used.

CPU is read from /proc (Linux): user and system time of a process, of its living descendants, and of those that have ended and
were waited for. A tick is 10 ms; bursts use seconds.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx2

from ordermill.launch.tether import tethered
from tests.plain_http import NO_CERTIFICATES

TICKS: Final = os.sysconf("SC_CLK_TCK")
STOP_SECONDS: Final = 15
STAT_PARENT, STAT_CPU = 1, slice(11, 15)
"""Fields of /proc/PID/stat after the command's name: the parent's id; utime, stime, cutime, cstime."""


class Missing(Exception):
    """A peer cannot be installed or started here; says what is missing.

    `said`: the end of a log. It may name this machine's folders and registries, so it is for the terminal and no page.
    """

    def __init__(self, reason: str, log: Path | None = None) -> None:
        super().__init__(reason)
        self.said = tail(log) if log is not None else ""


def cpu_seconds(pid: int, proc: Path = Path("/proc")) -> float:
    """What this process and its descendants have used. 0 when it is gone."""
    children: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # ended while we looked
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[STAT_PARENT]), []).append(int(entry.name))
                used[int(entry.name)] = sum(map(int, fields[STAT_CPU]))
    ticks, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        ticks += used.get(one, 0)
        waiting.extend(children.get(one, ()))
    return ticks / TICKS


def memory_bytes(pid: int) -> int:
    """A process's own memory (PSS): pages it shares count in parts. 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


@contextlib.contextmanager
def started(
    command: list[str], log: Path, environment: Mapping[str, str], folder: Path, end: signal.Signals = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """This command for the length of the block; its output in `log`. `end`: the signal it listens to."""
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603
            tethered(command), env=os.environ | environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        stop(process, end)


def stop(process: subprocess.Popen[bytes], end: signal.Signals) -> None:
    """This signal, and SIGKILL to the one that does not listen."""
    process.send_signal(end)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def done(command: list[str], log: Path, environment: Mapping[str, str], folder: Path, seconds: float) -> None:
    """Run it to its end. Missing when it fails or takes longer."""
    with started(command, log, environment, folder) as process:
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Missing(f"`{shown(command)}` took more than {seconds:.0f} s", log) from None
    if code != 0:
        raise Missing(f"`{shown(command)}` ended with {code}", log)


def until_up(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> None:
    """It answers 200 there. Missing when it ends before, or never does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Missing(f"it ended with {process.returncode} as it started", log)
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(url, timeout=5, trust_env=False, verify=NO_CERTIFICATES).status_code == 200:
                return
        time.sleep(0.1)
    raise Missing(f"it does not answer within {seconds:.0f} s", log)


def shown(command: list[str]) -> str:
    """The command without this machine's folders."""
    return " ".join(Path(part).name if part.startswith("/") else part for part in command)


def tail(log: Path) -> str:
    """The end of what a process said."""
    return " ".join(log.read_text(errors="replace")[-600:].split())
