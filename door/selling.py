"""What an edit names, looked up: a variant in the catalogue, a shipping method and a code in the policy file, an address's taxes.

The order then only takes what is complete in itself (domain/edits.py). Refusals name the operation's field.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.commands import Edit
from domain.edits import AddDiscount, AddItem, SetAddress, SetShipping
from domain.errors import InvalidInput
from domain.order import Address, Line, Order, ShippingLine, TaxLine
from domain.policy import ShopConfig
from domain.pricing import discounts_for, rates_for
from domain.verbs.charging import edited
from door.placing import Behaviour, DraftLine, Names, Taxes, line_for
from store.goods import catalog

ALLOWANCE: Final = "Discount"
"""What an amount off is called that nobody described."""


def stock_mode(order: Order) -> Behaviour:
    """How a new line touches stock: as the order's first one with stock does, whose behaviour was chosen at creation."""
    for line in order.lines:
        if line.stock != "untracked":
            return line.stock
    return "tracked"


async def new_line(db: AsyncEngine, order: Order, draft: DraftLine, names: Names | None = None) -> Line:
    """A line for this order, from its catalogue entry or its own title and price."""
    entry = None if draft.variant_id is None else await catalog.get(db, order.livemode, draft.variant_id)
    return line_for(draft, entry, currency=order.currency, stock=stock_mode(order), names=names)


async def add_item(db: AsyncEngine, order: Order, draft: DraftLine, names: Names | None = None) -> AddItem:
    return AddItem(op="add_item", line=await new_line(db, order, draft, names))


def set_shipping(config: ShopConfig, order: Order, method_id: str | None, total: int | None, at: str) -> SetShipping:
    """By a method of the policy file, or the price of what there is; a method and a price is that method at that price."""
    if method_id is None:
        if total is None:
            raise InvalidInput("name a method or a total", field=f"{at}.shippingMethodId")
        return SetShipping(op="set_shipping", price=total)
    method = config.shipping_methods.get(method_id)
    if method is None:
        raise InvalidInput("no such shipping method", field=f"{at}.shippingMethodId")
    if total is None and order.currency != config.store.currency:
        raise InvalidInput(f"the method's price is in {config.store.currency}", field=f"{at}.shippingMethodId")
    line = ShippingLine(
        id="", serial=0, title=method.title, price=method.price if total is None else total, method_id=method_id,
        code=method.code, source=method.source,
    )  # fmt: skip
    return SetShipping(op="set_shipping", line=line)


def set_address(config: ShopConfig, address: Address) -> SetAddress:
    rates = rates_for(address, config.tax_rates)
    lines = (
        TaxLine(id="", serial=0, title=r.title, rate=r.rate, price=0, taxes_shipping=r.taxes_shipping) for r in rates
    )
    return SetAddress(op="set_address", address=address, tax_lines=tuple(lines))


def add_discount(
    config: ShopConfig, order: Order, code: str | None, amount: int | None, description: str | None, at: str
) -> AddDiscount:
    """A code of the policy file, or an amount off."""
    if (code is None) == (amount is None):
        raise InvalidInput("give exactly one of code and amount", field=f"{at}.code")
    if code is None:
        return AddDiscount(op="add_discount", code=description or ALLOWANCE, amount=amount)
    try:
        (found,) = discounts_for([code], config.discount_codes)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=f"{at}.code") from None
    if found.fixed is not None and order.currency != config.store.currency:
        raise InvalidInput(f"a fixed discount is in {config.store.currency}", field=f"{at}.code")
    return AddDiscount(op="add_discount", code=found.code, percent=found.percent, fixed=found.fixed)


async def taxed(order: Order, command: Edit, taxes: Taxes | None) -> Edit:
    """The edit with the new address's tax where somebody else calculates this order's: a figure of the whole edited order."""
    addresses = [o for o in command.operations if isinstance(o, SetAddress)]
    if not addresses or taxes is None or order.tax_source != "stripe_tax":
        return command
    found = await taxes(edited(order, command).order)
    last = addresses[-1].model_copy(update={"tax": found.given.tax, "tax_lines": found.tax_lines})
    kept = tuple(last if o is addresses[-1] else o for o in command.operations)
    return command.model_copy(update={"operations": kept})
