"""All status words of an order, in the engine's words and every face's, as one integer: the facet.

One index on (mode, facet, time) then serves every combination of status filters of every face, and one counter per
facet every count: the words that match a filter are found among the facets that exist (some sixty), and the page is
a merge of their ranges. An order's facet is stored with it, so counters never depend on today's reading of it.

Which words there are is told once per process, by its composition root (`register`): the engine's own axes are here, a face's
in its folder, and all of them in one table beside the faces.

Rule: an axis keeps its place and its words their order, new words go to the end: both are stored in every row. Four bits an axis.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, get_args

from domain import status
from domain.order import Order

ALL: Final = -1
"""The facet under which every order is counted."""
BITS: Final = 4
PLACES: Final = 15
"""So many axes fit into 63 bits and leave the sign alone."""


@dataclass(frozen=True)
class Axis:
    """One status that a list may be filtered and sorted by."""

    name: str
    place: int
    """Where its four bits are, from the lowest; never used again for another axis."""
    words: tuple[str | int, ...]
    """In stored order."""
    of: Callable[[Order], str | int]

    @cached_property
    def rank(self) -> Mapping[str | int, int]:
        """Word -> its place in a sorted list."""
        return {word: rank for rank, word in enumerate(sorted(self.words))}


LIFECYCLE: Final = Axis("lifecycle", 1, get_args(status.Lifecycle), status.lifecycle)
PAYMENT: Final = Axis("payment_status", 2, get_args(status.PaymentStatus), status.payment_status)
FULFILLMENT: Final = Axis("fulfillment_status", 3, get_args(status.FulfillmentStatus), status.fulfillment_status)
OWN: Final = (LIFECYCLE, PAYMENT, FULFILLMENT)
"""The engine's own."""

_known: dict[str, Axis] = {}


def register(axes: Iterable[Axis]) -> None:
    """The axes of this process, all of them at once; again the same ones is fine. ValueError for two in one place."""
    table = {axis.name: axis for axis in axes}
    places = [axis.place for axis in table.values()]
    if len(set(places)) < len(places) or not all(0 <= place < PLACES for place in places):
        raise ValueError(f"every axis has a place of its own, from 0 to {PLACES - 1}: {sorted(places)}")
    too_long = [axis.name for axis in table.values() if len(axis.words) > 1 << BITS]
    if too_long:
        raise ValueError(f"an axis has at most {1 << BITS} words: {', '.join(too_long)}")
    if table == _known:
        return
    _known.clear()
    _known.update(table)
    unpack.cache_clear()


def axes() -> Mapping[str, Axis]:
    """Name -> axis. RuntimeError when nobody registered any: rows written then would match no filter."""
    if not _known:
        raise RuntimeError("no axes are registered: a composition root calls store.facets.register first")
    return _known


def facet_of(order: Order) -> int:
    """The order's words, packed. ValueError for a word that is not in its axis."""
    return pack({name: axis.of(order) for name, axis in axes().items()})


def pack(words: Mapping[str, str | int]) -> int:
    """Words by axis -> facet."""
    facet = 0
    for name, axis in axes().items():
        facet |= axis.words.index(words[name]) << BITS * axis.place
    return facet


@lru_cache(maxsize=4096)
def unpack(facet: int) -> Mapping[str, str | int]:
    """Facet -> {axis: word}, the reverse of `pack`."""
    return {name: axis.words[facet >> BITS * axis.place & 15] for name, axis in axes().items()}


Wanted = Mapping[str, frozenset[str] | frozenset[int]]
"""Axis -> the words that match; axes that are not named match anything."""


def matching(facets: Iterable[int], wanted: Wanted) -> list[int]:
    """Those facets whose every wanted axis has one of its wanted words."""
    return [f for f in facets if all(unpack(f)[axis] in words for axis, words in wanted.items())]
