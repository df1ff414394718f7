"""The agenda: day by day what will happen by itself and the money it moves, and what people have to do by when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from starlette.responses import Response

from console import paging
from console.routing import PREFIX, Screens
from console.screens.inbox import TITLES
from console.visit import Refused, Visit
from store.lists import agenda, tasks
from store.lists.agenda import Sums

screens = Screens()
DAYS: Final = 7
PAGE: Final = 50
MOST_TASKS: Final = 100
HAPPENS: Final[Mapping[str, tuple[str, str]]] = {
    "payment_window": ("order is cancelled, unpaid", "orders are cancelled, unpaid"),
    "authorization": ("hold on a card ends", "holds on cards end"),
    "return_window": ("order closes", "orders close"),
    "hold": ("hold is lifted", "holds are lifted"),
    "ship_by": ("return expires", "returns expire"),
    "money_to_give_back": ("order's money goes back", "orders' money goes back"),
}
"""Kind of window -> what it does, of one and of several."""
MONEY: Final[Mapping[str, str]] = {"capture": "taken", "void": "released", "refund": "given back"}


@dataclass(frozen=True)
class Happening:
    """So many of one kind on one day."""

    count: int
    words: str
    money: tuple[tuple[str, int, str], ...]
    """(taken, released or given back; minor units; currency)."""


@dataclass(frozen=True)
class Day:
    day: date
    begins: int
    is_today: bool
    happens: tuple[Happening, ...]
    tasks: tuple[tuple[tasks.Task, str], ...]
    """(task, what is to be done)."""


@screens.page("/agenda")
async def week(visit: Visit) -> Response:
    today = visit.now.astimezone(visit.pages.zone).date()
    first = _day(visit, visit.asked("from"), today)
    bounds = [_begins(visit, first + timedelta(days=n)) for n in range(DAYS + 1)]
    sums = await agenda.sums(visit.db, visit.livemode, bounds)
    due = await _due(visit, bounds[-1])
    days = [_shown(n, first, today, bounds, sums, due) for n in range(DAYS)]
    late = [pair for pair in due if pair[0].due is not None and pair[0].due < bounds[0]] if first == today else []
    return visit.show(
        "agenda.html", days=days, first=first, today=today, late=late, now_seconds=int(visit.now.timestamp()),
        before=first - timedelta(days=DAYS), after=first + timedelta(days=DAYS), many=len(due) >= MOST_TASKS,
    )  # fmt: skip


@screens.page("/agenda/{day}")
async def one_day(visit: Visit) -> Response:
    today = visit.now.astimezone(visit.pages.zone).date()
    day = _day(visit, visit.path("day"), today)
    bounds = [_begins(visit, day), _begins(visit, day + timedelta(days=1))]
    after = paging.keys(visit, agenda.KEYS)
    rows = await agenda.coming(
        visit.db, visit.livemode, since=bounds[0], until=bounds[1], after=after, limit=PAGE + 1
    )  # fmt: skip
    sums = await agenda.sums(visit.db, visit.livemode, bounds)
    return visit.show(
        "agenda_day.html", day=_shown(0, day, today, bounds, sums, []), rows=rows[:PAGE], spoken=MONEY,
        cursor=paging.following(rows, PAGE, lambda row: (row.at, row.order_id, row.name)), first=after is None,
        before=day - timedelta(days=1), after=day + timedelta(days=1),
    )  # fmt: skip


def _day(visit: Visit, text: str, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Refused(404, "Not found", "A day is written like 2026-12-01.") from None
    if not 2000 <= found.year <= 9000:
        raise Refused(404, "Not found", "That day is too far away.")
    return found


def _begins(visit: Visit, day: date) -> int:
    return int(datetime.combine(day, time(), visit.pages.zone).timestamp())


async def _due(visit: Visit, until: int) -> list[tuple[tasks.Task, str]]:
    """Steps of people that have a time, the soonest first."""
    found = await tasks.due_before(visit.db, visit.livemode, until, MOST_TASKS)
    return [(task, TITLES[task.kind]) for task in found]


def _shown(
    place: int, first: date, today: date, bounds: Sequence[int], sums: Sequence[Sums], due: Sequence[tuple[Any, str]]
) -> Day:
    mine = [one for one in sums if one.span == place]
    counts = {one.name: one.count for one in mine if one.kind is None}
    day = first + timedelta(days=place)
    return Day(
        day=day,
        begins=bounds[place],
        is_today=day == today,
        happens=tuple(_happening(name, counts[name], mine) for name in HAPPENS if name in counts),
        tasks=tuple(pair for pair in due if bounds[place] <= pair[0].due < bounds[place + 1]),
    )


def _happening(name: str, count: int, sums: Sequence[Sums]) -> Happening:
    money = [(MONEY.get(one.kind, one.kind), one.amount, one.currency) for one in sums if one.name == name and one.kind]
    return Happening(count, HAPPENS[name][count != 1], tuple(money))


def order_path(number: int) -> str:
    return f"{PREFIX}/orders/{number}"
