"""An order of plain units at 10.00 told over HTTP: no tax, no shipping, amounts that can be reckoned in one's head.

What is asked goes through any face that offers it; after every step all four faces are read and held against the book.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tests.api.book import Book
from tests.api.faces import Send, Story
from tests.api.verbs import CARD
from tests.api.views import dollars

Ask = Callable[[str, str, Any], Awaitable[tuple[int, Any]]]
"""(method, path, body) -> (status, JSON), refusals too."""
PRICE: Final = 1000


@dataclass(frozen=True)
class Counter:
    """Where orders are placed: an API under one policy. `several`: its provider captures a hold several times."""

    ask: Ask
    several: bool = True


class Tale(Story):
    def __init__(self, counter: Counter) -> None:
        super().__init__(self._good(counter.ask))
        self.ask = counter.ask
        self.several = counter.several

    @staticmethod
    def _good(ask: Ask) -> Send:
        async def send(method: str, path: str, body: Any) -> Any:
            status, found = await ask(method, path, body)
            assert status < 300, (method, path, body, status, found)
            return found

        return send

    # Beginning

    async def place(self, *quantities: int, confirm: bool = True) -> "Tale":
        """Lines of so many units each."""
        items = [{"variantId": "var_xyz789", "quantity": n, "unitPrice": PRICE} for n in quantities]
        made = await self.send("POST", "/order", {"items": items, "customerId": f"cust_{self.mark}"})
        self.ulid, self.number = made["id"].removeprefix("order_"), int(made["displayId"].removeprefix("#"))
        self.book = Book("draft", sells=[(PRICE, n) for n in quantities], shipping=0, rate=Fraction(0))
        if confirm:
            await self.hanzo("/confirm", {})
            self.book.confirm()
        await self.agree()
        return self

    # Asking

    async def hanzo(self, rest: str, body: Any) -> Any:
        return await self.send("POST", self.path("hanzo", rest), body)

    async def storefront(self, rest: str, body: Any, method: str = "POST") -> Any:
        return (await self.send(method, self.path("storefront", rest), body))["data"]

    async def commercehq(self, rest: str, body: Any) -> Any:
        return await self.send("POST", self.path("commercehq", rest), body)

    async def refused(self, method: str, face: str, rest: str, body: Any) -> tuple[int, Any]:
        """It is refused, and changes nothing."""
        status, found = await self.ask(method, self.path(face, rest), body)
        assert status >= 400, (method, rest, body, status, found)
        await self.agree()
        return status, found["error"] if "error" in found else found["errors"]

    async def pay(self, amount: int | None = None) -> None:
        await self.hanzo("/pay", {"paymentMethod": CARD} | ({} if amount is None else {"amount": amount}))
        self.book.pay(amount)
        await self.agree()

    async def authorize(self) -> None:
        await self.hanzo("/authorize", {"paymentMethod": CARD})
        self.book.authorize()
        await self.agree()

    async def edit(self, quantity: int, at: int = 0) -> None:
        await self.storefront(f"/line_items/{self.line('storefront', at)}", {"quantity": quantity}, "PUT")
        sells = [(line.price, line.quantity) for line in self.book.lines]
        sells[at] = (PRICE, quantity)
        self.book.edit(*sells)
        await self.agree()

    async def remove(self, at: int) -> None:
        await self.storefront(f"/line_items/{self.line('storefront', at)}", None, "DELETE")
        sells = [(line.price, line.quantity) for line in self.book.lines]
        self.book.edit(*sells[:at], *sells[at + 1 :])
        await self.agree()

    async def ship(self, units: int | None = None, face: str = "hanzo") -> None:
        await SHIPPING[face](self, units)
        self.book.ship(units)
        await self.agree()

    async def ship_and_capture(self, units: int, face: str = "hanzo") -> None:
        """With `capture: on_fulfillment`: a provider that captures once takes the whole hold the first time."""
        await SHIPPING[face](self, units)
        if self.several:
            self.book.ship_and_capture(units)
        else:
            self.book.ship(units)
            self.book.capture()
        await self.agree()

    async def deliver(self) -> None:
        await self.hanzo("/deliver", {})
        self.book.deliver()
        await self.agree()

    async def cancel_units(self, units: int, way: str) -> None:
        """One of CANCELLING."""
        do, effect = CANCELLING[way]
        await do(self, units)
        effect(self.book, units)
        await self.agree()

    async def come_back(self, units: int = 1) -> Any:
        """Returned, from request to receipt."""
        found = await self.hanzo("/return", {"items": [self.units("hanzo", units)]})
        await self.hanzo(f"/return/{found['id']}/approve", {})
        found = await self.hanzo(f"/return/{found['id']}/receive", {})
        self.book.receive(units)
        await self.agree()
        return found

    async def close(self) -> None:
        await self.storefront("/close", {})
        self.book.close()
        await self.agree()

    # Reading

    async def agree(self) -> None:
        await super().agree()
        shown = await self.send("GET", self.path("hanzo", "?expand=payments"), None)
        assert any(p["status"] == "authorized" for p in shown["payments"]) == (self.book.held > 0), shown["payments"]

    def figures(self) -> dict[str, int]:
        """What the stories' amounts are held against, from what hanzo says."""
        said = self.views["hanzo"]
        (first, *_) = said["items"]
        to_ship = first["quantity"] - first["cancelledQuantity"] - first["fulfilledQuantity"]
        return {
            "due": said["amountDue"],
            "captured": said["capturedTotal"],
            "refunded": said["refundedTotal"],
            "to ship": to_ship,
        }

    async def is_settled(self) -> None:
        """Nothing can be paid, captured or released any more."""
        assert (await self.refused("POST", "hanzo", "/pay", {"paymentMethod": CARD}))[0] in (409, 422)
        assert (await self.refused("POST", "hanzo", "/capture", {}))[0] in (409, 422)
        assert (await self.refused("POST", "hanzo", "/void", {}))[0] in (409, 422)


