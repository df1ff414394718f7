"""The inbox: what people have to do, the oldest due first; each with why, until when, how much, and its first action.

Worked through by keyboard: j and k go down and up, Enter opens the row's action, and after it is done one is back here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from console.acts import ACTS, FOR_TASK
from console.acts.goods import named
from console.finding import customer_of, orders_of
from console.routing import PREFIX, Screens
from console.visit import Refused, Visit
from console.words import word
from domain.order import Order
from domain.tasks import TASKS
from store.lists import tasks

screens = Screens()
PAGE: Final = 50
TITLES: Final[dict[str, str]] = TASKS | {
    tasks.WEBHOOK_FAILING: "see to a webhook endpoint whose deliveries are given up",
    tasks.MAIL_STUCK: "see to a mail that cannot be sent",
    tasks.LEDGER_DIFFERENCE: "settle what our ledger and the payment provider's say differently, then run ordermill reconcile",
}
LOOK: Final = ("/orders/{number}", "Look at the order")
ELSEWHERE: Final[dict[str, tuple[str, str]]] = {
    tasks.WEBHOOK_FAILING: ("/webhooks/{ref}", "Look at the endpoint"),
    tasks.MAIL_STUCK: ("/mails/{ref}", "Look at the mail"),
}
"""Kinds that no act on the order ends: where to look."""


@dataclass(frozen=True)
class Row:
    """One task as it is shown."""

    task: tasks.Task
    title: str
    about: str
    """Whose order, and which units or why."""
    action: str
    href: str | None
    """None: what ends it is nothing of the console."""
    others: tuple[tuple[str, str | None], ...]
    """(what else ends it, where)."""


@screens.page("")
async def inbox(visit: Visit) -> Response:
    kind = visit.asked("kind")
    if kind and kind not in tasks.KINDS:
        raise Refused(404, "Not found", "There is no such kind of task.")
    kinds = (kind,) if kind else tasks.KINDS
    now = int(visit.now.timestamp())
    found = await tasks.open_tasks(visit.db, visit.livemode, now, kinds=kinds, limit=PAGE + 1)
    return visit.show(
        "inbox.html",
        rows=await _rows(visit, found[:PAGE]),
        more=len(found) > PAGE,
        kind=kind,
        titles=TITLES,
        did=visit.asked("did"),
        now_seconds=now,
    )


async def _rows(visit: Visit, found: Sequence[tasks.Task]) -> list[Row]:
    known = await orders_of(visit, {task.order_id for task in found if task.order_id})
    return [_row(visit, task, known.get(task.order_id or "")) for task in found]


def _about(task: tasks.Task, order: Order | None) -> str:
    if order is None:
        return ""
    words = [customer_of(order)]
    words += [named(order, made.items) for made in order.returns if made.id == task.ref]
    words += [item.reason for made in order.returns if made.id == task.ref for item in made.items if item.reason][:1]
    words += [hold.reason for hold in order.holds if hold.id == task.ref and hold.reason]
    words += [p.decline_code for p in order.payments if p.id == task.ref and p.decline_code]
    return " · ".join(word(text) if text.isidentifier() else text for text in words)


def _row(visit: Visit, task: tasks.Task, order: Order | None) -> Row:
    acts = [FOR_TASK[verb] for verb in task.verbs if verb in FOR_TASK]
    mine = [ACTS[name] for name in acts if visit.may(ACTS[name].roles)]
    links: list[tuple[str, str | None]] = [(act.title, _href(task, act.name)) for act in mine]
    if task.kind in ELSEWHERE or not links:
        path, title = ELSEWHERE.get(task.kind, LOOK)
        known = task.number is not None or "{number}" not in path
        links.insert(0, (title, PREFIX + path.format(ref=task.ref, number=task.number) if known else None))
    (title, href), *others = links
    return Row(task, TITLES[task.kind], _about(task, order), title, href, tuple(others))


def _href(task: tasks.Task, act: str) -> str:
    ref = f"ref={task.ref}&" if task.ref and ACTS[act].about is not None else ""
    return f"{PREFIX}/orders/{task.number}/{act}?{ref}next={PREFIX}"
