"""One line of an order, and so many units of one. Amounts are minor units of the order's currency."""

from typing import Literal

from pydantic import Field

from domain.base import Model

StockMode = Literal["tracked", "ignore_policy", "bypass", "untracked"]
"""tracked: never below zero. ignore_policy: may go below zero. bypass/untracked: touches no stock, ever."""


class Units(Model):
    """So many units of one line."""

    line_id: str
    quantity: int = Field(gt=0)


class Product(Model):
    """Snapshot of the catalogue entry when the line was made (every line field a face shows)."""

    options: tuple[str, ...] = ()
    product_type: str | None = None
    vendor: str | None = None
    compare_price: int | None = None
    image_url: str | None = None
    auto_fulfilment: bool = False
    is_multi: bool = False


class Line(Model):
    """One line. Counters: 0 ≤ delivered ≤ shipped ≤ sent ≤ quantity − cancelled, always."""

    id: str
    serial: int
    variant_id: str | None = None
    product_id: str | None = None
    title: str
    """Product name, without the variant."""
    variant_title: str | None = None
    sku: str | None = None
    quantity: int
    """Ordered units; an edit changes it, a cancellation does not."""
    unit_price: int
    discount: int = 0
    """This line's share of the order's discount."""
    tax: int = 0
    requires_shipping: bool = True
    is_gift_card: bool = False
    weight_grams: int | None = None
    stock: StockMode = "untracked"
    product: Product = Product()
    cancelled: int = 0
    """Units that will never be sent."""
    lost: int = 0
    """Units written off (cancelled without restock): gone from the shelf though never sent."""
    sent: int = 0
    """Handed to fulfilment."""
    shipped: int = 0
    delivered: int = 0
    returned: int = 0
    """Shipped units that came back."""
    recalled: int = 0
    """Of `returned`, those that came back before they were delivered."""
    restocked: int = 0
    """Of `returned`, those put back on the shelf."""
    exchange_id: str | None = None
    """The exchange it was sold in."""
    claim_id: str | None = None
    """The claim it was given for; it costs nothing."""
    replaces: tuple[Units, ...] = ()
    """Of a claim's line: the units it stands for. Their worth is credited when it comes back, and no more when they do."""

    @property
    def subtotal(self) -> int:
        return self.unit_price * self.quantity

    @property
    def total(self) -> int:
        """What the line costs the customer: price − discount + tax."""
        return self.subtotal - self.discount + self.tax
