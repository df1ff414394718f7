"""Exchanges and claims of a plain order (tale.py), told over HTTP; after every step all four faces are held against the book."""

from typing import Any

from tests.api.book import Line
from tests.api.verbs import CARD
from tests.book import after_sale
from tests.book.after_sale import Charges, Swap
from tests.book.tale import PRICE, Counter, Tale

NEW = "var_001"


class SwapTale(Tale):
    """`swap`: the exchange as the book has it; `shown`: as hanzo answered it."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self.swap = Swap("", (), {}, on_approval=False)
        self.price = PRICE
        self.card = False
        self.shown: Any = None

    async def delivered(self, *quantities: int) -> "SwapTale":
        """Paid, sent and delivered."""
        await self.place(*quantities)
        self.book.account.line = Line
        await self.pay()
        await self.ship()
        await self.deliver()
        return self

    def _charges(self, *new: tuple[str, int, int], without: str = "") -> Charges:
        lines = {name: (line.quantity, line.total) for name, line in self.book.account.lines.items() if name != without}
        return lines | {name: (units, total) for name, units, total in new}, 0, 0

    async def exchange(self, units: int, price: int, ship: str, *, card: bool = False) -> None:
        """Units of the first line for one of `price`."""
        item = self.units("hanzo", units)
        body = {"items": [item], "newItems": [{"variantId": NEW, "quantity": 1, "unitPrice": price}], "ship": ship}
        self.shown = await self.hanzo("/exchange", body | ({"paymentMethod": CARD} if card else {}))
        self.price, self.card = price, card
        name = str(len(self.book.account.lines))
        self.swap = Swap(self.shown["id"], (name,), {"0": units}, on_approval=ship == "on_approval")
        await self.agree()
        assert self.shown["difference"] == price - PRICE * units

    @property
    def _new(self) -> Charges:
        (name,) = self.swap.lines
        return self._charges(*([] if self.swap.owed else [(name, 1, self.price)]))

    async def _step(self, verb: str, body: Any = None) -> Any:
        return await self.hanzo(f"/return/{self.shown['returnId']}/{verb}", body or {})

    async def _settled(self, back: int, due: int) -> None:
        """What goes back is gone; what became due was asked of the card, where there is one."""
        for name in self.swap.lines:
            if isinstance(line := self.book.account.lines.get(name), Line):
                line.price = self.price
        if back:
            self.book.account.given += back
        if self.card and self.book.due > due:
            self.book.pay(self.book.due - due)
        await self.agree()

    async def approve(self) -> None:
        due = self.book.due
        await self._step("approve")
        await self._settled(after_sale.approve(self.book.account, self.swap, self._new, 0), due)

    async def parcel(self, units: int, *, last: bool) -> None:
        due = self.book.due
        await self._step("receive", {"items": [self.units("hanzo", units)], "final": last})
        account = self.book.account
        before = account.lines["0"].credited
        back = after_sale.parcel(
            account, self.swap, {"0": units}, self._new, last=last, given=None, with_shipping=False, fee=None, percent=0
        )
        self.book.lines[0].refunded += account.lines["0"].credited - before
        await self._settled(back, due)

    async def withdraw(self) -> None:
        await self._step("withdraw")
        charges = self._charges(without=self.swap.lines[0])
        await self._settled(after_sale.give_up(self.book.account, self.swap, charges), self.book.due)

    async def parcel_is_late(self) -> None:
        """Its last day is over."""
        timer = f"/engine/orders/{self.path('hanzo').removeprefix('/order/')}/timers/ship_by:{self.shown['returnId']}"
        timers = await self.send("GET", timer.rsplit("/", 1)[0], None)
        (name,) = [one["name"] for one in timers["models"] if one["name"].startswith("ship_by:")]
        due = self.book.due
        await self.send("POST", f"{timer.rsplit('/', 1)[0]}/{name}", {"fire": True})
        await self._settled(after_sale.give_up(self.book.account, self.swap, self._charges()), due)

    async def status(self) -> str:
        return str((await self.send("GET", self.path("hanzo", f"/exchange/{self.shown['id']}"), None))["status"])

    async def replace(self, units: int, at: int = 0) -> None:
        """Units of a line are claimed and sent again."""
        item = self.units("hanzo", units, at) | {"reason": "damaged"}
        await self.hanzo("/claim", {"items": [item], "resolution": "replace"})
        account = self.book.account
        name = str(len(account.lines))
        account.sold(*self._charges((name, units, 0)))
        after_sale.replace(account, [(str(at), "same")] * units, [(name, "same", units)])
        await self.agree()

    async def line_comes_back(self, units: int, at: int) -> int:
        """Of any line, from request to receipt; what it gave."""
        found = await self.hanzo("/return", {"items": [self.units("hanzo", units, at)]})
        await self.hanzo(f"/return/{found['id']}/approve", {})
        found = await self.hanzo(f"/return/{found['id']}/receive", {})
        account = self.book.account
        self.book.lines[at].refunded += min(units, self.book.lines[at].uncredited)
        account.given += account.receive({str(at): units})
        await self.agree()
        return int(found["refundAmount"] or 0)
