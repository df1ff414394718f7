"""Which payment providers there are: one row per provider, its name -> how it is made from the settings.

A new provider is one file beside sandbox.py and one row here; tests/providers/contract.py then holds it to the rest.
Providers are imported when they are made, so that a worker on the sandbox loads no Stripe.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from activities.providers.base import PaymentProvider
    from ordermill.settings import Settings


class Factory(Protocol):
    """Makes a provider. ValueError, naming the variable, when the settings are not enough."""

    def __call__(self, settings: "Settings", engine: "AsyncEngine") -> "PaymentProvider": ...


class Mode(Protocol):
    """Livemode it serves with these settings. ValueError, naming the variable, when they are not enough."""

    def __call__(self, settings: "Settings") -> bool: ...


@dataclass(frozen=True)
class Row:
    """One provider."""

    make: Factory
    livemode: Mode


def _sandbox(settings: "Settings", engine: "AsyncEngine") -> "PaymentProvider":
    from activities.providers.sandbox import SandboxProvider

    return SandboxProvider(engine)


def _stripe(settings: "Settings", engine: "AsyncEngine") -> "PaymentProvider":
    from activities.providers.stripe import StripeProvider

    return StripeProvider(
        _stripe_key(settings),
        api_base=settings.stripe_api_base,
        multicapture=settings.stripe_multicapture,
        card_only=settings.stripe_card_only,
    )


def _stripe_livemode(settings: "Settings") -> bool:
    """Stripe says it in the key's own prefix: sk_live_…, rk_live_…."""
    return "_live_" in _stripe_key(settings)[:8]


def _stripe_key(settings: "Settings") -> str:
    if settings.stripe_api_key is None:
        raise ValueError("STRIPE_API_KEY: it is not set, and ORDERMILL_PAYMENT_PROVIDER is stripe")
    return settings.stripe_api_key.get_secret_value()


SANDBOX: Final = "sandbox"
"""Serves test mode wherever no other provider does; never live."""

PROVIDERS: dict[str, Row] = {
    SANDBOX: Row(_sandbox, lambda settings: False),
    "stripe": Row(_stripe, _stripe_livemode),
}
"""ORDERMILL_PAYMENT_PROVIDER -> provider."""


def by_livemode(settings: "Settings") -> dict[bool, str]:
    """Livemode -> the name of the provider that serves it (contract section 2): the chosen one its own mode, the sandbox
    test mode where that leaves it; live mode may have none. ValueError, naming the variable, when that cannot be."""
    name = settings.payment_provider
    if name not in PROVIDERS:
        raise ValueError(f"ORDERMILL_PAYMENT_PROVIDER: it is none of {', '.join(PROVIDERS)}")
    return {False: SANDBOX, PROVIDERS[name].livemode(settings): name}
