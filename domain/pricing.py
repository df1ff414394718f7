"""What an order costs: lines, discounts, shipping, taxes — at placing, and again after a line edit.

    subtotal  = Σ unit price × quantity
    discount  = codes on the subtotal (percent rounded down, or fixed), never above it
    tax       = per rate, on goods after discount (and shipping where the rate says so), rounded half up once
    total     = subtotal − discount + shipping + tax

Discount and tax are spread over lines by largest remainder in line order, so the lines add up to the order.
Figures given by the caller (imports) win over computed ones. Contract sections 1 and 5.
"""

from decimal import Decimal

from domain.errors import InvalidInput
from domain.money import MAX_AMOUNT, allocate, round_half_up
from domain.order import Address, Discount, Order, TaxLine
from domain.policy import DiscountCode, TaxRate


def rates_for(address: Address | None, rates: list[TaxRate]) -> list[TaxRate]:
    """The rates of the destination: its state's and its country's own."""
    if address is None:
        return []
    return [r for r in rates if r.country == address.country and r.state in (None, address.state)]


def discounts_for(codes: list[str], known: dict[str, DiscountCode]) -> tuple[Discount, ...]:
    """Codes with their rules frozen; amounts come with `price`. An unknown code is 422, the same code twice counts once."""
    found = {}
    for i, code in enumerate(codes):
        rule = known.get(code.upper()) or known.get(code)
        if rule is None:
            raise InvalidInput(f"unknown discount code {code!r}", field=f"discountCodes[{i}]")
        found[code.upper()] = Discount(code=code, amount=0, percent=rule.percent, fixed=rule.amount)
    return tuple(found.values())


def price(order: Order) -> Order:
    """The order with every total, and every line's share of discount and tax, computed anew from its parts."""
    subtotal = sum(line.subtotal for line in order.lines)
    discounts, discount = _discount(order, subtotal)
    shares = allocate(discount, [line.subtotal for line in order.lines])
    lines = [line.model_copy(update={"discount": share}) for line, share in zip(order.lines, shares, strict=True)]
    shipping = sum(s.price for s in order.shipping_lines)
    goods = [line.subtotal - line.discount for line in lines]
    tax_lines, line_tax, shipping_tax = _tax(order, goods)
    lines = [line.model_copy(update={"tax": tax}) for line, tax in zip(lines, line_tax, strict=True)]
    ship = [s.model_copy(update={"tax": t}) for s, t in zip(order.shipping_lines, shipping_tax, strict=True)]
    tax = sum(line_tax) + sum(shipping_tax)
    total = subtotal - discount + shipping + tax
    if total > MAX_AMOUNT or subtotal > MAX_AMOUNT:
        raise InvalidInput("the order's total is too large", field="items", maximum=MAX_AMOUNT)
    return order.model_copy(
        update={
            "lines": tuple(lines),
            "shipping_lines": tuple(ship),
            "tax_lines": tax_lines,
            "discounts": discounts,
            "subtotal": subtotal,
            "discount_total": discount,
            "shipping_total": shipping,
            "tax_total": tax,
            "total": total,
        }
    )


def _discount(order: Order, subtotal: int) -> tuple[tuple[Discount, ...], int]:
    left, out = subtotal, []
    for d in order.discounts:
        fixed = d.fixed if d.fixed is not None else d.amount
        amount = min(left, fixed if d.percent is None else int(subtotal * d.percent / 100))
        left -= amount
        out.append(d.model_copy(update={"amount": amount}))
    given = order.given.discount
    if given is None:
        return tuple(out), subtotal - left
    return tuple(out), min(given, subtotal)


def _tax(order: Order, goods: list[int]) -> tuple[tuple[TaxLine, ...], list[int], list[int]]:
    """(tax lines, tax per line, tax per shipping line)."""
    shipping = [s.price for s in order.shipping_lines]
    line_tax, shipping_tax = [0] * len(goods), [0] * len(shipping)
    if order.given.tax is not None:
        return _given_tax(order), allocate(order.given.tax, goods), shipping_tax
    taxes = []
    for rate in order.tax_lines:
        taxed = [*goods, *(shipping if rate.taxes_shipping else [])]
        amount = round_half_up(Decimal(sum(taxed)) * rate.rate)
        for i, share in enumerate(allocate(amount, taxed)):
            if i < len(goods):
                line_tax[i] += share
            else:
                shipping_tax[i - len(goods)] += share
        taxes.append(rate.model_copy(update={"price": amount}))
    return tuple(taxes), line_tax, shipping_tax


def _given_tax(order: Order) -> tuple[TaxLine, ...]:
    """The caller's tax as one line: the only rate keeps its name."""
    if sum(t.price for t in order.tax_lines) == order.given.tax:
        return order.tax_lines
    if len(order.tax_lines) == 1:
        return (order.tax_lines[0].model_copy(update={"price": order.given.tax}),)
    return tuple(t.model_copy(update={"price": 0}) for t in order.tax_lines)


def rescale_given(order: Order, goods_before: int) -> Order:
    """After an edit, a given tax follows the goods it was on, in proportion; a given discount stays, capped."""
    if order.given.tax is None:
        return order
    goods = sum(line.subtotal for line in order.lines) - order.discount_total
    tax = round_half_up(Decimal(order.given.tax) * max(0, goods) / goods_before) if goods_before > 0 else 0
    return order.model_copy(update={"given": order.given.model_copy(update={"tax": tax})})
