"""A worker that dies at a given point, once: `python -m tests.faults.faulty_worker`.

ORDERMILL_FAULT names a file, `<point>:<verb>` and the pids that die too; while there is none the worker is like any other.
The file is gone before the death, so that the next worker lives. Points are listed in POINTS. The death is
SIGKILL to itself: nothing is flushed, said or given back.
"""

import os
import signal
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import uvloop

import worker
from activities.orders.asking import Asking
from activities.orders.execute import Execution

POINTS = {
    "before_save": "a command that asks nobody is planned, nothing is written",
    "after_save": "the row is committed, Temporal does not know",
    "before_money": "a command that moves money is planned, nothing is written",
    "after_start": "the operations are written as started, stock and row are reserved",
    "after_ask": "the provider has moved the money, nothing says so here",
    "after_finish": "money and row are committed, Temporal does not know",
}
_verb: ContextVar[str] = ContextVar("verb", default="")
"""Of the command whose money is under way."""


def die(point: str, verb: str) -> None:
    """Die here if this is the point, and it has not happened yet."""
    fault = Path(os.environ["ORDERMILL_FAULT"])
    try:
        armed, *pids = fault.read_text().split()
    except FileNotFoundError:
        return
    if armed != f"{point}:{verb}":
        return
    fault.unlink()
    for pid in (*map(int, pids), os.getpid()):
        os.kill(pid, signal.SIGKILL)


def instrument() -> None:
    """Put the points around the real code."""
    do, money, settle, ask = Execution._do, Execution._money, Execution._settle, Asking.ask

    async def _do(self: Execution, task: Any, planned: Any, was: Any, attempt: Any) -> Any:
        if planned.operations:
            return await do(self, task, planned, was, attempt)
        die("before_save", planned.command.verb)
        result = await do(self, task, planned, was, attempt)
        die("after_save", planned.command.verb)
        return result

    async def _money(self: Execution, planned: Any, was: Any, attempt: Any) -> Any:
        verb = planned.command.verb
        _verb.set(verb)
        die("before_money", verb)
        result = await money(self, planned, was, attempt)
        die("after_finish", verb)
        return result

    async def _settle(self: Execution, *arguments: Any, **named: Any) -> Any:
        if named["fresh"]:
            die("after_start", _verb.get())
        return await settle(self, *arguments, **named)

    async def asked(self: Asking, *arguments: Any, **named: Any) -> Any:
        result = await ask(self, *arguments, **named)
        die("after_ask", _verb.get())
        return result

    for name, method in {"_do": _do, "_money": _money, "_settle": _settle}.items():
        setattr(Execution, name, method)
    Asking.ask = asked  # type: ignore[method-assign]


if __name__ == "__main__":
    instrument()
    uvloop.run(worker.main())
