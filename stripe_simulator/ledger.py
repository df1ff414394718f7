"""The simulator's own account of the money: per payment intent what was held, captured, given back and let go.

This is what a drill compares the engine's ledger with, to the cent. Amounts are Stripe's (ISK and UGX times 100).
"""

from stripe_simulator.refusal import Body
from stripe_simulator.store import Store


def entries(store: Store) -> list[Body]:
    """One row per payment intent, both modes, oldest first."""
    found = [*store.select("payment_intent", False, "", (), "ASC", -1)]
    found += store.select("payment_intent", True, "", (), "ASC", -1)
    return [_entry(store, intent) for intent in found]


def _entry(store: Store, intent: Body) -> Body:
    charges = [c for c in store.children("charge", intent["id"]) if c["status"] == "succeeded"]
    return {
        "payment_intent": intent["id"],
        "livemode": intent["livemode"],
        "metadata": intent["metadata"],
        "currency": intent["currency"],
        "status": intent["status"],
        "authorized": sum(c["amount"] for c in charges),
        "captured": sum(c["amount_captured"] for c in charges),
        "refunded": sum(c["amount_refunded"] for c in charges),
        "released": sum(c["_released"] for c in charges),
        "charges": len(charges),
        "disputed": any(c["disputed"] for c in charges),
    }
