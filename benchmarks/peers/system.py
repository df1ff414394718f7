"""What a system under measurement is to the one that measures."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

AT_ONCE: Final = 16
ADDRESS: Final = {
    "firstName": "Jane", "lastName": "Doe", "line1": "456 Oak Ave", "city": "Portland", "state": "OR", "postalCode": "97201",
    "country": "US",
}  # fmt: skip
ORDER: Final = {
    "currency": "USD",
    "items": [{"variantId": "var_xyz789", "quantity": 2}],
    "shippingAddress": ADDRESS,
    "shippingMethodId": "ship_standard",
}
"""The order in the engine's words; the shops are sent the same in theirs."""
PRODUCTS: Final = 64
"""Of the shops. Medusa locks the product's stock while an order is completed: sixteen at once on one product time out."""
PAYMENT: Final = {"paymentMethod": "pm_card_visa"}

Order = Callable[[aiohttp.ClientSession], Awaitable[None]]
"""Makes one order, to paid. RuntimeError when it is not."""


@dataclass(frozen=True)
class Case:
    """One way of a system to a paid order."""

    name: str
    comprises: str
    burst: int
    """Orders of one turn: seconds of work."""
    order: Order


@dataclass(frozen=True)
class System:
    """A system that is up. `processes`: what it consists of, by name, and the id each was started with."""

    name: str
    url: str
    headers: dict[str, str]
    processes: dict[str, int]
    cases: tuple[Case, ...]
    skipped: dict[str, str]
    """Cases it cannot do today, and why."""


def guest() -> str:
    """The e-mail address of somebody new: Medusa refuses two first orders of one address at once."""
    return f"{uuid.uuid4().hex}@example.com"


def body() -> dict[str, Any]:
    """An order of somebody new, in the engine's words."""
    return {**ORDER, "email": guest()}


async def asked(http: aiohttp.ClientSession, path: str, body: object, headers: dict[str, str] | None = None) -> Any:
    """POST; the answer's JSON. RuntimeError for anything but a 2xx."""
    async with http.post(path, json=body, headers=headers) as answer:
        if answer.status >= 300:
            raise RuntimeError(f"POST {path}: {answer.status} {(await answer.text())[:300]}")
        return await answer.json()


def insist(paid: bool, answer: object) -> None:
    """RuntimeError unless the order is paid: a benchmark of refusals is quick and says nothing."""
    if not paid:
        raise RuntimeError(f"the order is not paid: {str(answer)[:300]}")
