"""Ship many orders at once, from lines pasted out of a carrier's tool: `number, carrier, tracking number`.

Each line is an act of its own, with its own version, preview and idempotency key: what was shown is what is done, a line that
cannot be done hinders no other, and sending the form again ships nothing twice.
"""

import asyncio
import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from api.http.problems import Problem
from console import acting
from console.act import Act, nothing_asked
from console.acting import Acting, Changed, OverLimit
from console.acts.goods import named
from console.finding import customer_of, the_order
from console.preview import Moved
from console.roles import PACKERS
from console.routing import Screens
from console.said import Said, Unreadable
from console.visit import Refused, Visit
from domain import commands as c
from domain.commands import Command
from domain.errors import OrderError
from domain.order import Order, Tracking, Units
from domain.revision import unsent
from door.errands import Unsettled

screens = Screens()
MOST: Final = 200
AT_ONCE: Final = 4
"""Lines under way at the same time."""
_SPLIT: Final = re.compile(r"\s*[,;\t]\s*")


async def _ship_all(shop: object, order: Order, said: Said, ref: str) -> Command:
    tracking = Tracking(company=said.short("carrier"), number=said.short("number"))
    return c.Fulfill(tracking=tracking, notify=said.ticked("notify") and order.email is not None)


SHIP_ALL: Final = Act("ship-all", "fulfill", "Ship", "goods", PACKERS, nothing_asked, _ship_all)
"""Everything of an order that is not shipped."""


@dataclass(frozen=True)
class Line:
    """One pasted line. `order` None: `why_not` says what is wrong with it."""

    number: str
    carrier: str
    tracking: str
    order: Order | None = None
    customer: str = ""
    units: str = ""
    seen: str = ""
    """Version and preview as they were shown, for the form."""
    money: tuple[Moved, ...] = ()
    """What is taken as it is shipped."""
    why_not: str = ""
    done: bool = False


@screens.page("/ship", roles=PACKERS)
async def ship_page(visit: Visit) -> Response:
    return _shown(visit, (), step="paste")


@screens.form("/ship", roles=PACKERS)
async def ship(visit: Visit) -> Response:
    pasted = _parsed(visit.said("lines"))
    if len(pasted) > MOST:
        raise Refused(422, "Too many lines", f"At most {MOST} lines at once; {len(pasted)} were pasted.")
    gate = asyncio.Semaphore(AT_ONCE)
    doing = visit.said("step") == "do"

    async def one(index: int, line: Line) -> Line:
        async with gate:
            return await _one(visit, index, line, doing=doing)

    lines = await asyncio.gather(*(one(n, line) for n, line in enumerate(pasted)))
    return _shown(visit, lines, step="done" if doing else "preview")


def _shown(visit: Visit, lines: Sequence[Line], *, step: str) -> Response:
    return visit.show(
        "ship.html",
        lines=lines,
        step=step,
        pasted=visit.said("lines"),
        notify=visit.said("notify") != "" or step == "paste",
        good=sum(not line.why_not for line in lines),
        key=visit.key if step == "preview" else visit.new_key(),
    )


def _parsed(text: str) -> list[Line]:
    found = []
    for raw in text.splitlines():
        if raw.strip():
            number, carrier, tracking, *_ = [*_SPLIT.split(raw.strip(), maxsplit=2), "", ""]
            found.append(Line(number, carrier, tracking))
    seen: set[str] = set()
    return [_once(line, seen) for line in found]


def _once(line: Line, seen: set[str]) -> Line:
    number = line.number.lstrip("#")
    if number in seen:
        return dataclasses.replace(line, why_not="this order is in a line above already")
    seen.add(number)
    return line


async def _one(visit: Visit, index: int, line: Line, *, doing: bool) -> Line:
    if line.why_not:
        return line
    try:
        order = await the_order(visit, line.number)
    except Refused:
        return dataclasses.replace(line, why_not="there is no such order")
    known = dataclasses.replace(line, order=order, customer=customer_of(order), units=_units(order))
    version, _, digest = visit.said(f"seen.{index}").partition(".")
    if not doing:
        return await _previewed(_acting(visit, index, line, order, order.version, ""), known)
    if not version.isdigit():
        return dataclasses.replace(known, why_not="it was not shown before; look again")
    return await _done(_acting(visit, index, line, order, int(version), digest), known)


def _units(order: Order) -> str:
    left = [
        Units(line_id=x.id, quantity=unsent(x) + x.sent - x.shipped)
        for x in order.lines
        if unsent(x) + x.sent - x.shipped
    ]
    return named(order, left)


def _acting(visit: Visit, index: int, line: Line, order: Order, version: int, seen: str) -> Acting:
    """The line as a form of its own: its key is the page's and its place."""
    form = {"order": [order.id], "carrier": [line.carrier], "number": [line.tracking], "notify": [visit.said("notify")]}
    own = dataclasses.replace(visit, form=form | {"key": [f"{visit.key}.{index}"]})
    return Acting(own, order, SHIP_ALL, "", version, seen)


async def _previewed(work: Acting, line: Line) -> Line:
    try:
        told = await work.rehearse(await work.command())
    except (OrderError, Unreadable) as error:
        return dataclasses.replace(line, why_not=error.message)
    return dataclasses.replace(line, seen=f"{work.version}.{told.digest}", money=told.money)


async def _done(work: Acting, line: Line) -> Line:
    try:
        done = await acting.do(work)
    except Changed:
        return dataclasses.replace(line, why_not="it would now do something else than what you saw; look again")
    except (OverLimit, Unreadable, Problem) as error:
        return dataclasses.replace(line, why_not=error.message)
    except Unsettled as error:
        return dataclasses.replace(line, why_not=str(error))
    if done.refusal is not None:
        changed = done.refusal.code == "precondition_failed"
        why = "somebody changed the order meanwhile; look again" if changed else done.refusal.message
        return dataclasses.replace(line, why_not=why)
    return dataclasses.replace(line, done=True)
