"""Acts that give goods for goods: an exchange, a claim (contract section 13)."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from api.shop import Shop
from console.act import Act, Input, lines_with
from console.acts.money import TEST_CARDS
from console.acts.returns import REASONS
from console.roles import AGENTS
from console.said import Said, Unreadable
from domain import commands as c
from domain.commands import Command
from domain.exchanges import ClaimReason
from domain.money import from_decimal
from domain.order import ClaimedUnits, Line, Order
from domain.verbs.claiming import claimable
from domain.verbs.returning import returnable
from door import selling
from door.placing import DraftLine

SHIP: Final = (("on_receipt", "when the parcel is here"), ("on_approval", "as soon as it is approved"))
WRONG: Final = tuple((reason, reason.replace("_", " ")) for reason in get_args(ClaimReason))
MOST_NEW: Final = 50


def _new_items(hint: str, *, needed: bool) -> Input:
    return Input("new", "New items: variant, units, price", "area", hint, needed=needed)


def _exchange_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    units = lines_with(order, lambda line: returnable(order, line), all_of_it=False)
    return (
        Input("units", "Units that come back", "units", units=units),
        Input("reason", "Reason", suggest=REASONS),
        _new_items("One per line, like: var_001, 1. Without a price the catalogue's.", needed=True),
        Input("ship", "New units are sent", "choice", choices=SHIP),
        Input("method", "Payment method", hint="Asked for what the exchange makes due; empty: nobody is asked.",
              suggest=() if order.livemode else TEST_CARDS),
    )  # fmt: skip


async def _exchange(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    reason, ship = said.short("reason"), said.choice("ship", [value for value, _ in SHIP], default="on_receipt")
    new = await _new_lines(shop, order, said, free=False)
    if not new:
        raise Unreadable("new", "Say at least one new item.")
    return c.RequestExchange(
        lines=tuple(c.ReturnUnits(line_id=u.line_id, quantity=u.quantity, reason=reason) for u in said.units()),
        new_lines=new,
        ship=ship,  # type: ignore[arg-type]  # one of SHIP
        payment_method=said.short("method"),
    )


async def _new_lines(shop: Shop, order: Order, said: Said, *, free: bool) -> tuple[Line, ...]:
    rows = [row for row in (said.text("new") or "").splitlines() if row.strip()]
    if len(rows) > MOST_NEW:
        raise Unreadable("new", f"At most {MOST_NEW} new items.")
    drafts = [_draft(order, row, free=free) for row in rows]
    return tuple([await selling.new_line(shop.db, order, draft) for draft in drafts])


def _draft(order: Order, row: str, *, free: bool) -> DraftLine:
    variant, units, price, *_ = [*(part.strip() for part in row.split(",")), "", ""]
    if not (units or "1").isdecimal() or not 1 <= int(units or "1") <= 100_000:
        raise Unreadable("new", f"{row[:60]!r}: the units are a whole number.")
    try:
        given = from_decimal(price, order.currency) if price else None
    except ValueError as error:
        raise Unreadable("new", f"{row[:60]!r}: an amount in {order.currency}: {error}.") from None
    return DraftLine(at="", variant_id=variant[:64], quantity=int(units or "1"), unit_price=0 if free else given)


def _claim_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("units", "Units", "units", units=lines_with(order, lambda line: claimable(order, line), all_of_it=False)),
        Input("reason", "They are", "choice", choices=WRONG),
        Input("resolution", "The customer gets", "choice", choices=(("replace", "others"), ("refund", "their share back"))),
        _new_items("Empty: the same again. They cost nothing.", needed=False),
    )  # fmt: skip


async def _claim(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    reason: Any = said.choice("reason", [value for value, _ in WRONG], default=WRONG[0][0])
    resolution: Any = said.choice("resolution", ("replace", "refund"), default="replace")
    new = await _new_lines(shop, order, said, free=True)
    return c.MakeClaim(
        lines=tuple(ClaimedUnits(line_id=u.line_id, quantity=u.quantity, reason=reason) for u in said.units()),
        resolution=resolution,
        new_lines=new or None,
    )


ACTS: Final = (
    Act("exchange", "request_exchange", "Exchange", "returns", AGENTS, _exchange_inputs, _exchange),
    Act("claim", "claim", "Claim", "returns", AGENTS, _claim_inputs, _claim),
)
