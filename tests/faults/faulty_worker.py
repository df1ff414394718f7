"""A worker that dies at a given point, once: `python -m tests.faults.faulty_worker`.

ORDERMILL_FAULT names a file, `<point>:<verb>` and the pids that die too; while there is none the worker is like any other.
The file is gone before the death, so that the next worker lives. Points are listed in POINTS. The death is
SIGKILL to itself: nothing is flushed, said or given back.
"""

import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import uvloop
from activities.messages import MoneyTask
from activities.payments import Payments

import worker
from domain.events import Event
from store import orders as store

POINTS = {
    "before_save": "a local save has begun, nothing is written",
    "after_save": "the row is committed, Temporal does not know",
    "before_money": "the money activity has begun",
    "after_start": "the operations are written as started, stock is reserved",
    "after_ask": "the provider has moved the money, nothing says so here",
    "after_finish": "money and row are committed, Temporal does not know",
}


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


def verb_of(events: Sequence[Event]) -> str:
    """The save's verb, told by its first event."""
    words = {"order.created": "place", "order.confirmed": "confirm", "order.cancelled": "cancel"}
    return words.get(events[0].type, "other") if events else "other"


def instrument() -> None:
    """Put the points around the real code."""
    started, asked, finished, performed = Payments._start, Payments._ask, Payments._finish, Payments._perform
    saved = store.save

    async def _perform(self: Payments, task: MoneyTask) -> Any:
        die("before_money", task.verb)
        verbs.append(task.verb)
        return await performed(self, task)

    async def save(engine: Any, **arguments: Any) -> Any:
        verb = verb_of(arguments["events"])
        die("before_save", verb)
        result = await saved(engine, **arguments)
        die("after_save", verb)
        return result

    verbs: list[str] = []
    Payments._perform = _perform  # type: ignore[method-assign]
    Payments._start = _after(started, "after_start", verbs)  # type: ignore[method-assign]
    Payments._ask = _after(asked, "after_ask", verbs)  # type: ignore[method-assign]
    Payments._finish = _after(finished, "after_finish", verbs)  # type: ignore[method-assign]
    store.save = save


def _after(method: Callable[..., Awaitable[Any]], point: str, verbs: list[str]) -> Any:
    async def wrapped(*arguments: Any) -> Any:
        result = await method(*arguments)
        die(point, verbs[-1])
        return result

    return wrapped


if __name__ == "__main__":
    instrument()
    uvloop.run(worker.main())
