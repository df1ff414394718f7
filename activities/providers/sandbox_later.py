"""What happens at the sandbox after its answer, as at Stripe in test mode: refunds that settle or fail later, and disputes.

| payment method           | its refunds                              | its charges                              |
|--------------------------|------------------------------------------|------------------------------------------|
| `pm_card_pendingRefund`  | pending, then succeeded                  |                                          |
| `pm_card_refundFail`     | succeeded, then failed: the money is back|                                          |
| `pm_card_createDispute`  | refused while the dispute is open        | disputed as fraudulent once captured     |

"Then" is LATER_SECONDS after the call, by the clock alone: nothing runs meanwhile. The word of it is an event, parked with the
call's own transaction and received from that moment on, as a webhook would be; the sweep hands it to the order. Nobody decides a
sandbox's dispute: it stays open. Source: docs.stripe.com/testing.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.providers.base import DisputeResult, RefundResult
from store.money import parked
from store.money.parked import Parked

LATER_SECONDS: Final = 10
REFUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "pm_card_pendingRefund": ("pending", "succeeded"),
    "pm_card_refundFail": ("succeeded", "failed"),
}
"""Payment method -> what its refunds are at first, and later."""
DISPUTED: Final = "pm_card_createDispute"
Row = Mapping[str, Any]


def refund_states(payment: Row) -> tuple[str, str | None]:
    """(state at once, state later) of a refund of this payment."""
    return REFUNDS.get(payment["data"]["method"], ("succeeded", None))


def refund_state(refund: Row, now: int) -> Any:
    """Where a refund stands now."""
    later = refund["data"].get("later")
    return later if later is not None and now >= refund["created_at"] + LATER_SECONDS else refund["state"]


def refund_result(refund: Row, now: int) -> RefundResult:
    return RefundResult(ref=refund["ref"], status=refund_state(refund, now), amount=refund["amount"])


def dispute(payment: Row) -> DisputeResult | None:
    """The dispute of a captured charge, where its card makes one."""
    if payment["data"]["method"] != DISPUTED or not payment["captured"]:
        return None
    ref = "dp_" + payment["ref"].removeprefix("pi_")
    return DisputeResult(ref=ref, status="opened", amount=payment["captured"], reason="fraudulent")


async def tell_dispute(conn: AsyncConnection, payment: Row, now: int) -> None:
    """Park the word of a dispute that this capture has opened; again changes nothing."""
    if (opened := dispute(payment)) is not None:
        await _park(conn, payment, "charge.dispute.created", opened.ref, now)


async def tell_refund(conn: AsyncConnection, payment: Row, refund: Row) -> None:
    """Park the word of what becomes of this refund, for the moment it does."""
    later = refund["data"].get("later")
    if later is not None:
        kind = "refund.failed" if later == "failed" else "refund.updated"
        await _park(conn, payment, kind, refund["ref"], refund["created_at"] + LATER_SECONDS)


async def _park(conn: AsyncConnection, payment: Row, kind: str, subject: str, at: int) -> None:
    event = Parked(
        provider="sandbox",
        id=f"evt_{subject}",
        livemode=False,
        payment_ref=payment["ref"],
        received_at=at,
        delivered_at=None,
        body={"type": kind, "order_id": payment["order_id"]},
    )
    await parked.keep(conn, event)
