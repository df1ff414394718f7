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
from domain.order import Address, Discount, Given, Line, Order, ShippingLine, TaxLine
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
            raise InvalidInput(f"unknown discount code {code!r}", field=f"codes[{i}]")
        found[code.upper()] = Discount(code=code, amount=0, percent=rule.percent, fixed=rule.amount)
    return tuple(found.values())


def price(order: Order, frozen: frozenset[str] = frozenset(), shipping_frozen: bool = False) -> Order:
    """The order with every total, and every line's share of discount and tax, computed anew from its parts.

    `frozen`: lines whose shares stay as they are, because units of them are credited; the others share the rest.
    `shipping_frozen`: the same for shipping's tax.
    """
    subtotal = sum(line.subtotal for line in order.lines)
    lines, discounts, discount = _discounted(order, subtotal, frozen)
    lines, shipping_lines, tax_lines, given = _taxed(order, lines, frozen, shipping_frozen)
    shipping = sum(s.price for s in shipping_lines)
    tax = sum(line.tax for line in lines) + sum(s.tax for s in shipping_lines)
    total = subtotal - discount + shipping + tax
    if total > MAX_AMOUNT or subtotal > MAX_AMOUNT:
        raise InvalidInput("the order's total is too large", field="lines", maximum=MAX_AMOUNT)
    return order.model_copy(
        update={
            "lines": tuple(lines),
            "shipping_lines": shipping_lines,
            "tax_lines": tax_lines,
            "discounts": discounts,
            "given": given,
            "subtotal": subtotal,
            "discount_total": discount,
            "shipping_total": shipping,
            "tax_total": tax,
            "total": total,
        }
    )


def _discounted(order: Order, subtotal: int, frozen: frozenset[str]) -> tuple[list[Line], tuple[Discount, ...], int]:
    """(lines with their shares of the discount, discounts with their amounts, the whole discount)."""
    left, amounts = subtotal, []
    for d in order.discounts:
        fixed = d.fixed if d.fixed is not None else d.amount
        amounts.append(min(left, fixed if d.percent is None else int(subtotal * d.percent / 100)))
        left -= amounts[-1]
    wanted = subtotal - left if order.given.discount is None else min(order.given.discount, subtotal)
    kept = sum(line.discount for line in order.lines if line.id in frozen)
    weights = [0 if line.id in frozen else line.subtotal for line in order.lines]
    spread = min(max(0, wanted - kept), sum(weights))
    shares = allocate(spread, weights) if spread else [0] * len(weights)
    lines = [
        line if line.id in frozen else line.model_copy(update={"discount": share})
        for line, share in zip(order.lines, shares, strict=True)
    ]
    if order.given.discount is None and any(amounts) and kept + spread != sum(amounts):
        # Where no code is left, what credited units bore of one that was removed stays theirs, and no code's.
        amounts = allocate(kept + spread, amounts)
    discounts = tuple(
        d.model_copy(update={"amount": amount}) for d, amount in zip(order.discounts, amounts, strict=True)
    )
    return lines, discounts, kept + spread


def _taxed(
    order: Order, lines: list[Line], frozen: frozenset[str], shipping_frozen: bool
) -> tuple[list[Line], tuple[ShippingLine, ...], tuple[TaxLine, ...], Given]:
    """(lines and shipping lines with their tax, what each rate comes to, the given figures as they are now)."""
    goods = [line.subtotal - line.discount for line in lines]
    shipping = [s.price for s in order.shipping_lines]
    fixed = [line.id in frozen for line in lines] + [shipping_frozen] * len(shipping)
    known = [line.tax for line in lines] + [s.tax for s in order.shipping_lines]
    kept = [tax if stays else 0 for tax, stays in zip(known, fixed, strict=True)]
    if order.given.tax is None:
        tax_lines, taxes = _by_rate(order, goods, shipping, fixed, kept)
        given = order.given
    else:
        weights = [0 if stays else value for value, stays in zip([*goods, *([0] * len(shipping))], fixed, strict=True)]
        if any(fixed):
            rest = max(0, order.given.tax - sum(kept)) if sum(weights) else 0
            given = order.given.model_copy(update={"tax": sum(kept) + rest})
        else:
            rest, given = order.given.tax, order.given
        taxes = _spread(kept, rest, weights)
        tax_lines = _given_tax(order.model_copy(update={"given": given}))
    n = len(lines)
    taxed = [line.model_copy(update={"tax": tax}) for line, tax in zip(lines, taxes[:n], strict=True)]
    shipped = tuple(s.model_copy(update={"tax": t}) for s, t in zip(order.shipping_lines, taxes[n:], strict=True))
    return taxed, shipped, tax_lines, given


def _spread(kept: list[int], rest: int, weights: list[int]) -> list[int]:
    """What stays, and the rest by weight over the others."""
    shares = allocate(rest, weights) if rest else [0] * len(weights)
    return [stays + share for stays, share in zip(kept, shares, strict=True)]


def _by_rate(
    order: Order, goods: list[int], shipping: list[int], fixed: list[bool], kept: list[int]
) -> tuple[tuple[TaxLine, ...], list[int]]:
    """Each rate on all it taxes, rounded half up once; what frozen lines bear of it stays theirs."""
    taxes, tax_lines = list(kept), []
    wholes, bases = [], []
    for rate in order.tax_lines:
        taxed = [*goods, *(shipping if rate.taxes_shipping else [0] * len(shipping))]
        wholes.append(round_half_up(Decimal(sum(taxed)) * rate.rate))
        bases.append([0 if stays else value for value, stays in zip(taxed, fixed, strict=True)])
    borne = allocate(sum(kept), wholes) if wholes else []
    for rate, whole, base, stays in zip(order.tax_lines, wholes, bases, borne, strict=True):
        rest = max(0, whole - stays) if sum(base) else 0
        taxes = _spread(taxes, rest, base)
        tax_lines.append(rate.model_copy(update={"price": stays + rest}))
    return tuple(tax_lines), taxes


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
