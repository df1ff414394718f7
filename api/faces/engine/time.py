"""What an order waits for, and its timers, to be seen, moved and fired (contract section 14)."""

from datetime import datetime

from api.faces.engine import people as p
from api.faces.engine.routes import routes
from api.http.problems import invalid
from api.http.routing import Answer, Call, Done, NoQuery
from api.spelling import wire
from domain import commands as c
from domain.commands import Command
from domain.order import Order
from domain.waiting import waiting
from domain.windows import Window, timers


def shown(moment: datetime) -> str:
    return wire.RFC3339.encode(moment)


@routes.read("/engine/orders/{id}/waiting", query=NoQuery, answers={200: p.WaitListOut}, access="read")
async def list_waits(call: Call, order: Order, query: NoQuery) -> Answer:
    """Everything the order waits for, the most pressing first.

    Since when, until when, what happens then, and which verbs can end it.
    """
    models = [
        p.WaitOut(
            for_=wait.word, since=shown(wait.since), until=shown(wait.until) if wait.until else None, then=wait.then,
            by=list(wait.by), ref=wait.ref,
        )
        for wait in waiting(order)
    ]  # fmt: skip
    return Answer(p.WaitListOut(models=models))


def _timer(window: Window) -> p.TimerOut:
    return p.TimerOut(name=window.name, at=shown(window.at), then=window.then)


@routes.read("/engine/orders/{id}/timers", query=NoQuery, answers={200: p.TimerListOut}, access="read")
async def list_timers(call: Call, order: Order, query: NoQuery) -> Answer:
    """The order's windows, the nearest first, and what happens when each closes."""
    return Answer(p.TimerListOut(models=[_timer(window) for window in timers(order, call.now)]))


def _moved(done: Done[p.MoveTimer]) -> Answer:
    """The timer where it is now; as it was when it did its work, where firing it ended it."""
    name, order = done.call.path("name"), done.order
    window = next((w for w in timers(order, order.updated_at) if w.name == name), None)
    if window is not None and not done.body.fire:
        return Answer(_timer(window))
    return Answer(p.TimerOut(name=name, at=shown(order.updated_at), then=_FIRED))


_FIRED = "it has happened"


@routes.command("POST", "/engine/orders/{id}/timers/{name}", body=p.MoveTimer, render=_moved, answers={200: p.TimerOut})
async def move_timer(call: Call, order: Order, body: p.MoveTimer) -> Command:
    """Move a window, or let what it does happen now.

    `{"at": …}` moves the window itself; `{"fire": true}` does what would happen at its end, in this one command.
    """
    if body.fire == (body.at is not None):
        raise invalid("at", "give one of at and fire")
    return c.MoveTimer(name=call.path("name"), at=body.at, fire=body.fire)
