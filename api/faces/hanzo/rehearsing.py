"""`?dryRun=true`: what a command would do, in hanzo's words. The engine's own face answers the same."""

from collections.abc import Sequence
from typing import Any, Final

from api.faces.hanzo import answers as a
from api.faces.hanzo import render
from api.faces.hanzo import translate as t
from api.http import reading
from api.http.routing import Answer, Call, Rehearsed
from domain.rehearsal import Rehearsal
from domain.stock import StockMove


def answer(call: Call, told: Rehearsal) -> Answer:
    """What this key may read of it: a customer reads neither holds and staff notes nor what the shop does with its stock."""
    placed = told.order.number > 0
    shown = render.dump(render.order(reading.shown(call.key, told.order)))
    customer = call.key.scope == "customer"
    out = a.DryRunOut(
        dry_run=True,
        order=shown if placed else _nameless(shown),
        events=[kind for kind in told.events if not (customer and kind in reading.HIDDEN_EVENTS)],
        money=[
            a.MoneyOut(kind=m.kind, amount=m.amount, payment_id=m.payment_id and t.PAYMENT.encode(m.payment_id))
            for m in told.money
        ],
        stock=[] if customer else _stock(told.stock),
        mails=list(told.mails),
    )
    return Answer(out)


def _stock(moves: Sequence[StockMove]) -> list[a.StockMoveOut]:
    """Per variant, lines added up."""
    sums: dict[str, tuple[int, int]] = {}
    for move in moves:
        reserved, on_hand = sums.get(move.variant_id, (0, 0))
        sums[move.variant_id] = (reserved + move.reserved, on_hand + move.on_hand)
    return [a.StockMoveOut(variant_id=name, reserved=r, on_hand=h) for name, (r, h) in sums.items() if r or h]


def _nameless(shown: Any) -> Any:
    """Without the ids it would never have again: of the order, and of all that is in it."""
    if isinstance(shown, list):
        return [_nameless(one) for one in shown]
    if isinstance(shown, dict):
        return {n: None if n in _OWN_IDS else v if n == "metadata" else _nameless(v) for n, v in shown.items()}
    return shown


_OWN_IDS: Final = frozenset(("id", "displayId", "orderId", "itemId", "paymentId"))
DRY: Final = Rehearsed(answer, a.DryRunOut)
