"""Random lives after delivery: returns, exchanges, claims, edits and refunds in any order, declines among them.

After every command the promises hold, the dry run said what the command did, whatever is waited for is told to somebody, and
what is owed is what an account kept beside, from the units alone, says.
"""

import os
import random
from collections import Counter
from typing import Any, get_args

import pytest

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import OrderError
from domain.exchanges import ExchangeStatus
from domain.lifecycle import plan
from domain.money import unit_share
from domain.order import Actor, ClaimedUnits, Discount, Given, Order, Units
from domain.policy import Policy, ReturnPolicy
from domain.rehearsal import Rehearsal, rehearse
from domain.returns import ReceivedUnits, ReturnUnits
from domain.stock import stock_moves
from domain.tasks import tasks
from domain.waiting import waiting
from domain.windows import waits_for
from tests.domain.orders import SHOP, TIMER, delivered, line
from tests.domain.promises import hold_between, hold_for, shelf

CARD = "pm_card_visa"
LIVES = 2000 if os.environ.get("ORDERMILL_HYPOTHESIS") == "deep" else 60
DECLINED: dict[str, Any] = {
    "status": "declined", "code": "card_declined", "state": None, "authorized": 0, "captured": 0,
}  # fmt: skip


class Life:
    """One order, and a die."""

    def __init__(self, seed: int) -> None:
        self.die = random.Random(seed)
        self.words: Counter[str] = Counter()
        self.verbs: Counter[str] = Counter()
        self.told: list[str] = []
        pick = self.die.choice
        lines = [line(n, pick([1, 2, 3]), pick([999, 1000, 3333])) for n in range(1, pick([2, 3]) + 1)]
        self.story = delivered(
            *lines,
            shipping=pick([(), (599,)]),
            rates=pick([(), [("0.0875", False)]]),
            discounts=pick([(), [Discount(code="F", amount=0, fixed=500)]]),
            given=pick([None, None, Given(tax=77)]),
            policy=Policy(capture=pick(["automatic", "automatic", "manual", "on_fulfillment"])),
            return_policy=ReturnPolicy(auto_approve=pick([False, False, True])),
            customer_id="cust_1",
        )
        self.story.do(c.Update())

    @property
    def order(self) -> Order:
        return self.story.order

    def live(self) -> None:
        for _ in range(14):
            command = self.die.choice(WAYS)(self)
            if command is not None:
                self.do(command)

    def do(self, command: Command) -> None:
        before, by = self.order, TIMER if isinstance(command, c.ExpireReturn) else SHOP
        self.told.append(repr(command))
        try:
            told = rehearse(before, command, self.story.now, by)
        except OrderError:
            with pytest.raises(OrderError):
                self.story.do(command, by=by)
            return
        declines = self.die.random() < 0.25
        asked = [m for m in told.money if m.kind == "authorize"]
        kinds = self._asks(command, by)
        outcomes = [DECLINED if kind == "authorize" and declines else {} for kind in kinds]
        self.story.do(command, by=by, outcomes=outcomes)
        self.verbs[command.verb] += 1
        assert self.story.last is not None
        hold_between(before, self.story.last)
        hold_for(self.order)
        if not (asked and declines):
            self._is_what_was_told(told)
        self._stock(before)
        self._people()
        self._account()

    def _asks(self, command: Command, by: Actor) -> list[str]:
        return [operation.kind for operation in plan(self.order, command, self.story.now, by)]

    def _is_what_was_told(self, told: Rehearsal) -> None:
        figures = ("total", "tax_total", "discount_total", "stage")
        assert [getattr(told.order, f) for f in figures] == [getattr(self.order, f) for f in figures]
        for figure in (ledger.owed, ledger.due, ledger.surplus, ledger.captured, ledger.refunded, ledger.held):
            assert figure(told.order) == figure(self.order), figure.__name__
        assert list(told.events) == self.story.events
        assert told.order.exchanges == self.order.exchanges
        assert told.order.claims == self.order.claims

    def _stock(self, before: Order) -> None:
        moved = {v: list(pair) for v, pair in shelf(before).items()}
        for move in stock_moves(before, self.order):
            kept = moved.setdefault(move.variant_id, [0, 0])
            kept[0] += move.on_hand
            kept[1] += move.reserved
        assert {v: tuple(pair) for v, pair in moved.items() if pair != [0, 0]} == shelf(self.order)

    def _people(self) -> None:
        words = {wait.word for wait in waiting(self.order)}
        kinds = {task.kind for task in tasks(self.order)}
        self.words.update(words | kinds)
        self.words.update(one.status for one in self.order.exchanges)
        for one in self.order.exchanges:
            made = self.order.return_(one.return_id)
            if one.status == "requested":
                assert "return_decision" in words
            if one.status == "approved":
                assert "exchange" in words
                assert ("parcel" in words) or not made.is_open
            if one.status == "overdue" and ledger.due(self.order):
                assert "exchange" in words
                assert "exchange_overdue" in kinds
        assert bool(words) >= bool(waits_for(self.order))

    def _account(self) -> None:
        """What is owed, told from units: what stays sold, less money off, less what is credited in advance. Amounts that were
        given and shipping are not drawn here, so nothing else can be owed."""
        order = self.order
        kept = order.total
        for item in order.lines:
            if not item.replaces:
                kept -= unit_share(item.total, item.quantity, 0, _gone(order, item.id))
        allowances = sum(credit.amount for credit in order.credits if credit.kind == "allowance")
        allowed = sum(i.subtotal + i.tax for k in order.credits if k.kind == "allowance" for i in k.lines)
        advance = 0
        for one in order.exchanges:
            made = order.return_(one.return_id)
            if one.status == "approved" and one.ship == "on_approval" and made.is_open:
                (credit,) = [k for k in order.credits if k.exchange_id == one.id]
                mine = [item for item in order.lines if item.exchange_id == one.id]
                gone = sum(
                    i.subtotal + i.tax for k in order.credits if k.kind != "allowance" for i in k.lines
                    if i.line_id in {item.id for item in mine}
                )  # fmt: skip
                advance += max(0, min(credit.amount, sum(item.total for item in mine) - gone))
        assert ledger.owed(order) == max(0, kept + allowed - allowances - advance), self.told[-3:]


