"""What the units of a return's parcel are worth: their credit, less the fee that is kept of it."""

from collections.abc import Mapping
from datetime import datetime

from domain import ledger
from domain.commands import ReceiveReturn
from domain.errors import AmountTooLarge, InvalidInput
from domain.order import Credit, Order


def credit_of(order: Order, units: Mapping[str, int], command: ReceiveReturn, at: datetime) -> tuple[Credit, int]:
    """What these units (line id -> how many) are worth, less the fee, or the amount given instead; and the fee."""
    if command.amount is not None:
        _check_amount(order, command)
    shipping = ledger.shipping_share(order, "full" if command.refund_shipping else None)
    whole = ledger.credit(order, "returned", units, cause="return", at=at, shipping=shipping, amount=command.amount)
    worth = sum(item.subtotal + item.tax for item in whole.lines)
    fee = _fee(order, command, worth)
    if not fee:
        return whole, 0
    less = min(ledger.most(order, whole), worth - fee + sum(shipping))
    return whole.model_copy(update={"amount": less}), fee


def _check_amount(order: Order, command: ReceiveReturn) -> None:
    if command.amount is None or command.amount < 0:
        raise InvalidInput("the amount must not be negative", field="amount")
    if command.fee is not None:
        raise InvalidInput("an amount is what is credited: a fee has nothing to be kept from", field="fee")
    owed = ledger.owed(order)
    if command.amount > owed:
        raise AmountTooLarge(f"only {owed} is owed for the order", field="amount", maximum=owed)


def _fee(order: Order, command: ReceiveReturn, worth: int) -> int:
    """The fee named; else the policy's part of the units' worth, rounded down. None from a given amount."""
    if command.amount is not None:
        return 0
    if command.fee is None:
        return int(worth * order.return_policy.restocking_fee_percent / 100)
    if command.fee < 0:
        raise InvalidInput("the fee must not be negative", field="fee")
    if command.fee > worth:
        raise AmountTooLarge(f"the units are worth {worth}", field="fee", maximum=worth)
    return command.fee
