"""How risky an order looks: a score of 0–100 with the signals it is made of (contract section 8, document 003).

    value ≥ 1,000 major units 30 · billing and shipping country differ 20, city 20, postcode 20
    card CVC failed 30, postcode check failed 20 · first order of a customer ≥ 500 major units 50

≥ 75 `cancel`, ≥ 50 `investigate`, else `accept`. The four booleans are of the same facts.
"""

from collections.abc import Iterator
from typing import Literal

from domain.base import Model
from domain.money import exponent
from domain.order import Address, Order
from domain.policy import RiskPolicy


class Signal(Model):
    """One reason; `score` is what it adds."""

    name: str
    score: int
    message: str


class Assessment(Model):
    """`score` is the signals' sum, 100 at most. In the four booleans, true means greater risk."""

    score: int
    recommendation: Literal["accept", "investigate", "cancel"]
    signals: tuple[Signal, ...] = ()
    ip_fail: bool = False
    """Always False: no signal looks at the buyer's IP address, and the face that shows this field needs a value."""
    address_fail: bool = False
    """Billing and shipping country or city differ."""
    zip_fail: bool = False
    """Their postcodes differ, or the card's postcode check failed."""
    cvc_fail: bool = False
    """The card's CVC check failed."""


def assess(order: Order, policy: RiskPolicy) -> Assessment:
    """The order as it stands: a payment's checks count once the payment is there."""
    signals = tuple(_signals(order, policy))
    score = min(100, sum(signal.score for signal in signals))
    names = {signal.name for signal in signals}
    return Assessment(
        score=score,
        recommendation=_recommend(score, policy),
        signals=signals,
        address_fail=bool(names & {"country_mismatch", "city_mismatch"}),
        zip_fail=bool(names & {"postcode_mismatch", "postcode_check_failed"}),
        cvc_fail="cvc_check_failed" in names,
    )


def _recommend(score: int, policy: RiskPolicy) -> Literal["accept", "investigate", "cancel"]:
    if score >= policy.cancel_at:
        return "cancel"
    return "investigate" if score >= policy.investigate_at else "accept"


def _signals(order: Order, policy: RiskPolicy) -> Iterator[Signal]:
    major = 10 ** exponent(order.currency)
    if order.total >= policy.high_value * major:
        yield Signal(name="high_value", score=30, message=f"The order is worth {policy.high_value} or more")
    yield from _addresses(order.billing_address, order.shipping_address)
    checks = [p.card for p in order.payments if p.card]
    if any(card.cvc_check == "fail" for card in checks):
        yield Signal(name="cvc_check_failed", score=30, message="The card's security code check failed")
    if any(card.postal_code_check == "fail" for card in checks):
        yield Signal(name="postcode_check_failed", score=20, message="The card's postcode check failed")
    if order.customer_id and order.origin.first_order and order.total >= policy.first_order_value * major:
        worth = f"The customer's first order is worth {policy.first_order_value} or more"
        yield Signal(name="first_order_high_value", score=50, message=worth)


def _addresses(billing: Address | None, shipping: Address | None) -> Iterator[Signal]:
    """Only what both addresses say can differ; case and surrounding blanks do not count."""
    if billing is None or shipping is None:
        return
    pairs = (
        ("country", "countries", billing.country, shipping.country),
        ("city", "cities", billing.city, shipping.city),
        ("postcode", "postcodes", billing.postal_code, shipping.postal_code),
    )
    for name, plural, ours, theirs in pairs:
        if ours and theirs and ours.strip().casefold() != theirs.strip().casefold():
            yield Signal(name=f"{name}_mismatch", score=20, message=f"Billing and shipping {plural} differ")
