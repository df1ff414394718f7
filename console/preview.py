"""Exactly what an act will do, for people: made of the dry run, and nothing else.

`digest` is what was shown, as one word in the form. When the act is sent, the dry run is made again: where it comes to something
else (the order changed, a window ended), nothing is done and the new one is shown. So what is done is what was seen.
"""

import hashlib
import json
from dataclasses import dataclass

from domain import ledger
from domain.order import Order, Payment
from domain.rehearsal import Movement, Rehearsal
from domain.status import fulfillment_status, lifecycle, payment_status
from domain.windows import waits_for


@dataclass(frozen=True)
class Figure:
    """One amount of the account, before and after."""

    name: str
    before: int
    after: int


@dataclass(frozen=True)
class Moved:
    """Money that moves: which way, how much, where."""

    words: str
    amount: int
    where: str


@dataclass(frozen=True)
class Stock:
    """By how many units a variant's figures change."""

    name: str
    reserved: int
    on_hand: int


@dataclass(frozen=True)
class Preview:
    currency: str
    money: tuple[Moved, ...]
    figures: tuple[Figure, ...]
    stock: tuple[Stock, ...]
    statuses: tuple[tuple[str, str, str], ...]
    """(axis, before, after), where they differ."""
    mails: tuple[str, ...]
    events: tuple[str, ...]
    waits: tuple[str, ...]
    """What the order waits for afterwards."""
    back: int
    """Money that goes back to the customer by it."""
    digest: str

    @property
    def is_empty(self) -> bool:
        return not (self.money or self.stock or self.mails or self.statuses or self.figures)


def of(order: Order, told: Rehearsal) -> Preview:
    after = told.order
    money = tuple(_moved(order, movement) for movement in told.money)
    shown = Preview(
        currency=order.currency,
        money=money + _to_credit(order, after),
        figures=_figures(order, after),
        stock=_stock(order, told),
        statuses=_statuses(order, after),
        mails=told.mails,
        events=told.events,
        waits=tuple(waits_for(after)),
        back=back(order, after),
        digest="",
    )
    return Preview(**{**vars(shown), "digest": _digest(shown)})


def back(before: Order, after: Order) -> int:
    """Money that goes back by whatever verb, to payments and to store credit."""
    return max(0, ledger.refunded(after) - ledger.refunded(before))


_WORDS = {
    "authorize": "Hold",
    "capture": "Take",
    "void": "Release a hold of",
    "refund": "Give back",
}


def _moved(order: Order, movement: Movement) -> Moved:
    known = {payment.id: payment for payment in order.payments}
    payment = known.get(movement.payment_id or "")
    return Moved(_WORDS[movement.kind], movement.amount, "a new payment" if payment is None else paid_with(payment))


def _to_credit(before: Order, after: Order) -> tuple[Moved, ...]:
    more = sum(r.store_credit for r in after.refunds) - sum(r.store_credit for r in before.refunds)
    return (Moved("Give back", more, "the customer's store credit"),) if more > 0 else ()


def paid_with(payment: Payment) -> str:
    """`visa •••• 4242`."""
    if payment.card is not None:
        return f"{payment.card.brand} •••• {payment.card.last4}"
    return {"manual": "money taken elsewhere", "store_credit": "store credit"}.get(payment.provider, payment.provider)


def _figures(before: Order, after: Order) -> tuple[Figure, ...]:
    found = (
        Figure("Sold", before.total, after.total),
        Figure("No longer owed", ledger.credited(before), ledger.credited(after)),
        Figure("Taken", ledger.captured(before), ledger.captured(after)),
        Figure("Given back", ledger.refunded(before), ledger.refunded(after)),
        Figure("Held", ledger.held(before), ledger.held(after)),
        Figure("Still to pay", ledger.due(before), ledger.due(after)),
        Figure("To give back", ledger.surplus(before), ledger.surplus(after)),
    )
    return tuple(figure for figure in found if figure.before != figure.after)


def _stock(order: Order, told: Rehearsal) -> tuple[Stock, ...]:
    titles = {line.variant_id: titled(line.title, line.variant_title) for line in (*order.lines, *told.order.lines)}
    sums: dict[str, tuple[int, int]] = {}
    for move in told.stock:
        reserved, on_hand = sums.get(move.variant_id, (0, 0))
        sums[move.variant_id] = (reserved + move.reserved, on_hand + move.on_hand)
    return tuple(Stock(titles.get(v) or v, r, h) for v, (r, h) in sums.items() if r or h)


def titled(title: str, variant: str | None) -> str:
    return f"{title} – {variant}" if variant else title


def _statuses(before: Order, after: Order) -> tuple[tuple[str, str, str], ...]:
    axes = (("Order", lifecycle), ("Payment", payment_status), ("Shipping", fulfillment_status))
    told = [(name, str(axis(before)), str(axis(after))) for name, axis in axes]
    told.append(
        ("Open", "open" if before.closed_at is None else "closed", "open" if after.closed_at is None else "closed")
    )
    return tuple(row for row in told if row[1] != row[2])


def _digest(shown: Preview) -> str:
    """Of what moves and of what becomes of it: not of words that only say when."""
    seen = [
        [(m.words, m.amount, m.where) for m in shown.money],
        [vars(f) for f in shown.figures],
        [vars(s) for s in shown.stock],
        shown.statuses,
        shown.mails,
        shown.events,
    ]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:24]
