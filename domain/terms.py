"""The words by which an operator finds an order again: everything on it that somebody remembers or reads from a parcel.

    number            1042                    name       ada lovelace, ada, lovelace, analytical engines ltd
    ids               those of the order, its payments, returns, exchanges and claims; the customer's
    e-mail, phone     ada@example.com, 15550100 (digits only)
    tracking, SKU     as written               payment    the provider's reference (pi_…)

Terms are folded: lower case, one space between words. A text typed by an operator is folded the same way by `wanted`, and an
order is found when one of its terms begins with it.
"""

import re
from collections.abc import Iterator
from typing import Final

from domain.ids import from_uuid
from domain.order import Address, Order

LONGEST: Final = 100
"""Characters of a term; what is longer is found by its beginning."""
_PHONE: Final = re.compile(r"[+()\d][\d\s()./+-]{4,}")
_DIGITS: Final = re.compile(r"\D+")


def terms(order: Order) -> list[str]:
    """All terms of an order, sorted, each once."""
    found = {fold(text) for text in _texts(order) if text}
    return sorted(found - {""})


def fold(text: str) -> str:
    """As terms are stored and compared."""
    return " ".join(text.casefold().replace("\x00", "").split())[:LONGEST]


def wanted(text: str) -> str:
    """What an operator typed, as a term may begin: `#1042`, an order's id in any spelling, a phone number with its signs."""
    bare = text.strip().removeprefix("#")
    if len(bare) == 36 and bare.count("-") == 4:
        try:
            return fold(from_uuid(bare))
        except ValueError:
            return fold(bare)
    bare = re.sub(r"^(order|pay|ret|exch|claim)_", "", bare)
    return phone(bare) if _PHONE.fullmatch(bare) else fold(bare)


def phone(text: str) -> str:
    """Its digits: how it was grouped nobody remembers."""
    return _DIGITS.sub("", text)


def _texts(order: Order) -> Iterator[str | None]:
    yield from (str(order.number), order.id, order.email, order.customer_id)
    for number in (order.phone, *(place.phone for place in _places(order))):
        yield phone(number or "")
    for place in _places(order):
        yield from _names(place)
    yield from (line.sku for line in (*order.lines, *(line for one in order.exchanges for line in one.new_lines)))
    yield from (made.id for made in order.returns)
    yield from (made.id for made in order.exchanges)
    yield from (made.id for made in order.claims)
    for fulfillment in order.fulfillments:
        yield fulfillment.tracking.number
        yield from (shipment.tracking.number for shipment in fulfillment.shipments)
    for payment in order.payments:
        yield from (payment.ref, payment.id)


def _places(order: Order) -> list[Address]:
    return [place for place in (order.shipping_address, order.billing_address) if place is not None]


def _names(place: Address) -> Iterator[str | None]:
    """The whole name and each part of it, so that either is found by its beginning."""
    parts = [place.first_name or "", place.last_name or ""]
    yield " ".join(parts)
    for part in (*parts, place.company or ""):
        yield part
        yield from part.split()