def _gone(order: Order, line_id: str) -> int:
    return ledger.credited_units(order, line_id)


# What may be done


def _some(life: Life) -> ReturnUnits | None:
    back = [i for i in life.order.lines if i.delivered > i.returned]
    if not back:
        return None
    chosen = life.die.choice(back)
    return ReturnUnits(line_id=chosen.id, quantity=life.die.randint(1, chosen.delivered - chosen.returned))


def exchange(life: Life) -> Command | None:
    units = _some(life)
    if units is None:
        return None
    pick = life.die.choice
    new = line(90, pick([1, 2]), pick([0, 500, 1000, 4000]), variant_id="var_new")
    return c.RequestExchange(
        lines=(units,),
        new_lines=(new.model_copy(update={"id": "", "serial": 0}),),
        ship=pick(["on_receipt", "on_approval"]),
        payment_method=pick([None, CARD]),
    )


def give_back(life: Life) -> Command | None:
    units = _some(life)
    return None if units is None else c.RequestReturn(lines=(units,))


def decide(life: Life) -> Command | None:
    made = [r for r in life.order.returns if r.status == "requested"]
    return c.ApproveReturn(return_id=life.die.choice(made).id) if made else None


def give_up(life: Life) -> Command | None:
    made = [r for r in life.order.returns if r.is_open]
    if not made:
        return None
    chosen = life.die.choice(made)
    if life.die.random() < 0.5 and chosen.ship_by is not None and chosen.status == "approved":
        life.story.at(max(life.story.now, chosen.ship_by))
        return c.ExpireReturn(return_id=chosen.id)
    ways = [c.WithdrawReturn(return_id=chosen.id), c.RejectReturn(return_id=chosen.id, reason="worn")]
    return life.die.choice(ways)


def receive(life: Life) -> Command | None:
    made = [r for r in life.order.returns if r.status in ("approved", "partially_received")]
    if not made:
        return None
    chosen, some = life.die.choice(made), None
    if life.die.random() < 0.3:
        some = (ReceivedUnits(line_id=chosen.items[0].line_id, quantity=1),)
    return c.ReceiveReturn(return_id=chosen.id, lines=some, final=life.die.random() < 0.6)


def claim(life: Life) -> Command | None:
    sent = [i for i in life.order.lines if i.shipped]
    units = ClaimedUnits(line_id=life.die.choice(sent).id, quantity=1, reason="damaged")
    return c.MakeClaim(lines=(units,), resolution=life.die.choice(["replace", "replace", "refund"]))


def send(life: Life) -> Command | None:
    return c.Fulfill()


def arrive(life: Life) -> Command | None:
    return c.Deliver()


def pay(life: Life) -> Command | None:
    return life.die.choice([c.Pay(payment_method=CARD), c.Capture()])


def refund(life: Life) -> Command | None:
    return c.Refund(amount=life.die.choice([1, 100]))


def cancel_new(life: Life) -> Command | None:
    new = [i for i in life.order.lines if i.exchange_id and i.quantity - i.cancelled - i.sent > 0]
    return c.CancelItems(lines=(Units(line_id=life.die.choice(new).id, quantity=1),)) if new else None


def close(life: Life) -> Command | None:
    return c.Close()


WAYS = (exchange, exchange, exchange, give_back, decide, decide, decide, give_up, receive, receive, claim, send, send,
        arrive, pay, pay, refund, cancel_new, close)  # fmt: skip


def test_whatever_happens_after_the_sale_the_account_the_stock_and_the_people_agree() -> None:
    words: Counter[str] = Counter()
    verbs: Counter[str] = Counter()
    for seed in range(LIVES):
        life = Life(seed)
        try:
            life.live()
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}\n" + "\n".join(life.told[-6:]))
        words += life.words
        verbs += life.verbs
    assert set(get_args(ExchangeStatus)) <= set(words), "no life brings an exchange there"
    assert {"exchange", "exchange_overdue"} <= set(words)
    assert {"request_exchange", "claim", "expire_return", "reject_return", "withdraw_return"} <= set(verbs)
