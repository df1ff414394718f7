"""What an order does to stock, as a pure function of its line counters.

    reserved(line) = quantity − cancelled − sent      while the order is confirmed
    taken(line)    = sent − restocked + lost          gone from the shelf

A command's stock moves are the difference of the two between the order before and after; the save applies
them in its own transaction, so a retry of the command moves nothing twice. Document 001: confirming reserves,
cancelling releases. An exchange reserves its new lines before they are lines of the order. A line that is removed gives up
its reservation; what was written off of it stays gone.
"""

from collections.abc import Sequence

from domain.base import Model
from domain.order import Line, Order


class StockMove(Model):
    """One line's change: `on_hand` and `reserved` are deltas in units."""

    line_id: str
    variant_id: str
    on_hand: int
    reserved: int
    obey: bool
    """Refuse to reserve more than is available (unless the variant allows backorder)."""


def reserved(order: Order, line: Line) -> int:
    if order.stage != "confirmed" or line.stock in ("bypass", "untracked") or line.variant_id is None:
        return 0
    return line.quantity - line.cancelled - line.sent


def taken(line: Line) -> int:
    if line.stock in ("bypass", "untracked") or line.variant_id is None:
        return 0
    return line.sent - line.restocked + line.lost


def stocked(order: Order) -> tuple[Line, ...]:
    """Every line that touches stock: the order's, and those of exchanges that wait for their parcel."""
    return (*order.lines, *(line for exchange in order.exchanges for line in exchange.waiting_lines))


def stock_moves(before: Order | None, after: Order) -> tuple[StockMove, ...]:
    """What to apply to stock for `before` to become `after`; lines that left are released."""
    moves: list[StockMove] = []
    old = {line.id: line for line in stocked(before)} if before else {}
    new = {line.id: line for line in stocked(after)}
    for line_id, line in (old | new).items():
        a, b = old.get(line_id), new.get(line_id)
        more_reserved = (reserved(after, b) if b else 0) - (reserved(before, a) if before and a else 0)
        more_taken = taken(b) - (taken(a) if a else 0) if b else 0
        if (more_reserved or more_taken) and line.variant_id is not None:
            moves.append(
                StockMove(
                    line_id=line_id,
                    variant_id=line.variant_id,
                    on_hand=-more_taken,
                    reserved=more_reserved,
                    obey=line.stock == "tracked",
                )
            )
    return tuple(moves)


def left(moves: Sequence[StockMove], done: Sequence[StockMove]) -> tuple[StockMove, ...]:
    """What is left to apply of `moves` when `done` has been applied before; what was done for nothing is taken back."""
    rest = {(move.line_id, move.variant_id): move for move in moves}
    for move in done:
        place = (move.line_id, move.variant_id)
        to = rest.get(place)
        rest[place] = move.model_copy(
            update={
                "on_hand": (to.on_hand if to else 0) - move.on_hand,
                "reserved": (to.reserved if to else 0) - move.reserved,
            }
        )
    return tuple(move for move in rest.values() if move.on_hand or move.reserved)
