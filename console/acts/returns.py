"""Acts about units that come back."""

from collections.abc import Sequence
from typing import Final, get_args

from api.shop import Shop
from console.act import Act, Input, UnitsOf, lines_with, nothing_asked
from console.acts.goods import named
from console.roles import AGENTS, PACKERS
from console.said import Said
from domain import commands as c
from domain.commands import Command
from domain.order import Condition, Label, Order, Return
from domain.returns import ReceivedUnits
from domain.verbs.returning import returnable

REASONS: Final = ("wrong size", "not as described", "damaged", "changed their mind")
CONDITIONS: Final = (("", "not said"), *((c, c) for c in get_args(Condition)))


def _request_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("units", "Units", "units", units=lines_with(order, lambda line: returnable(order, line), all_of_it=False)),
        Input("reason", "Reason", suggest=REASONS),
        Input("method", "Money goes", "choice", choices=(
            ("original", "back to the payment"), *((("store_credit", "to store credit"),) if order.customer_id else ()))),
        Input("note", "The customer's words", "area"),
    )  # fmt: skip


async def _request(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    reason = said.short("reason")
    lines = tuple(c.ReturnUnits(line_id=u.line_id, quantity=u.quantity, reason=reason) for u in said.units())
    method = said.choice("method", ("original", "store_credit"), default="original")
    return c.RequestReturn(lines=lines, refund_method=method, note=said.text("note"))  # type: ignore[arg-type]  # one of two


def _label(order: Order, made: Return) -> tuple[str, str]:
    return made.id, named(order, made.items)


def _requested(order: Order) -> Sequence[tuple[str, str]]:
    return [_label(order, r) for r in order.returns if r.status == "requested"]


def _on_the_way(order: Order) -> Sequence[tuple[str, str]]:
    return [_label(order, r) for r in order.returns if r.status in ("approved", "partially_received")]


def _open(order: Order) -> Sequence[tuple[str, str]]:
    return [_label(order, r) for r in order.returns if r.is_open]


def _approve_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    days = order.return_policy.ship_back_days
    policy = f"Empty: {days:g} days from now." if days else "Empty: no deadline."
    return (
        Input("ship_by", "To be sent by", "moment", policy),
        Input("instructions", "Instructions for the customer", "area"),
        Input("carrier", "Label: carrier"),
        Input("number", "Label: tracking number"),
        Input("link", "Label: link", "link"),
    )


async def _approve(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    label = Label(carrier=said.short("carrier"), tracking_number=said.short("number"), url=said.link("link"))
    return c.ApproveReturn(
        return_id=ref,
        ship_by=said.moment("ship_by"),
        instructions=said.text("instructions"),
        label=label if label != Label() else None,
    )


def _reject_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (Input("reason", "Reason", "area", "The customer reads it.", needed=True),)


async def _reject(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.RejectReturn(return_id=ref, reason=said.text("reason", needed="The customer needs a reason."))


async def _withdraw(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.WithdrawReturn(return_id=ref)


def _missing(order: Order, ref: str) -> dict[str, int]:
    return {item.line_id: item.missing for r in order.returns if r.id == ref for item in r.items}


def _receive_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    missing = _missing(order, ref)
    units = tuple(UnitsOf(line, missing[line.id], missing[line.id]) for line in order.lines if missing.get(line.id))
    return (
        Input("units", "Units that came", "units", units=units),
        Input("restock", "Put them back on the shelf", "tick", value="yes"),
        Input("condition", "They are", "choice", choices=CONDITIONS),
        Input("final", "Nothing more comes", "tick", "Units that did not come can be returned again.", value="yes"),
        Input("refund_shipping", "Shipping goes back too", "tick"),
        Input("fee", f"Fee kept, in {order.currency}", "money",
              f"Empty: {order.return_policy.restocking_fee_percent:g} % of their worth."),
        Input("amount", f"Credit this instead, in {order.currency}", "money", "Empty: what they are worth, less the fee."),
    )  # fmt: skip


async def _receive(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    restock = said.ticked("restock")
    condition = said.choice("condition", [value for value, _ in CONDITIONS], default="") or None
    units = said.units(needed=not said.ticked("final"))
    lines = [
        ReceivedUnits(line_id=u.line_id, quantity=u.quantity, restock=restock, condition=condition)  # type: ignore[arg-type]
        for u in units
    ]
    return c.ReceiveReturn(
        return_id=ref,
        lines=tuple(lines),
        final=said.ticked("final"),
        amount=said.money("amount"),
        refund_shipping=said.ticked("refund_shipping"),
        fee=said.money("fee"),
    )


ACTS: Final = (
    Act("approve-return", "approve_return", "Approve the return", "returns", AGENTS, _approve_inputs, _approve,
        about=_requested),
    Act("reject-return", "reject_return", "Reject the return", "returns", AGENTS, _reject_inputs, _reject,
        about=_requested, grave=True),
    Act("receive-return", "receive_return", "Receive the parcel", "returns", PACKERS, _receive_inputs, _receive,
        about=_on_the_way),
    Act("withdraw-return", "withdraw_return", "Withdraw the return", "returns", AGENTS, nothing_asked, _withdraw,
        about=_open),
    Act("request-return", "request_return", "Start a return", "returns", AGENTS, _request_inputs, _request),
)  # fmt: skip