# The same thing asked of each face.


def _named(tale: Tale, face: str, units: int) -> dict[str, Any]:
    """The first line's units, to be put back."""
    if face == "hanzo":
        return {"items": [tale.units("hanzo", units) | {"restock": True}]}
    line = {"line_item_id": tale.line("storefront"), "quantity": units, "restock": True}
    return {"refund_line_items": [line]}


async def _cancel_items(tale: Tale, units: int) -> None:
    await tale.hanzo("/items/cancel", {"items": [tale.units("hanzo", units)]})


async def _refund_hanzo(tale: Tale, units: int) -> None:
    await tale.hanzo("/refund", _named(tale, "hanzo", units))


async def _refund_storefront(tale: Tale, units: int) -> None:
    await tale.storefront("/refunds", _named(tale, "storefront", units))


async def _refund_calculated(tale: Tale, units: int) -> None:
    """The calculation says what moves, and posted back unchanged moves exactly that."""
    found = await tale.storefront("/refunds/calculate", _named(tale, "storefront", units))
    made = await tale.storefront("/refunds", found)
    assert made["amount"] == found["amount"]


async def _restock(tale: Tale, units: int) -> None:
    await tale.commercehq("/restocks", {"items": [tale.units("commercehq", units)]})


def _by_refund(book: Book, units: int) -> None:
    book.refund_units(units, restock=True)


CANCELLING: Final[dict[str, tuple[Callable[[Tale, int], Awaitable[None]], Callable[[Book, int], None]]]] = {
    "hanzo, items": (_cancel_items, Book.cancel_units),
    "hanzo, refund": (_refund_hanzo, _by_refund),
    "storefront, refund": (_refund_storefront, _by_refund),
    "storefront, calculated": (_refund_calculated, _by_refund),
    "commercehq, restock": (_restock, Book.restock),
}
"""Way -> how unsent units of the first line are cancelled, and what that writes in the book."""


async def _ship_hanzo(tale: Tale, units: int | None) -> None:
    await tale.hanzo("/fulfill", {} if units is None else {"items": [tale.units("hanzo", units)]})


async def _ship_storefront(tale: Tale, units: int | None) -> None:
    await tale.storefront("/fulfillments", {} if units is None else {"line_items": [tale.units("storefront", units)]})


async def _ship_commercehq(tale: Tale, units: int | None) -> None:
    body = {} if units is None else {"items": [tale.units("commercehq", units)]}
    sent = await tale.commercehq("/fulfilments", body)
    await tale.commercehq("/shipments", {"data": {"fulfilment_id": sent["fulfilments"][-1]["id"]}})


SHIPPING: Final[dict[str, Callable[[Tale, int | None], Awaitable[None]]]] = {
    "hanzo": _ship_hanzo,
    "storefront": _ship_storefront,
    "commercehq": _ship_commercehq,
}


async def _give_hanzo(tale: Tale, amount: int) -> None:
    await tale.hanzo("/refund", {"amount": amount})


async def _give_zephyr(tale: Tale, amount: int) -> None:
    await tale.send("POST", tale.path("zephyr", "/refunds"), {"amount_cents": amount})


async def _give_storefront(tale: Tale, amount: int) -> None:
    await tale.storefront("/refunds", {"amount": dollars(amount)})


async def _give_commercehq(tale: Tale, amount: int) -> None:
    await tale.commercehq("/refunds", {"amount": amount / 100})


GIVING: Final[dict[str, Callable[[Tale, int], Awaitable[None]]]] = {
    "hanzo": _give_hanzo,
    "zephyr": _give_zephyr,
    "storefront": _give_storefront,
    "commercehq": _give_commercehq,
}
"""Face -> how an amount goes back."""
