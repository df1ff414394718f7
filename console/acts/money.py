"""Acts that take money, hold it, or give it back."""

from collections.abc import Sequence
from typing import Final, get_args

from api.shop import Shop
from console.act import Act, Input, UnitsOf, lines_with, nothing_asked
from console.pages import spoken
from console.preview import paid_with
from console.roles import AGENTS
from console.said import UNITS, Said, Unreadable
from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.money import format_decimal
from domain.order import STORE_CREDIT, Line, Order, RefundCode

TEST_CARDS: Final = ("pm_card_visa", "pm_card_mastercard")
"""What the sandbox and Stripe's test mode take."""
CODES: Final = (("", "no code"), *((code, code.replace("_", " ")) for code in get_args(RefundCode)))


def _pay_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    due = max(0, ledger.due(order) - ledger.held(order))
    suggest = (*(() if order.livemode else TEST_CARDS), *((STORE_CREDIT,) if order.customer_id else ()))
    return (
        Input("method", "Payment method", hint="Its id at the payment provider.", value=suggest[0] if suggest else "",
              needed=True, suggest=suggest),
        Input("amount", f"Amount in {order.currency}", "money", value=format_decimal(due, order.currency)),
        Input("capture", "Take it", "choice", value="", choices=(
            ("", "as the shop's policy says"), ("now", "now"), ("later", "only hold it"))),
    )  # fmt: skip


async def _pay(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    capture = {"": None, "now": True, "later": False}[said.choice("capture", ("", "now", "later"), default="")]
    method = said.short("method", needed="A payment needs a method.")
    return c.Pay(payment_method=method, amount=said.money("amount", least=1), capture=capture)


def _record_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    due = format_decimal(ledger.due(order), order.currency)
    return (Input("amount", f"Amount in {order.currency}", "money", "In cash, or by a transfer.", value=due),)


async def _record(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.RecordPayment(amount=said.money("amount", least=1))


def _holds(order: Order) -> Sequence[tuple[str, str]]:
    return [(p.id, f"{spoken(p.capturable, order.currency)} on {paid_with(p)}") for p in ledger.holding(order)]


def _capture_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    held = next((p.capturable for p in ledger.holding(order) if p.id == ref), 0)
    value = format_decimal(min(held, ledger.due(order)), order.currency)
    return (
        Input("amount", f"Amount in {order.currency}", "money", value=value),
        Input("final", "Release what is left of the hold", "tick", value="yes"),
    )


async def _capture(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Capture(payment_id=ref or None, amount=said.money("amount", least=1), final=said.ticked("final"))


async def _void(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Void(payment_id=ref or None)


def refundable(order: Order, line: Line) -> int:
    """Units of a line that no credit names yet."""
    return line.quantity - ledger.credited_units(order, line.id)


def _refund_lines(order: Order) -> tuple[UnitsOf, ...]:
    return lines_with(order, lambda line: refundable(order, line), all_of_it=False)


def _refund_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    left = spoken(ledger.refundable(order), order.currency)
    return (
        Input("units", "Units", "units", "Their share goes back; leave all at 0 for an amount alone.",
              units=_refund_lines(order)),
        Input("restock", "Put these units back on the shelf", "tick", "Unsent ones are cancelled by it."),
        Input("shipping", "Shipping", "choice", choices=(("", "keep it"), ("full", "give back what is left of it"))),
        Input("amount", f"Amount in {order.currency}", "money",
              f"Empty: what the units and shipping are worth, or all that is left. At most {left}."),
        Input("reason", "Reason", "area", "Kept with the refund."),
        Input("code", "Code", "choice", choices=CODES),
        Input("manual", "It was given back elsewhere", "tick", "Recorded only; the payment provider is not asked."),
        Input("notify", "Mail the customer", "tick"),
    )  # fmt: skip


async def _refund(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    restock = said.ticked("restock")
    units = said.units(needed=False)
    if restock and not units:
        raise Unreadable(UNITS, "Say which units go back on the shelf.")
    lines = tuple(c.RefundUnits(line_id=u.line_id, quantity=u.quantity, restock=restock) for u in units)
    shipping = said.choice("shipping", ("", "full"), default="")
    code = said.choice("code", [value for value, _ in CODES], default="")
    return c.Refund(
        amount=said.money("amount"),
        lines=lines or None,
        shipping="full" if shipping else None,
        reason=said.text("reason"),
        code=code or None,  # type: ignore[arg-type]  # one of CODES
        manual=said.ticked("manual"),
        notify=said.ticked("notify"),
    )


ACTS: Final = (
    Act("pay", "pay", "Take a payment", "money", AGENTS, _pay_inputs, _pay),
    Act("record-payment", "record_payment", "Record a payment", "money", AGENTS, _record_inputs, _record),
    Act("capture", "capture", "Take held money", "money", AGENTS, _capture_inputs, _capture, about=_holds),
    Act("void", "void", "Release a hold", "money", AGENTS, nothing_asked, _void, about=_holds),
    Act("refund", "refund", "Refund", "money", AGENTS, _refund_inputs, _refund, grave=True),
)
