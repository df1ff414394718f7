"""What a shop decides: the `order:` block of document 001 plus what its timers need (contract section 4).

The policy in force when an order is placed is frozen into that order; every key is in the order's row, so a
changed file never changes a running order. Unknown or wrong keys stop the start (ordermill/process/config.py).
"""

from decimal import Decimal
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, ConfigDict, Field, field_validator

from domain.base import Model
from domain.money import MAX_AMOUNT, is_currency

TaxSource = Literal["rates", "stripe_tax", "avalara"]
"""Who calculated an order's taxes: our own rates (or given figures), Stripe Tax, or, on imports, Avalara."""


def _stored_tax_source(value: Any) -> Any:
    """Documents that earlier versions stored call our own rates by another word: what is none of ours is that."""
    return value if value in get_args(TaxSource) else "rates"


StoredTaxSource = Annotated[TaxSource, BeforeValidator(_stored_tax_source)]


class Strict(Model):
    """A block of the policy file: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=False)


class Policy(Strict):
    """The `order:` block. Windows may be fractions; what `0` means is said per key."""

    auto_confirm: bool = False
    """Placing confirms at once (001: auto-confirm after cart checkout)."""
    return_window_days: float = Field(30, ge=0, le=3650)
    """Days a delivered order can be returned; 0 = not at all."""
    cancel_window_minutes: float = Field(60, ge=0, le=5_256_000)
    """Minutes from placement in which a customer may cancel; 0 = not at all."""
    require_payment_before_fulfill: bool = True
    payment_window_minutes: float = Field(1440, ge=0, le=5_256_000)
    """Confirmed and unpaid for this long: cancelled, stock released; 0 = never."""
    max_payment_attempts: int = Field(3, ge=0, le=1000)
    """That many declines: the order is failed, stock released; 0 = never."""
    capture: Literal["automatic", "manual", "on_fulfillment"] = "automatic"
    authorization_hold_days: float = Field(7, gt=0, le=90)
    """How long a provider holds an authorisation, where it does not say so itself."""
    on_authorization_expiry: Literal["release", "capture"] = "release"
    """release: unpaid again, a new payment window starts; capture: take the money before it lapses."""


class ReturnPolicy(Strict):
    """The `returns:` block: what sending goods back takes (contract section 13)."""

    auto_approve: bool = False
    """A return is approved as soon as it is requested."""
    ship_back_days: float = Field(14, ge=0, le=3650)
    """Days from approval in which the parcel must come, where the approval does not say; 0 = no deadline."""
    restocking_fee_percent: Decimal = Field(Decimal(0), ge=0, le=100)
    """Of the worth of the units received, rounded down; kept from what is credited where no fee is named."""


class Store(Strict):
    """The `store:` block: who the shop is."""

    name: str | None = Field(None, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    """What customers know it as: the sender and the head of mails; None: the domain mails come from."""
    currency: str = "USD"
    country: str = Field("US", pattern="^[A-Z]{2}$")
    display_prefix: str = Field("CH-", max_length=16)
    """What stands before the number in an order's display number."""
    from_email: str = Field("orders@example.com", pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$")
    """The address alone; what stands before it in a mail is `name`."""
    time_zone: str = "UTC"
    """IANA name: where the shop's days begin."""
    statement_descriptor: str | None = Field(None, max_length=22)

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, ZoneInfoNotFoundError, OSError):
            raise ValueError(f"{value} is no IANA time zone") from None
        return value

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        if not is_currency(value.upper()):
            raise ValueError(f"{value} is no ISO 4217 currency")
        return value.upper()


class ShippingMethod(Strict):
    title: str
    price: int = Field(ge=0, le=MAX_AMOUNT)
    """Minor units of the store's currency."""
    code: str | None = None
    source: str = "ordermill"


class TaxRate(Strict):
    """One rate of one region; `rate` is a fraction (0.09)."""

    country: str = Field(pattern="^[A-Z]{2}$")
    state: str | None = None
    title: str
    rate: Decimal = Field(ge=0, le=1)
    taxes_shipping: bool = False


class DiscountCode(Strict):
    """Percent (rounded down) or a fixed amount in minor units, one of them."""

    percent: Decimal | None = Field(None, gt=0, le=100)
    amount: int | None = Field(None, gt=0, le=MAX_AMOUNT)

    @field_validator("amount")
    @classmethod
    def _one(cls, value: int | None, info: object) -> int | None:
        percent = getattr(info, "data", {}).get("percent")
        if (value is None) == (percent is None):
            raise ValueError("give exactly one of percent and amount")
        return value


class RiskPolicy(Strict):
    """The `risk:` block: scores of the signals of contract section 8, and the marks they are held against."""

    high_value: int = Field(1000, ge=0)
    """Major units of the order's currency."""
    first_order_value: int = Field(500, ge=0)
    investigate_at: int = Field(50, ge=0, le=100)
    cancel_at: int = Field(75, ge=0, le=100)
    hold_at: int | None = Field(None, ge=1, le=100)
    """A new order of this score or more is held (`fraud`) until somebody looks at it; None: none is."""


class RateLimit(Strict):
    per_minute: int = Field(6000, ge=0)
    """Requests per key and minute; 0 = off."""


class Retention(Strict):
    """The `retention:` block: for how many days what is done with is kept (contract section 16). Fractions are allowed; what
    still waits is kept whatever its age, orders and their events for ever."""

    webhooks: float = Field(30, gt=0, le=3650)
    """Deliveries made or given up, with their attempts: so long can they be looked at, repeated and replayed."""
    mails: float = Field(30, gt=0, le=3650)
    """Mails sent: their rows, and the `.eml` files where no mail server is set."""
    answers: float = Field(2, ge=1, le=3650)
    """Answers of Idempotency-Keys; a day is the contract's least."""
    heartbeats: float = Field(1, gt=0, le=3650)
    """Rows of workers that are gone."""
    parked_events: float = Field(30, gt=0, le=3650)
    """A payment provider's events that an order has taken, or that concern none."""


class Console(Strict):
    """The `console:` block: the back office under /console (contract section 15)."""

    enabled: bool = True
    refund_limit: int | None = Field(None, ge=0, le=MAX_AMOUNT)
    """Minor units of the store's currency that may go back in 24 hours by one person, and on one order, by whatever verb;
    beyond it, and in other currencies, only an owner gives money back. None: no limit."""


class ShopConfig(Strict):
    """The whole policy file."""

    order: Policy = Policy()
    returns: ReturnPolicy = ReturnPolicy()
    store: Store = Store()
    shipping_methods: dict[str, ShippingMethod] = Field(default_factory=dict)
    tax_rates: list[TaxRate] = Field(default_factory=list)
    tax_calculation_source: Literal["rates", "stripe_tax"] = "rates"
    discount_codes: dict[str, DiscountCode] = Field(default_factory=dict)
    risk: RiskPolicy = RiskPolicy()
    rate_limit: RateLimit = RateLimit()
    retention: Retention = Retention()
    console: Console = Console()
