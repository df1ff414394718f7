"""One order read through all four faces and its events, held against its book (contract sections 0a, 6 to 10)."""

import secrets
import uuid
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, Final

from tests.api import views
from tests.api.book import Book

Send = Callable[[str, str, Any], Awaitable[Any]]
"""(method, path, body) -> the good answer's JSON."""
FACES: Final = {
    "hanzo": views.hanzo,
    "zephyr": views.zephyr,
    "storefront": views.storefront,
    "commercehq": views.commercehq,
}
"""Face -> what the book expects of it."""
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def as_uuid(ulid: str) -> str:
    """A ULID's 128 bits as a UUID, by hand."""
    value = 0
    for digit in ulid:
        value = value * 32 + _DIGITS.index(digit)
    return str(uuid.UUID(int=value))


class Story:
    """One order's life. `views`: what the four faces said last; `events`: its timeline."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.book = Book("draft")
        self.ulid = ""
        self.number = 0
        self.views: dict[str, Any] = {}
        self.events: list[Any] = []

    # Spellings

    def path(self, face: str, rest: str = "") -> str:
        return {
            "hanzo": f"/order/order_{self.ulid}",
            "zephyr": f"/v1/orders/order_{self.ulid}",
            "storefront": f"/api/v1/orders/{as_uuid(self.ulid)}",
            "commercehq": f"/orders/{self.number}",
        }[face] + rest

    def line(self, face: str, at: int = 0) -> Any:
        """A line's id as the face itself spells it."""
        view = self.views[face]
        if face == "commercehq":
            return view["items"][at]["data"]["id"]
        return view["items" if face == "hanzo" else "line_items"][at]["id"]

    def units(self, face: str, quantity: int = 1, at: int = 0) -> dict[str, Any]:
        name = {"hanzo": "itemId"}.get(face, "id")
        return {name: self.line(face, at), "quantity": quantity}

    # Readings

    async def agree(self) -> None:
        """The four views and the events say what the book says."""
        for face in FACES:
            self.views[face] = await self.send("GET", self.path(face), None)
        self.views["storefront"] = self.views["storefront"]["data"]
        for face, told in FACES.items():
            expected = told(self.book)
            assert {name: self.views[face][name] for name in expected} == expected, face
        assert self.views["zephyr"]["fulfilment"]["status"] == views.zephyr_fulfilment(self.book)
        shipping = self.views["commercehq"]["shipping"]["price"]
        assert shipping == (views.dollars(self.book.shipping) if self.book.shipping else None)
        self._ids_agree()
        self._lines_agree()
        await self._lists_agree()
        await self._events_agree()

    def _ids_agree(self) -> None:
        h, z, s, c = (self.views[face] for face in FACES)
        assert h["id"] == z["id"] == f"order_{self.ulid}"
        assert (s["id"], c["id"]) == (as_uuid(self.ulid), self.number)
        assert (h["displayId"], s["order_number"]) == (f"#{self.number}", str(self.number))
        assert c["display_number"] == f"CH-{self.number}"
        assert len({item["data"]["id"] for item in c["items"]}) == len(self.book.lines)
        for at in range(len(self.book.lines)):
            ulid = self.line("hanzo", at).removeprefix("oitem_")
            assert (self.line("zephyr", at), self.line("storefront", at)) == (f"li_{ulid}", as_uuid(ulid))
            assert self.line("commercehq", at) // 100_000 == self.number

    def _lines_agree(self) -> None:
        h, z, s, c = (self.views[face] for face in FACES)
        for at, line in enumerate(self.book.lines):
            item, theirs = h["items"][at], s["line_items"][at]
            assert [item[name] for name in ("quantity", "unitPrice", "subtotal", "tax")] == [
                line.quantity, line.price, line.goods, line.tax
            ]  # fmt: skip
            words = ("fulfilled", "shipped", "delivered", "cancelled", "returned", "refunded")
            moved = [line.sent, line.shipped, line.delivered, line.cancelled, line.returned, line.refunded]
            assert [item[f"{word}Quantity"] for word in words] == moved
            assert [theirs[f"{word}_quantity"] for word in words if word not in ("shipped", "delivered")] == [
                line.sent, line.cancelled, line.returned, line.refunded
            ]  # fmt: skip
            assert (theirs["total"], theirs["tax"]) == (views.dollars(line.goods), views.dollars(line.tax))
            assert z["line_items"][at]["total_cents"] == line.goods + line.tax
            assert c["items"][at]["status"] == views.counters(self.book, line)

    async def _lists_agree(self) -> None:
        """Each face's list shows the order as its own route does (stored columns against computed answers)."""
        rows = {
            "hanzo": (await self.send("GET", f"/order?q={self.number}", None))["models"],
            "zephyr": (await self.send("GET", f"/v1/orders?customer_id=cust_{self.mark}", None))["data"],
            "storefront": (await self.send("GET", f"/api/v1/orders?order_number={self.number}", None))["data"],
            "commercehq": (await self.send("POST", "/orders/search", {"id": self.number}))["items"],
        }
        for face, (row,) in rows.items():
            assert row == {name: self.views[face][name] for name in row}, face

    async def _events_agree(self) -> None:
        """Gap-free, never rewritten, and the money of the book."""
        told = await self.send("GET", self.path("hanzo", "/events"), None)
        events = told["models"]
        assert [event["sequence"] for event in events] == list(range(1, told["count"] + 1))
        assert events[: len(self.events)] == self.events
        assert len({event["id"] for event in events}) == len(events)
        for kind, amount in (("payment.captured", self.book.captured), ("order.refunded", self.book.refunded)):
            assert sum(event["data"]["amount"] for event in events if event["type"] == kind) == amount
        self.events = events

    @cached_property
    def mark(self) -> str:
        """What makes this order's customer its own, also where many orders share an engine: an object's address comes again."""
        return secrets.token_hex(8)
