"""Who tells the account (account.py) what happened: from what was asked, what the bank answered, and which units went where.

It reads an order only for facts that are no reckoning: its charges, its stage, and how many units of each line were sent and
shipped. Which units are cancelled or came back, what is credited and what must go back is the account's to say.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Final

from domain import commands as c
from domain.commands import Command
from domain.operations import Operation, Outcome
from domain.order import Order
from tests.book import after_sale
from tests.book.account import Account
from tests.book.after_sale import Swap
from tests.book.facts import ENDED, added, back, charges, summed
from tests.book.sold import Contradiction, Named


class Witness:
    """`doubts`: why a surplus may stand at rest, since it last was nothing."""

    def __init__(self) -> None:
        self.account = Account()
        self.doubts: set[str] = set()
        self.swaps: dict[str, Swap] = {}
        self._taken: dict[str, int] = {}
        self._given: dict[str, int] = {}
        self._refs: set[tuple[str, str]] = set()

    def tell(
        self,
        before: Order,
        command: Command,
        operations: Sequence[Operation],
        outcomes: Sequence[Outcome],
        after: Order,
    ) -> None:
        """One command that was accepted. AssertionError when it gives back another amount than it must."""
        if command.verb == "fulfill":
            self._captures(before, operations, outcomes, after)
        due = self.account.due
        must = self._verb(before, command, after)
        self._asked_for_exchange(before, due, command, operations)
        ends = after.stage in ENDED and before.stage not in ENDED
        if ends and not _cancels(command):
            self.account.end()
        asked = self._money(operations, outcomes) + self._by_hand(before, command, after)
        if must is None:
            surplus = max(0, self.account.net + asked - self.account.owed)
            assert asked <= surplus, f"{command.verb} gives back {asked} of a surplus of {surplus}"
        else:
            assert asked == must, f"{command.verb} must give back {must}, and gives back {asked}"
        self._units(after)
        if not self.account.surplus:
            self.doubts.clear()

    def _verb(self, before: Order, command: Command, after: Order) -> int | None:
        """What it must give back; None where that is the engine's own affair."""
        if _cancels(command):
            return self.account.end() if before.stage not in ENDED else 0
        told: Callable[[Witness, Order, Any, Order], int | None] | None = _VERBS.get(command.verb)
        return told(self, before, command, after) if told else 0

    def _place(self, before: Order, command: Command, after: Order) -> int:
        self.account.sold(*charges(after))
        return 0

    def _edit(self, before: Order, command: c.Edit, after: Order) -> int:
        """The new charges are facts. What of an amount off no line can bear is given all the same: lines with credited units
        bear nothing, the others as much as they cost (lives take amounts off without changing lines in the same edit)."""
        wanted, cancelled = 0, dict[str, int]()
        for operation in command.operations:
            if operation.op == "add_discount":
                wanted += operation.amount or 0
            for units in operation.lines if operation.op == "cancel_items" else ():
                cancelled[units.line_id] = cancelled.get(units.line_id, 0) + units.quantity
        free = [i for i in before.lines if not self.account.lines[i.id].credited]
        bearable = sum(i.unit_price * i.quantity - i.discount for i in free)
        rest = max(0, wanted - bearable)
        return self.account.edit(*charges(after), allowance=rest, cancelled=cancelled)

    def _restock(self, before: Order, command: c.Restock, after: Order) -> int:
        split = back(before, [(units.line_id, units.quantity, True) for units in command.lines])
        self.account.restock(summed(split, "cancel"), summed(split, "back"))
        self.doubts.add("restock")
        return 0

    def _cancel_items(self, before: Order, command: c.CancelItems, after: Order) -> int:
        named: dict[str, int] = {}
        for units in command.lines:
            named[units.line_id] = named.get(units.line_id, 0) + units.quantity
        return self.account.cancel(named)

    def _refund(self, before: Order, command: c.Refund, after: Order) -> int:
        amount = sum(part.amount for part in command.parts) if command.parts else command.amount
        if not command.lines and command.shipping is None:
            return self.account.refund(amount)
        named = back(before, [(units.line_id, units.quantity, units.restock) for units in command.lines or ()])
        shipping = self._shipping(command.shipping)
        if amount is not None and deepcopy(self.account).refund_named(named, shipping) == amount:
            amount = None  # a calculation that is sent back says what the calculation says
        return self.account.refund_named(named, shipping, given=amount)

    def _shipping(self, wanted: object) -> tuple[int, int]:
        """`full`, or so much of it and the tax on so much."""
        price, tax = self.account.shipping_left
        if not isinstance(wanted, int):
            return (price, tax) if wanted == "full" else (0, 0)
        return wanted, tax * wanted // price if price else 0

    def _receive(self, before: Order, command: c.ReceiveReturn, after: Order) -> int:
        found = before.return_(command.return_id)
        missing = [(item.line_id, item.quantity - item.received) for item in found.items]
        came = missing if command.lines is None else [(item.line_id, item.quantity) for item in command.lines]
        units = added(came)
        if (swap := self.swaps.get(command.return_id)) is not None:
            return after_sale.parcel(
                self.account,
                swap,
                units,
                charges(after),
                last=command.final or units == added(missing),
                given=command.amount,
                with_shipping=command.refund_shipping,
                fee=command.fee,
                percent=int(before.return_policy.restocking_fee_percent),
            )
        return self.account.receive(
            units,
            given=command.amount,
            with_shipping=command.refund_shipping,
            fee=command.fee,
            percent=int(before.return_policy.restocking_fee_percent),
        )

    def _request_exchange(self, before: Order, command: c.RequestExchange, after: Order) -> int:
        """Nothing is owed yet, unless it is approved at once."""
        made = after.exchanges[-1]
        asked = added((item.line_id, item.quantity) for item in after.return_(made.return_id).items)
        new = tuple(line.id for line in made.new_lines)
        swap = Swap(made.id, new, asked, command.ship == "on_approval")
        self.swaps[made.return_id] = swap
        return self._approved(swap, after) if before.return_policy.auto_approve else 0

    def _approved(self, swap: Swap, after: Order) -> int:
        percent = int(after.return_policy.restocking_fee_percent)
        return after_sale.approve(self.account, swap, charges(after), percent)

    def _approve(self, before: Order, command: c.ApproveReturn, after: Order) -> int:
        swap = self.swaps.get(command.return_id)
        return self._approved(swap, after) if swap is not None else 0

    def _give_up(self, before: Order, command: c.RejectReturn | c.WithdrawReturn | c.ExpireReturn, after: Order) -> int:
        swap = self.swaps.get(command.return_id)
        return after_sale.give_up(self.account, swap, charges(after)) if swap is not None else 0

    def _move_timer(self, before: Order, command: c.MoveTimer, after: Order) -> int | None:
        name, _, return_id = command.name.partition(":")
        if command.fire and name == "ship_by":
            return self._give_up(before, c.ExpireReturn(return_id=return_id), after)
        return None if command.fire else 0

    def _claim(self, before: Order, command: c.MakeClaim, after: Order) -> int:
        if command.resolution == "refund":
            units = added((item.line_id, item.quantity) for item in command.lines)
            return self.account.refund_named([Named(line, count) for line, count in units.items()])
        self.account.sold(*charges(after))
        new = [after.line(line_id) for line_id in after.claims[-1].line_ids]
        claimed = [
            (item.line_id, before.line(item.line_id).variant_id) for item in command.lines for _ in range(item.quantity)
        ]
        after_sale.replace(self.account, claimed, [(line.id, line.variant_id, line.quantity) for line in new])
        if any(self.account.lines[line.id].total for line in new):
            raise Contradiction("what replaces a unit is charged for")
        return 0

    def _asked_for_exchange(self, before: Order, due: int, command: Command, operations: Sequence[Operation]) -> None:
        """A step of an exchange that raised what is due asks its payment method for that, less what is held or under way."""
        asked = sum(operation.amount for operation in operations if operation.kind == "authorize")
        return_id = getattr(command, "return_id", "") or str(getattr(command, "name", "")).removeprefix("ship_by:")
        method = next((x.payment_method for x in before.exchanges if x.return_id == return_id), None)
        if isinstance(command, c.RequestExchange):
            method = command.payment_method
        elif return_id not in self.swaps:
            return
        under_way = sum(payment.amount for payment in before.payments if payment.state == "processing")
        uncovered = self.account.due - sum(self.account.held.values()) - under_way
        must = max(0, min(self.account.due - due, uncovered)) if method else 0
        assert asked == must, f"{command.verb} must ask for {must}, and asks for {asked}"

    def _reopen(self, before: Order, command: Command, after: Order) -> int:
        if before.stage in ENDED:
            self.account.reopen()
        return 0

    def _record_payment(self, before: Order, command: c.RecordPayment, after: Order) -> int:
        """Without an amount: all that is due and that no hold, and no payment under way, covers already."""
        under_way = sum(payment.amount for payment in before.payments if payment.state == "processing")
        uncovered = self.account.due - sum(self.account.held.values()) - under_way
        self.account.taken += uncovered if command.amount is None else command.amount
        return 0

    def _several(self, before: Order, command: c.Several, after: Order) -> int:
        """A list that met a hold that was gone leaves no payment by hand."""
        steps = [step for step in command.steps if isinstance(step, c.RecordPayment)]
        done = len(after.payments) > len(before.payments)
        return sum(self._record_payment(before, step, after) for step in steps if done)

    def _by_itself(self, before: Order, command: Command, after: Order) -> None:
        return None

    def _payment_fact(self, before: Order, command: c.PaymentFact, after: Order) -> int:
        self._stands(command.ref, command.status, command.authorized, command.captured)
        return 0

    def _refund_fact(self, before: Order, command: c.RefundFact, after: Order) -> int:
        """One nobody here asked for follows the rule of one that names nothing. A failure only moves the money back."""
        key = (command.payment_ref, command.ref)
        if key in self._refs:
            if command.status == "failed":
                self.account.given -= self._given.pop(command.ref)
                self.doubts.add("refund failed")
            return 0
        self._refs.add(key)
        gone = min(command.amount, self.account.net)  # beyond what is here: a loss, and nobody's debt
        self.account.refund(gone)
        self._give(command.ref, gone)
        return 0

    def _dispute_fact(self, before: Order, command: c.DisputeFact, after: Order) -> int:
        if command.status == "lost":
            gone = min(command.amount, self.account.net)
            self.account.lost(gone)
            self.account.given += gone
        return 0

    # Money

    def _captures(
        self, before: Order, operations: Sequence[Operation], outcomes: Sequence[Outcome], after: Order
    ) -> None:
        """A fulfilment takes what its units earn. Where money was given away on units, or on shipping, nobody says which of
        them are sent first; a provider that captures once takes all of its hold."""
        asked = sum(operation.amount for operation in operations)
        account = self.account
        if before.policy.capture != "on_fulfillment":
            assert not asked, f"a fulfilment captures {asked} under {before.policy.capture}"
            return
        given_away = any(
            line.stands or line.away or line.credited != line.cancelled + line.returned
            for line in account.lines.values()
        )
        once = any(p.captured + p.capturable > 0 and not p.multicapture for p in before.payments)
        refused = any(outcome.status != "succeeded" for outcome in outcomes)
        if given_away or account.shipping_credited or once or refused:
            assert asked <= account.due
            return
        step = 10 if before.currency == "KWD" else 1
        must = account.to_capture({line.id: line.sent for line in after.lines}, step)
        assert asked == must, f"a fulfilment must capture {must}, and captures {asked}"

    def _money(self, operations: Sequence[Operation], outcomes: Sequence[Outcome]) -> int:
        """Write down what the bank did; say what was asked to go back."""
        asked = 0
        for operation, outcome in zip(operations, outcomes, strict=True):
            if operation.kind != "refund":
                ref = outcome.ref or operation.ref or ""
                self._stands(ref, outcome.state or "canceled", outcome.authorized, outcome.captured)
                continue
            asked += operation.amount
            if outcome.status != "succeeded" or outcome.refund_state == "failed":
                self.doubts.add("refund failed")
                continue
            self._refs.add((operation.ref or "", outcome.ref or ""))
            self._give(outcome.ref or "", operation.amount)
        return asked

    def _stands(self, ref: str, state: str, authorized: int, captured: int) -> None:
        rose = max(0, captured - self._taken.get(ref, 0))
        self._taken[ref] = self._taken.get(ref, 0) + rose
        self.account.taken += rose
        self.account.held[ref] = authorized - self._taken[ref] if state == "authorized" else 0

    def _give(self, ref: str, amount: int) -> None:
        self._given[ref] = amount
        self.account.given += amount

    def _by_hand(self, before: Order, command: Command, after: Order) -> int:
        """Money taken elsewhere goes back elsewhere, and money given back elsewhere is only recorded: no bank is asked.
        Nor is one for what goes to the customer's store credit."""
        was = {p.id: p.refunded for p in before.payments}
        elsewhere = isinstance(command, c.Refund) and command.manual
        given = sum(p.refunded - was.get(p.id, 0) for p in after.payments if elsewhere or p.provider == "manual")
        paid_out = sum(r.store_credit for r in after.refunds) - sum(r.store_credit for r in before.refunds)
        self.account.given += given + paid_out
        return given + paid_out

    def _units(self, after: Order) -> None:
        for line in after.lines:
            sold = self.account.lines[line.id]
            sold.sent, sold.shipped = line.sent, line.shipped
            self.account.ever_sent |= line.sent > 0


_VERBS: Final[dict[str, Callable[..., int | None]]] = {
    "place": Witness._place,
    "edit": Witness._edit,
    "restock": Witness._restock,
    "cancel_items": Witness._cancel_items,
    "refund": Witness._refund,
    "receive_return": Witness._receive,
    "request_exchange": Witness._request_exchange,
    "approve_return": Witness._approve,
    "reject_return": Witness._give_up,
    "withdraw_return": Witness._give_up,
    "expire_return": Witness._give_up,
    "move_timer": Witness._move_timer,
    "claim": Witness._claim,
    "reopen": Witness._reopen,
    "record_payment": Witness._record_payment,
    "several": Witness._several,
    "return_money": Witness._by_itself,
    "payment_fact": Witness._payment_fact,
    "refund_fact": Witness._refund_fact,
    "dispute_fact": Witness._dispute_fact,
}
"""Verb -> what it tells the account. What is missing moves no credit and gives nothing back."""


def _cancels(command: Command) -> bool:
    listed = isinstance(command, c.Several) and any(_cancels(step) for step in command.steps)
    fired = isinstance(command, c.MoveTimer) and command.fire and command.name == "payment_window"
    return listed or fired or isinstance(command, (c.Cancel, c.EndPaymentWindow))
