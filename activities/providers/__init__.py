"""Which payment providers there are: one row per provider, name -> how to make it from the settings.

A new provider is one file beside sandbox.py and one row here; tests/providers/contract.py then holds it to the rest.
Providers are imported when they are made, so that a worker on the sandbox loads no Stripe.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from activities.providers.base import PaymentProvider
    from ordermill.settings import Settings


class Factory(Protocol):
    """Makes a provider. ValueError, naming the variable, when the settings are not enough."""

    def __call__(self, settings: "Settings", engine: "AsyncEngine") -> "PaymentProvider": ...


def _stripe(settings: "Settings", engine: "AsyncEngine") -> "PaymentProvider":
    from activities.providers.stripe import StripeProvider

    if settings.stripe_api_key is None:
        raise ValueError("STRIPE_API_KEY is not set")
    return StripeProvider(
        settings.stripe_api_key.get_secret_value(),
        api_base=settings.stripe_api_base,
        multicapture=settings.stripe_multicapture,
        card_only=settings.stripe_card_only,
    )


def _sandbox(settings: "Settings", engine: "AsyncEngine") -> "PaymentProvider":
    from activities.providers.sandbox import SandboxProvider

    return SandboxProvider(engine)


PROVIDERS: dict[str, Factory] = {
    "sandbox": _sandbox,
    "stripe": _stripe,
}
"""ORDERMILL_PAYMENT_PROVIDER -> factory."""
