"""Keeps a few child processes running: started in order, restarted when they crash, stopped in reverse order.

Why our own hundred lines: the children must be in sessions of their own (a terminal's Ctrl-C would otherwise hit
Temporal before the worker has drained) and must not outlive us, not even after `kill -9` (ordermill/launch/tether.py).
The rules: what crashes before everything was ready is a failed start and ends the whole; what crashes later is
restarted with growing delays and the log says so; nothing is left when `stop` returns.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from ordermill.launch.tether import needs_pipe, tethered

log = structlog.stdlib.get_logger(__name__)

Write = Callable[[str, str], None]
"""Takes a child's name and one line of its output."""

_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Child:
    """One process to keep."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to ours."""
    grace_seconds: float = 10.0
    """How long it may take to end after SIGTERM before its whole group is killed."""


@dataclass(frozen=True)
class Backoff:
    """Delays before restarts: doubled up to a limit, and back to the first after a steady run."""

    first_seconds: float = 0.5
    limit_seconds: float = 15.0
    steady_seconds: float = 30.0

    def delay_seconds(self, crashes: int) -> float:
        """Before the restart after the `crashes`-th crash in a row, counted from 1."""
        return min(self.first_seconds * 2.0 ** min(crashes - 1, 16), self.limit_seconds)


@dataclass
class _Kept:
    child: Child
    process: Process
    keeper: asyncio.Task[None] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Use from one event loop, on the thread that lives as long as the process."""

    def __init__(self, write: Write, *, backoff: Backoff | None = None) -> None:
        self.stop_requested = asyncio.Event()
        """Set by a signal, by `request_stop`, or because a child ended before `settled`."""
        self.failed: str | None = None
        """The name of the child that ended before `settled`."""
        self._write = write
        self._backoff = backoff or Backoff()
        self._kept: list[_Kept] = []
        self._settled = False

    async def start(self, child: Child) -> None:
        """Start a child and keep it."""
        kept = _Kept(child, await _spawn(child))
        kept.keeper = asyncio.create_task(self._keep(kept), name=f"keep {child.name}")
        self._kept.append(kept)
        log.info("started", child=child.name, pid=kept.process.pid)

    def settled(self) -> None:
        """Everything is ready: from now on what ends is restarted."""
        self._settled = True

    def watch_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal stop the children in order; a second one kills them at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # started with nohup: to go on without the terminal is the point
            loop.add_signal_handler(number, self.request_stop)

    def request_stop(self) -> None:
        """Ask for an orderly end; asked again, kill."""
        if self.stop_requested.is_set():
            for kept in self._kept:
                kept.stopping.set()
                if kept.process.returncode is None:
                    _kill_group(kept.process)
        self.stop_requested.set()

    async def stop(self, *, together: bool = False) -> None:
        """End every child, the last started first, each wholly gone before the next is asked. `together`: all at once, where none
        needs another."""
        if together:
            await asyncio.gather(*(self._stopped(kept) for kept in self._kept))
        else:
            for kept in reversed(self._kept):
                await self._stopped(kept)
        self._kept.clear()

    async def _stopped(self, kept: _Kept) -> None:
        await _end(kept)
        log.info("stopped", child=kept.child.name)

    async def _keep(self, kept: _Kept) -> None:
        crashes = 0
        while True:
            began = time.monotonic()
            code = await self._follow(kept)
            if kept.stopping.is_set():
                return
            if not self._settled:
                log.error("ended before it was ready", child=kept.child.name, exit_code=code)
                self.failed = self.failed or kept.child.name
                self.stop_requested.set()
                return
            crashes = 1 if time.monotonic() - began > self._backoff.steady_seconds else crashes + 1
            delay = self._backoff.delay_seconds(crashes)
            log.warning("crashed, restarting", child=kept.child.name, exit_code=code, delay_seconds=delay)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(kept.stopping.wait(), delay)
                return
            kept.process = await _spawn(kept.child)
            if kept.stopping.is_set():  # asked to end while it was being started
                _kill_group(kept.process)
            log.info("restarted", child=kept.child.name, pid=kept.process.pid)

    async def _follow(self, kept: _Kept) -> int:
        """Pass the child's lines on until it ends; returns its exit code, negative for a signal."""
        pump = asyncio.create_task(self._pump(kept.child.name, kept.process))
        try:
            code = await kept.process.wait()
            _kill_group(kept.process)  # what the child itself had started and left
            await asyncio.wait([pump], timeout=1.0)
        finally:
            pump.cancel()
        return code

    async def _pump(self, name: str, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101  # nosec B101
        rest = b""
        while chunk := await process.stdout.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._write(name, line.decode(errors="replace").rstrip("\r"))
        if rest:
            self._write(name, rest.decode(errors="replace"))


def prefixed(name: str, line: str) -> None:
    """A `Write` for people: the child's name before each line, on standard error."""
    sys.stderr.write(f"{name:<8} | {line}\n")
    sys.stderr.flush()


def json_lines(name: str, line: str) -> None:
    """A `Write` for log collectors: JSON lines as they are, any other wrapped into one."""
    if not line.startswith("{"):
        line = json.dumps({"process": name, "level": "info", "event": line})
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


async def _spawn(child: Child) -> Process:
    return await asyncio.create_subprocess_exec(
        *tethered(child.command),
        stdin=PIPE if needs_pipe() else DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env={**os.environ, **child.environment},
        start_new_session=True,
    )


async def _end(kept: _Kept) -> None:
    kept.stopping.set()
    process = kept.process
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), kept.child.grace_seconds)
        except TimeoutError:
            log.warning("did not stop in time, killing", child=kept.child.name, grace_seconds=kept.child.grace_seconds)
        _kill_group(process)
        await process.wait()
    if kept.keeper is not None:
        await kept.keeper  # its last lines


def _kill_group(process: Process) -> None:
    """SIGKILL to all that is left of the child's session; it leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
