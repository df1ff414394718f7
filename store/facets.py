"""All status words of an order, of all four faces, as one integer: the facet.

One index on (mode, facet, time) then serves every combination of status filters of every face, and one counter per
facet every count: the words that match a filter are found among the facets that exist (some sixty), and the page is
a merge of their ranges. An order's facet is stored with it, so counters never depend on today's reading of it.

Rule: tables below only grow at their end; a word's place is stored in every row. Four bits per word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from domain import status
from domain.order import Order

ALL: Final = -1
"""The facet under which every order is counted."""

AXES: Final[dict[str, tuple[str | int, ...]]] = {
    "hanzo_status": (
        "pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded", "returned", "failed",
    ),
    "lifecycle": ("draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"),
    "payment_status": ("pending", "authorized", "captured", "refunded"),
    "fulfillment_status": ("unfulfilled", "partial", "fulfilled"),
    "zephyr_status": ("created", "paid", "partially_refunded", "refunded", "cancelled"),
    "storefront_status": ("open", "closed", "cancelled"),
    "financial_status": (
        "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided",
    ),
    "commercehq_status": (0, 1, 2, 3, 4, 5),
    "commercehq_paid": (0, 1, -1, -2),
}  # fmt: skip
"""Column of `orders` -> its words, in stored order."""


@dataclass(frozen=True)
class Words:
    """The words themselves, one per column of `orders`."""

    hanzo_status: str
    lifecycle: str
    payment_status: str
    fulfillment_status: str
    zephyr_status: str
    storefront_status: str
    financial_status: str
    commercehq_status: int
    commercehq_paid: int


def words_of(order: Order) -> Words:
    """What all four faces call this order's state."""
    return Words(
        hanzo_status=status.hanzo_status(order),
        lifecycle=status.lifecycle(order),
        payment_status=status.payment_status(order),
        fulfillment_status=status.fulfillment_status(order),
        zephyr_status=status.zephyr_status(order),
        storefront_status=status.storefront_status(order),
        financial_status=status.financial_status(order),
        commercehq_status=status.commercehq_status(order),
        commercehq_paid=status.commercehq_paid(order),
    )


def pack(words: Words) -> int:
    """Words -> facet. ValueError for a word that is not in the table."""
    facet = 0
    for place, (axis, known) in enumerate(AXES.items()):
        facet |= known.index(getattr(words, axis)) << 4 * place
    return facet


@lru_cache(maxsize=4096)
def unpack(facet: int) -> Mapping[str, str | int]:
    """Facet -> {axis: word}, the reverse of `pack`."""
    return {axis: known[facet >> 4 * place & 15] for place, (axis, known) in enumerate(AXES.items())}


Wanted = Mapping[str, frozenset[str] | frozenset[int]]
"""Axis -> the words that match; axes that are not named match anything."""


def matching(facets: Iterable[int], wanted: Wanted) -> list[int]:
    """Those facets whose every wanted axis has one of its wanted words."""
    return [f for f in facets if all(unpack(f)[axis] in words for axis, words in wanted.items())]
