"""A drilled order's account, reckoned from its timeline: what happened, in the order it was saved (tests/book/account.py).

The timeline says which money moved and which verb was accepted when; the drill says how many units it asked for. What that
means for what is owed is the second account's to say. Orders of the drill have one line, no shipping and no tax.
"""

from collections.abc import Iterator
from itertools import groupby

from domain.events import Event
from domain.order import Order
from tests.book.account import Account
from tests.book.sold import Contradiction

LINE = "line"


class Reckoning:
    """`units` and `edits`: quantities of the drill's own commands that were accepted, in order. `wrong`: what was found."""

    def __init__(self, quantity: int, price_each: int, *, units: list[int], edits: list[int]) -> None:
        self.account = Account()
        self.account.sold({LINE: (quantity, quantity * price_each)})
        self.price_each = price_each
        self.units, self.edits = iter(units), iter(edits)
        self.wrong: list[str] = []
        self._refunds: set[str] = set()
        self._failed = False

    def read(self, order: Order, timeline: list[Event]) -> None:
        """Every saved command of it, then what it holds now."""
        for version, events in groupby(timeline, key=lambda event: event.version):
            try:
                self._command(order, list(events))
            except Contradiction as error:
                self.wrong.append(f"version {version}: {error}")
        self.account.held = {p.id: p.capturable for p in order.payments if p.state == "authorized"}

    def _command(self, order: Order, events: list[Event]) -> None:
        kinds = {event.type for event in events}
        self._failed |= "payment.refund_failed" in kinds
        account = self.account
        made = self._made(order, events)
        asked = sum(amount for _, amount in made)
        must: int | None = None
        if kinds & {"order.cancelled", "order.failed"}:
            account.end()
        elif "order.edited" in kinds:
            quantity = next(self.edits)
            must = account.edit({LINE: (quantity, quantity * self.price_each)}, 0, 0)
        elif "order.items_cancelled" in kinds:
            must = account.cancel({LINE: next(self.units)})
        elif "payment.dispute_lost" in kinds:
            account.lost(_amount(events, "order.refunded"))
        elif made and any(reason != "by itself" for reason, _ in made):
            must = account.refund(asked)
        if must is not None and must != asked:
            self.wrong.append(f"{sorted(kinds)} must give back {must}, and gave back {asked}")
        # A hold that was let go may have been captured meanwhile: what to give back was decided before that was known.
        account.taken += _amount(events, "payment.captured")
        account.given += _amount(events, "order.refunded" if "payment.dispute_lost" in kinds else "payment.refunded")
        account.given -= sum(e.data["amount"] for e in self._failed_later(events))
        self._refunds |= {event.data["refundId"] for event in events if "refundId" in event.data}
        self._sent(order, events)

    def _made(self, order: Order, events: list[Event]) -> list[tuple[str, int]]:
        """Refunds this command made: why ("by itself": nobody asked), and the amount that was to move, refused or not."""
        new = {event.data["refundId"] for event in events if "refundId" in event.data} - self._refunds
        found = [refund for refund in order.refunds if refund.id in new and refund.reason != "dispute lost"]
        by_key = any(event.actor.kind == "key" for event in events)
        return [
            ("asked" if by_key or refund.reason == "made at the payment provider" else "by itself", refund.amount)
            for refund in found
        ]

    def _failed_later(self, events: list[Event]) -> Iterator[Event]:
        """Refunds of before that failed now. One that failed as it was made never counted."""
        return (e for e in events if e.type == "payment.refund_failed" and e.data["refundId"] in self._refunds)

    def _sent(self, order: Order, events: list[Event]) -> None:
        line = self.account.lines[LINE]
        for event in events:
            if event.type == "fulfillment.created":
                made = order.fulfillment(event.data["fulfillmentId"])
                line.sent += sum(item.quantity for item in made.items)
                line.shipped = line.sent
                self.account.ever_sent = True

    def differences(self, said: dict[str, int], moved: tuple[int, int]) -> Iterator[str]:
        """Against hanzo's answer and the provider's (captured, refunded). `said` has hanzo's names."""
        account = self.account
        yield from self.wrong
        if moved != (account.taken, account.given):
            yield f"the provider moved {moved}, the account {(account.taken, account.given)}"
        shown = (said["amountDue"], said["capturedTotal"], said["refundedTotal"])
        if shown != (account.due, account.taken, account.given):
            yield f"shown are due, captured, refunded {shown}; the account says {(account.due, account.taken, account.given)}"
        if useless := account.useless_holds():
            yield f"{useless} hold {account.held}, and {account.due} is due"
        surplus = 0 if self._failed else account.surplus  # what fails to go back after the order was closed waits
        if said["closed"] and (account.due or surplus or any(account.held.values())):
            yield f"closed with {account.due} due, {account.surplus} surplus, holding {account.held}"


def _amount(events: list[Event], kind: str) -> int:
    return sum(event.data["amount"] for event in events if event.type == kind)
