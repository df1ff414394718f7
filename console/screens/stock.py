"""Stock: what is on the shelves, what is reserved and by which orders, every movement, and counting by hand.

A count shows first what it does, and is done only as it was shown: where somebody else moved units meanwhile, the page says so.
"""

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from console.once import once
from console.roles import PACKERS
from console.routing import PREFIX, Screens
from console.visit import Refused, Visit, not_there
from domain.errors import InvalidInput
from domain.money import MAX_AMOUNT
from store.access import audit
from store.goods import inventory, shelf
from store.goods.shelf import Shelf
from store.lists import numbers

screens = Screens()
PAGE: Final = 50
MOVEMENTS: Final = 50
LONGEST_REASON: Final = 200
HOWS: Final = (("by", "Change by"), ("to", "Set to"))


@dataclass(frozen=True)
class Count:
    """A count as it was filled in: `on_hand` None where it cannot be read, `wrong` says why."""

    on_hand: int | None
    reason: str
    wrong: dict[str, str]


@screens.page("/stock")
async def list_stock(visit: Visit) -> Response:
    q, short, after = visit.asked("q")[:200], visit.asked("short") == "1", visit.asked("after")[:255] or None
    found = await shelf.shelves(visit.db, visit.livemode, q=q, short=short, after=after, limit=PAGE + 1)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.show("stock.html", rows=found[:PAGE], q=q, short=short, more=more, first=after is None)


@screens.page("/stock/item")
async def item(visit: Visit) -> Response:
    one = await _shelf(visit, visit.asked("id"))
    return await _shown(visit, one, done=visit.asked("done") == "1")


async def _shelf(visit: Visit, variant_id: str) -> Shelf:
    found = await shelf.shelf(visit.db, visit.livemode, variant_id) if 0 < len(variant_id) <= 255 else None
    if found is None:
        raise not_there("There is no such variant in the catalogue")
    return found


async def _shown(visit: Visit, one: Shelf, *, count: Count | None = None, status: int = 200, **more: Any) -> Response:
    holders = await shelf.holders(visit.db, visit.livemode, one.id) if one.reserved else []
    moved = await inventory.movements(visit.db, visit.livemode, one.id, MOVEMENTS)
    numbered = await numbers.of(visit.db, {move.order_id for move in moved if move.order_id})
    context = {"warning": None, "done": False} | more
    return visit.show(
        "stock_item.html", status=status, one=one, holders=holders, held=sum(h.units for h in holders), moved=moved,
        numbers=numbered, count=count, hows=HOWS, may=visit.may(PACKERS), key=visit.new_key(), **context,
    )  # fmt: skip


@screens.form("/stock/item", roles=PACKERS)
async def count_item(visit: Visit) -> Response:
    one = await _shelf(visit, visit.said("id"))
    count = _read(visit, one)
    if visit.said("step") != "do":
        return await _shown(visit, one, count=count)
    if count.wrong or count.on_hand is None:
        return await _shown(visit, one, count=count, status=422)
    on_hand, seen = count.on_hand, visit.said("seen")

    async def do(request_id: str) -> dict[str, Any]:
        now = await _shelf(visit, one.id)
        if str(now.on_hand) != seen:
            raise InvalidInput("somebody moved units meanwhile")
        return await _count(visit, now, on_hand, count.reason)

    try:
        await once(visit, do)
    except InvalidInput as error:
        return await _shown(
            visit, await _shelf(visit, one.id), warning=f"Nothing was done: {error.message}.", status=409
        )
    return visit.go(f"{PREFIX}/stock/item", id=one.id, done=1)


async def _count(visit: Visit, one: Shelf, on_hand: int, reason: str) -> dict[str, Any]:
    try:
        await inventory.set_on_hand(visit.db, visit.livemode, one.id, on_hand, reason=reason, now=visit.now)
    except inventory.BelowReserved:
        raise InvalidInput(f"{one.reserved} are reserved, and no backorder is allowed", field="count") from None
    told = f"{one.title}: {one.on_hand} to {on_hand} ({reason})"
    now = int(visit.now.timestamp())
    await audit.note(visit.db, visit.person, "stock_counted", told[:500], livemode=visit.livemode, now=now)
    return {}


def _read(visit: Visit, one: Shelf) -> Count:
    how, text, reason = visit.said("how"), visit.said("count").replace("\N{MINUS SIGN}", "-"), visit.said("reason")
    wrong: dict[str, str] = {}
    on_hand = None
    try:
        number = int(text)
    except ValueError:
        wrong["count"] = "A whole number of units."
    else:
        on_hand = one.on_hand + number if how == "by" else number
        if abs(on_hand) > MAX_AMOUNT:
            wrong["count"] = "That is too much."
        elif on_hand == one.on_hand:
            wrong["count"] = "That changes nothing."
        elif on_hand < one.on_hand and on_hand < one.reserved and one.track and not one.allow_backorder:
            wrong["count"] = f"{one.reserved} are reserved, and no backorder is allowed."
    if not reason:
        wrong["reason"] = "Say why: others read it in the movements."
    elif len(reason) > LONGEST_REASON:
        raise Refused(422, "That cannot be done", f"A reason has at most {LONGEST_REASON} characters.")
    return Count(on_hand, reason, wrong)
