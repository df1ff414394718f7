"""An engine whose payments go to the Stripe simulator, and the simulator's books of one order."""

from tests.faults import selling
from tests.stripe.running import KEY, Simulator


def paying_at(stripe: Simulator) -> dict[str, str]:
    """The engine's settings. Nobody there tells it anything by webhook, and its clients are not kept waiting."""
    return {
        "ORDERMILL_PAYMENT_PROVIDER": "stripe",
        "STRIPE_API_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": "whsec_nobody_sends",
        "STRIPE_API_BASE": stripe.url,
        "ORDERMILL_COMMAND_TIMEOUT_SECONDS": "3",
    }


def books(stripe: Simulator, order: selling.Json) -> tuple[int, int]:
    """(captured, refunded) at the provider for this order, in all its payments."""
    mine = [
        e for e in stripe.control("GET", "ledger")["entries"] if e["metadata"].get("order_id") == selling.bare(order)
    ]
    return sum(e["captured"] for e in mine), sum(e["refunded"] for e in mine)
