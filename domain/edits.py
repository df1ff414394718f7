"""What an edit is made of: one class per operation. What became of an edit is in the order (order.Edited).

Each is complete in itself: the engine has described the new line, looked the code's rule up and found the address's rates
before, so that an edit is a pure function of the order and of what it says. `op` has no default, because commands are kept
without what nobody set.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from domain.base import Model
from domain.order import Address, Line, ShippingLine, TaxLine, Units


class AddItem(Model):
    """A new line, priced and described by the door (door/selling.py); its id and serial are set when it is added."""

    op: Literal["add_item"]
    line: Line


class RemoveItem(Model):
    """The line was never sold."""

    op: Literal["remove_item"]
    line_id: str


class SetQuantity(Model):
    op: Literal["set_quantity"]
    line_id: str
    quantity: int


class SetPrice(Model):
    op: Literal["set_price"]
    line_id: str
    unit_price: int


class CancelUnits(Model):
    """Unsent units that will never be sent."""

    op: Literal["cancel_items"]
    lines: tuple[Units, ...]


class SetShipping(Model):
    """Another way of shipping (`line`), or another price of the one there is (`price`)."""

    op: Literal["set_shipping"]
    line: ShippingLine | None = None
    price: int | None = None


class SetAddress(Model):
    """Where it goes. `tax_lines`: the rates that hold there; taxes that were given with the order stay as they are.

    `tax`: what somebody else (Stripe Tax) calculated for the whole order as edited; it wins over the rates.
    """

    op: Literal["set_address"]
    address: Address
    tax_lines: tuple[TaxLine, ...] = ()
    tax: int | None = None


class AddDiscount(Model):
    """A code with its rule (`percent` or `fixed`), or an amount off.

    What of an amount no line can bear any more, because units of it are credited, is given as an allowance.
    """

    op: Literal["add_discount"]
    code: str
    percent: Decimal | None = None
    fixed: int | None = None
    amount: int | None = None


class RemoveDiscount(Model):
    op: Literal["remove_discount"]
    code: str


EditOperation = Annotated[
    AddItem
    | RemoveItem
    | SetQuantity
    | SetPrice
    | CancelUnits
    | SetShipping
    | SetAddress
    | AddDiscount
    | RemoveDiscount,
    Field(discriminator="op"),
]
