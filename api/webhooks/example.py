"""The order in a test message: document 000's, paid and sent. It looks like any other, is nobody's, and cannot be found again.

The rule: its ids are of the message's own ULID, so no order ever has them.
"""

from datetime import datetime
from typing import Final

from domain.events import Event
from domain.ids import child
from domain.order import Actor, Address, Discount, Fulfillment, Line, Order, Shipment, ShippingLine, Tracking, Units
from domain.payments import CardDetails, Payment

NUMBER: Final = 1042
_ADDRESS: Final = Address(
    first_name="Jane",
    last_name="Doe",
    line1="456 Oak Ave",
    city="Portland",
    state="OR",
    postal_code="97201",
    country="US",
)
_TRACKING: Final = Tracking(
    number="1Z999AA10123456784", company="UPS", url="https://www.ups.com/track?tracknum=1Z999AA10123456784"
)


def example(ulid: str, now: datetime, *, livemode: bool) -> tuple[Event, Order]:
    """An order and the event that it was placed, to be rendered as any other."""
    line = Line(
        id=child(ulid, "line", 1), serial=1, variant_id="var_xyz789", product_id="prod_xyz789", title="Premium T-Shirt",
        variant_title="Black / M", sku="TSHIRT-BLK-M", quantity=2, unit_price=2999, discount=1499, tax=540, sent=2, shipped=2,
    )  # fmt: skip
    shipping = ShippingLine(
        id=child(ulid, "shipping", 2), serial=2, title="Standard", price=599, method_id="ship_standard"
    )
    units = (Units(line_id=line.id, quantity=2),)
    shipment = Shipment(id=child(ulid, "shipment", 5), serial=5, items=units, tracking=_TRACKING, shipped_at=now)
    fulfillment = Fulfillment(
        id=child(ulid, "fulfillment", 4), serial=4, items=units, shipments=(shipment,), tracking=_TRACKING, created_at=now,
        updated_at=now,
    )  # fmt: skip
    payment = Payment(
        id=child(ulid, "payment", 3), serial=3, provider="sandbox", amount=5638, authorized=5638, captured=5638,
        state="captured", card=CardDetails(brand="visa", last4="4242"), created_at=now, authorized_at=now, captured_at=now,
    )  # fmt: skip
    order = Order(
        id=ulid, number=NUMBER, livemode=livemode, version=4, stage="confirmed", currency="USD", email="jane@example.com",
        customer_id="cust_example", lines=(line,), shipping_lines=(shipping,), fulfillments=(fulfillment,), payments=(payment,),
        discounts=(Discount(code="WELCOME25", amount=1499),), subtotal=5998, discount_total=1499, shipping_total=599,
        tax_total=540, total=5638, shipping_address=_ADDRESS, billing_address=_ADDRESS, metadata={"example": True},
        created_at=now, updated_at=now, confirmed_at=now, next_serial=6,
    )  # fmt: skip
    event = Event(
        id=ulid, sequence=1, type="order.created", at=now, actor=Actor(kind="system", id="test"), version=order.version
    )
    return event, order
