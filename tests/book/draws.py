"""What a random life is made of: the shop it happens in, what is asked of the order, and what happens behind the engine's back.

Choices are mostly such as can be accepted, so that lives get somewhere; now and then one unit or one cent too many.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from domain import commands as c
from domain import edits as e
from domain.commands import Command
from domain.order import Actor, Address, Discount, Order, ShippingLine, TaxLine, Units
from domain.policy import Policy, ReturnPolicy
from tests.book.witness import ENDED, Witness
from tests.domain.bank import Bank, Intent
from tests.domain.orders import PROVIDER, SHOP, T0, add_line, line, order, remove_line, set_line

CARDS: Final = ("pm_card_visa", "pm_card_amex", "store_credit")
MOODS: Final = ("refused", "declined", "requires_action", "processing", "pending", "late")
PRICES: Final = (0, 1, 7, 333, 999, 1000, 2999)
CURRENCIES: Final = ("USD", "JPY", "KWD")
DISCOUNTS: Final = (Discount(code="P", amount=0, percent=Decimal(25)), Discount(code="F", amount=0, fixed=500))


class Draws:
    """A life that draws its next step from its seed's dice. Who lives it says what `act` does."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.now: datetime = T0
        self.order = self._drawn()
        self.bank = Bank(multicapture=self.dice.random() < 0.7)
        self.witness = Witness()

    def act(self, command: Command, *, by: Actor = SHOP, mood: str | None = None) -> bool:
        """Whether it was accepted."""
        raise NotImplementedError

    def _drawn(self) -> Order:
        dice, some = self.dice, self.dice.random
        made = [
            line(n, quantity=dice.randint(1, 5), unit_price=dice.choice(PRICES))
            for n in range(1, dice.choice((2, 3, 4)))
        ]
        policy = Policy(
            capture=dice.choice(("automatic", "manual", "on_fulfillment", "on_fulfillment")),
            require_payment_before_fulfill=some() < 0.8,
            payment_window_minutes=1440 if some() < 0.3 else 0,
            max_payment_attempts=dice.choice((0, 3)),
            on_authorization_expiry=dice.choice(("release", "capture")),
        )
        return order(
            *made,
            shipping=[599] if some() < 0.5 else [],
            rates=[("0.08985", some() < 0.5)] if some() < 0.5 else [],
            discounts=[d for d in DISCOUNTS if some() < 0.3],
            currency=dice.choice(CURRENCIES),
            policy=policy,
            return_policy=ReturnPolicy(
                auto_approve=some() < 0.2,
                ship_back_days=dice.choice((0, 14)),
                restocking_fee_percent=Decimal(dice.choice((0, 0, 10, 33))),
            ),
            customer_id="cust_1",
        )

    def begin(self) -> None:
        """Most lives start with money, all of it or a part; many get as far as the customer's door."""
        start = self.dice.random()
        if self.dice.random() < 0.35:
            self.act(self._pay(None), mood="good")
            self.act(c.Fulfill(), mood="good")
            self.act(c.Deliver())
            return
        if start < 0.85:
            self.act(self._pay(None if start < 0.55 else self._part(self._expected_due())), mood="good")
        if self.dice.random() < 0.4:
            self.act(c.Fulfill(lines=self._some_unsent()), mood="good")
            if self.dice.random() < 0.6:
                self.act(c.Deliver())

    def step(self) -> None:
        self.now += timedelta(seconds=self.dice.randint(1, 90))
        choices = _OUTSIDE if self.bank.intents and self.dice.random() < 0.15 else _ASKED
        draw = self.dice.choices(list(choices), weights=list(choices.values()))[0]
        draw(self)

    def mood(self) -> str:
        return self.dice.choice(MOODS) if self.dice.random() < 0.08 else "good"

    def _expected_due(self) -> int:
        return self.witness.account.due

    def _part(self, whole: int) -> int | None:
        """A part of an amount, in tens where the network moves tens; None for all of it."""
        step = 10 if self.order.currency == "KWD" else 1
        amount = int(whole * self.dice.random()) // step * step
        return amount if amount > 0 and self.dice.random() < 0.7 else None

    def _pay(self, amount: int | None) -> c.Pay:
        capture = self.dice.choice((None, None, None, True, False))
        return c.Pay(payment_method=self.dice.choice(CARDS), amount=amount, capture=capture)

    def pay(self) -> None:
        self.act(self._pay(self._part(self._expected_due())))

    def record_payment(self) -> None:
        self.act(c.RecordPayment(amount=self._part(self._expected_due())))

    def capture(self) -> None:
        held = [p for p in self.order.payments if p.state == "authorized"]
        if not held:
            return
        chosen = self.dice.choice(held)
        amount = self._part(min(chosen.capturable, self._expected_due()))
        self.act(c.Capture(payment_id=chosen.id, amount=amount, final=self.dice.random() < 0.7))

    def void(self) -> None:
        self.act(c.Void())

    def fulfill(self) -> None:
        self.act(c.Fulfill(lines=self._some_unsent(), ship=self.dice.random() < 0.8))

    def _some_unsent(self) -> tuple[Units, ...] | None:
        left = {i.id: i.quantity - i.cancelled - i.sent for i in self.order.lines}
        return self._some(left) if self.dice.random() < 0.7 else None

    def _some(self, left: dict[str, int]) -> tuple[Units, ...] | None:
        """One or two lines with some of the units they have; now and then one more than there is."""
        found = [(name, n) for name, n in left.items() if n > 0]
        self.dice.shuffle(found)
        over = 1 if self.dice.random() < 0.05 else 0
        chosen = tuple(
            Units(line_id=name, quantity=min(n, self.dice.choice((1, 1, 2, n))) + over)
            for name, n in found[: self.dice.randint(1, 2)]
        )
        return chosen or None

    def deliver(self) -> None:
        self.act(c.Deliver())

    def take_back(self) -> None:
        if self.order.fulfillments:
            self.act(c.CancelFulfillment(fulfillment_id=self.order.fulfillments[-1].id))

    def restock(self) -> None:
        if chosen := self._some(
            {i.id: i.quantity - i.cancelled - (i.sent - i.shipped) - i.returned for i in self.order.lines}
        ):
            self.act(c.Restock(lines=chosen))

    def cancel_items(self) -> None:
        if chosen := self._some({i.id: i.quantity - i.cancelled - i.sent for i in self.order.lines}):
            self.act(c.CancelItems(lines=chosen, restock=self.dice.random() < 0.8))

    def refund_amount(self) -> None:
        """Seldom all of it, which ends the order's life while nothing is sent."""
        net = self.witness.account.net
        amount = net if self.dice.random() < 0.1 else self._part(net)
        manual = self.dice.random() < 0.1
        self.act(c.Refund(amount=amount or self._part(net), manual=manual))

    def refund_units(self) -> None:
        """Of an order that has not ended: what naming the units of an ended one means nobody says."""
        if self.order.stage in ENDED:
            return
        left = {name: sold.uncredited for name, sold in self.witness.account.lines.items()}
        if not (chosen := self._some(left)):
            return
        restock = self.dice.random() < 0.6
        named = tuple(c.RefundUnits(line_id=u.line_id, quantity=u.quantity, restock=restock) for u in chosen)
        shipping: Literal["full"] | None = self.dice.choice((None, None, None, "full"))
        amount = self._part(self.witness.account.net) if self.dice.random() < 0.15 else None
        if amount is not None and restock and self._takes_the_last(chosen):
            return  # whether shipping is credited with the last unit when an amount is given, nobody says
        self.act(c.Refund(lines=named, shipping=shipping, amount=amount))

    def _takes_the_last(self, chosen: tuple[Units, ...]) -> bool:
        left = sum(sold.quantity - sold.cancelled for sold in self.witness.account.lines.values())
        return left <= sum(units.quantity for units in chosen)

    def refund_shipping(self) -> None:
        if self.order.stage not in ENDED:
            wanted: Literal["full"] | int = self.dice.choice(("full", "full", 100))
            self.act(c.Refund(shipping=wanted))

    def come_back(self) -> None:
        """A return, from request to the last of its parcels, or to whatever ends it before."""
        left = {i.id: i.delivered - i.returned for i in self.order.lines}
        chosen = self._some(left) or ()
        asked = tuple(c.ReturnUnits(line_id=u.line_id, quantity=u.quantity) for u in chosen)
        method: Literal["original", "store_credit"] = "store_credit" if self.dice.random() < 0.25 else "original"
        if not asked or not self.act(c.RequestReturn(lines=asked, refund_method=method)):
            return
        found = self.order.returns[-1].id
        if self.order.return_(found).status == "requested":
            self.act(c.ApproveReturn(return_id=found))
        if self.dice.random() < 0.1:
            self.act(c.WithdrawReturn(return_id=found))
        elif self.dice.random() < 0.9:
            self._parcel(found)

    def exchange(self) -> None:
        """Goods for goods, as far as the die takes it: asked for, approved, the new units sent, the first parcel here."""
        dice = self.dice
        left = {i.id: i.delivered - i.returned for i in self.order.lines}
        asked = tuple(c.ReturnUnits(line_id=u.line_id, quantity=u.quantity) for u in self._some(left) or ())
        new = tuple(
            line(quantity=dice.randint(1, 3), unit_price=dice.choice(PRICES), variant_id="var_new")
            for _ in range(dice.choice((1, 1, 2)))
        )
        ship: Literal["on_receipt", "on_approval"] = dice.choice(("on_receipt", "on_approval", "on_approval"))
        method = dice.choice((None, *CARDS))
        if not asked or not self.act(
            c.RequestExchange(lines=asked, new_lines=new, ship=ship, payment_method=method, provider="sandbox")
        ):
            return
        found = self.order.returns[-1].id
        if self.order.return_(found).status == "requested" and dice.random() < 0.8:
            self.act(c.ApproveReturn(return_id=found), mood="declined" if dice.random() < 0.15 else None)
        if dice.random() < 0.3:
            self.act(self._pay(None))
        if dice.random() < 0.4:
            self.act(c.Fulfill(lines=self._some_unsent()))
        if dice.random() < 0.4 and self.order.return_(found).status == "approved":
            self._parcel(found)

    def decide(self) -> None:
        """A return that is open: yes, or one of the ways it is given up."""
        if not (found := [made for made in self.order.returns if made.status in ("requested", "approved")]):
            return
        chosen = self.dice.choice(found)
        ways: tuple[Command, ...] = (
            c.ApproveReturn(return_id=chosen.id),
            c.RejectReturn(return_id=chosen.id, reason="worn"),
            c.WithdrawReturn(return_id=chosen.id),
            c.MoveTimer(name=f"ship_by:{chosen.id}", fire=True),
        )
        self.act(self.dice.choice(ways[: 3 if chosen.status == "requested" else 4]))

    def work_on_new_units(self) -> None:
        """The lines an exchange or a claim brought: cancelled, edited, sent, given back again."""
        dice = self.dice
        ours = [i for i in self.order.lines if i.exchange_id or i.claim_id]
        if not ours:
            return
        chosen = dice.choice(ours)
        unsent = chosen.quantity - chosen.cancelled - chosen.sent
        if unsent <= 0:
            self.act(c.Deliver())
        elif dice.random() < 0.4:
            self.act(c.Fulfill(lines=(Units(line_id=chosen.id, quantity=dice.randint(1, unsent)),)))
        elif dice.random() < 0.5:
            self.act(c.CancelItems(lines=(Units(line_id=chosen.id, quantity=dice.randint(1, unsent)),)))
        else:
            self.act(set_line(chosen.id, quantity=dice.choice((None, 1, 2, 3)), unit_price=dice.choice(PRICES)))

    def claim(self) -> None:
        dice = self.dice
        left = {i.id: i.shipped - i.returned for i in self.order.lines}
        if not (chosen := self._some(left)):
            return
        units = tuple(c.ClaimedUnits(line_id=u.line_id, quantity=u.quantity, reason="damaged") for u in chosen)
        if dice.random() < 0.3:
            self.act(c.MakeClaim(lines=units, resolution="refund"))
            return
        variants = [self.order.line(u.line_id).variant_id for u in chosen]
        other = tuple(
            line(quantity=dice.randint(1, 3), unit_price=0, variant_id=dice.choice((*variants, "var_other")))
            for _ in range(dice.choice((1, 2)))
        )
        self.act(c.MakeClaim(lines=units, resolution="replace", new_lines=other if dice.random() < 0.4 else None))

    def a_parcel_comes(self) -> None:
        """Of a return that still waits for one."""
        if found := [made.id for made in self.order.returns if made.status in ("approved", "partially_received")]:
            self._parcel(self.dice.choice(found))

    def _parcel(self, found: str) -> None:
        amount = self._part(self.witness.account.net) if self.dice.random() < 0.15 else None
        fee = self.dice.choice((0, 1, 100, 500)) if amount is None and self.dice.random() < 0.2 else None
        waiting = {item.line_id: item.quantity - item.received for item in self.order.return_(found).items}
        some = self._some(waiting) if self.dice.random() < 0.4 else None
        lines = None if some is None else tuple(c.ReceivedUnits(line_id=u.line_id, quantity=u.quantity) for u in some)
        shipping = self.dice.random() < 0.2
        final = self.dice.random() < 0.5
        self.act(
            c.ReceiveReturn(return_id=found, lines=lines, final=final, amount=amount, fee=fee, refund_shipping=shipping)
        )

    def add_line(self) -> None:
        new = line(quantity=self.dice.randint(1, 3), unit_price=self.dice.choice(PRICES), variant_id="var_a")
        self.act(add_line(new))

    def update_line(self) -> None:
        chosen = self.dice.choice(self.order.lines).id
        quantity = self.dice.choice((None, 1, 2, 3, 5))
        price = self.dice.choice((None, None, *PRICES))
        self.act(set_line(chosen, quantity=quantity, unit_price=price))

    def remove_line(self) -> None:
        self.act(remove_line(self.dice.choice(self.order.lines).id))

    def edit(self) -> None:
        """Several changes at once, or money off; with units cancelled too, now and then."""
        dice = self.dice
        if dice.random() < 0.3:
            made: list[e.EditOperation] = [self._money_off()]
        else:
            made = [dice.choice(_CHANGES)(self) for _ in range(dice.randint(1, 3))]
        if dice.random() < 0.3 and (
            chosen := self._some({i.id: i.quantity - i.cancelled - i.sent for i in self.order.lines})
        ):
            made.insert(dice.randint(0, len(made)), e.CancelUnits(op="cancel_items", lines=chosen))
        self.act(c.Edit(operations=tuple(made)))

    def _money_off(self) -> e.EditOperation:
        whole = self.dice.choice((self.witness.account.due, self.witness.account.owed, 500))
        return e.AddDiscount(op="add_discount", code="off", amount=self._part(whole) or max(1, whole))

    def _line(self) -> str:
        return self.dice.choice(self.order.lines).id

    def _new(self) -> e.EditOperation:
        new = line(quantity=self.dice.randint(1, 3), unit_price=self.dice.choice(PRICES), variant_id="var_a")
        return e.AddItem(op="add_item", line=new)

    def _quantity(self) -> e.EditOperation:
        return e.SetQuantity(op="set_quantity", line_id=self._line(), quantity=self.dice.choice((1, 2, 3, 5)))

    def _price(self) -> e.EditOperation:
        return e.SetPrice(op="set_price", line_id=self._line(), unit_price=self.dice.choice(PRICES))

    def _way(self) -> e.EditOperation:
        price = self.dice.choice((0, 599, 799))
        if self.dice.random() < 0.5:
            return e.SetShipping(op="set_shipping", price=price)
        return e.SetShipping(op="set_shipping", line=ShippingLine(id="", serial=0, title="Courier", price=price))

    def _address(self) -> e.EditOperation:
        """Elsewhere, where other rates hold, or none."""
        rates = self.dice.choice(((), ("0.12",), ("0.2", "0.01")))
        lines = tuple(TaxLine(id="", serial=0, title=r, rate=Decimal(r), price=0) for r in rates)
        home = Address(line1="1 Main St", city="Portland", country="US")
        return e.SetAddress(op="set_address", address=home, tax_lines=lines)

    def _code(self) -> e.EditOperation:
        return self.dice.choice(
            (
                e.AddDiscount(op="add_discount", code="TEN", percent=Decimal(10)),
                e.AddDiscount(op="add_discount", code="FIX", fixed=250),
                e.RemoveDiscount(op="remove_discount", code=self.dice.choice(("P", "F", "TEN", "off"))),
            )
        )

    def hold(self) -> None:
        """For a while; nothing else in a life ends it."""
        if not self.order.holds:
            until = self.now + timedelta(seconds=self.dice.randint(1, 200))
            self.act(c.PlaceHold(kind="address", reason="the street is missing", until=until))

    def release_hold(self) -> None:
        if self.order.holds:
            self.act(c.ReleaseHold(hold_id=self.order.holds[-1].id))

    def cancel(self) -> None:
        if self.order.version > 5:
            self.act(c.Cancel(reason="fraud", restock=self.dice.random() < 0.7))

    def close(self) -> None:
        self.act(c.Close())

    def reopen(self) -> None:
        self.act(c.Reopen())

    def amend(self) -> None:
        self.act(c.Amend(record_payment=c.RecordPayment(), fulfill=c.Fulfill() if self.dice.random() < 0.5 else None))

    def move_timer(self) -> None:
        """Any window, whether the order has it or not: later, or now."""
        name = self.dice.choice(("payment_window", "cancel_window", "authorization", "return_window"))
        if self.dice.random() < 0.5:
            self.act(c.MoveTimer(name=name, fire=True))
        else:
            self.act(c.MoveTimer(name=name, at=self.now + timedelta(hours=self.dice.randint(1, 300))))

    # Behind the engine's back, told at once and sometimes twice

    def _tell(self, fact: Command) -> None:
        for _ in range(self.dice.choice((1, 1, 2))):
            self.act(fact, by=PROVIDER)

    def _intents(self, *states: str) -> list[Intent]:
        return [i for i in self.bank.intents.values() if i.state in states]

    def the_customer_decides(self) -> None:
        if found := self._intents("requires_action", "processing"):
            intent = self.dice.choice(found)
            self.bank.finish_waiting(
                intent, self.dice.choice(("complete", "complete", "declined", "canceled")), self.now
            )
            self._tell(self.bank.facts.pop())

    def a_hold_lapses(self) -> None:
        if found := self._intents("authorized"):
            self.bank.lapse(self.dice.choice(found))
            self._tell(self.bank.facts.pop())

    def a_refund_settles(self) -> None:
        found = [
            (i, ref) for i in self.bank.intents.values() for ref, (_, word) in i.refunds.items() if word != "failed"
        ]
        if found:
            self.bank.settle_refund(*self.dice.choice(found), self.dice.choice(("succeeded", "failed")))
            self._tell(self.bank.facts.pop())

    def somebody_refunds_in_the_dashboard(self) -> None:
        known = {p.ref: p.captured - p.refunded for p in self.order.payments}
        if found := [i for i in self.bank.intents.values() if i.left > 0 and known.get(i.ref) == i.left]:
            intent = self.dice.choice(found)
            self.bank.refund_outside(intent, self.dice.choice((intent.left, self.dice.randint(1, intent.left))))
            self._tell(self.bank.facts.pop())

    def a_charge_is_disputed(self) -> None:
        known = {p.ref: p.captured - p.refunded for p in self.order.payments}
        if found := [i for i in self.bank.intents.values() if i.left > 0 and known.get(i.ref) == i.left]:
            intent = self.dice.choice(found)
            self.bank.dispute(intent)
            self._tell(self.bank.facts.pop())
            self.bank.close_dispute(intent, list(intent.disputes)[-1], self.dice.choice(("won", "lost")))
            self._tell(self.bank.facts.pop())


_CHANGES: Final = (
    Draws._new, Draws._quantity, Draws._quantity, Draws._price, Draws._way, Draws._address, Draws._code
)  # fmt: skip
_ASKED: Final[dict[Callable[[Draws], None], int]] = {
    Draws.pay: 10,
    Draws.record_payment: 2,
    Draws.capture: 5,
    Draws.void: 1,
    Draws.fulfill: 10,
    Draws.deliver: 5,
    Draws.take_back: 2,
    Draws.restock: 4,
    Draws.cancel_items: 5,
    Draws.refund_amount: 6,
    Draws.refund_units: 10,
    Draws.refund_shipping: 2,
    Draws.come_back: 6,
    Draws.a_parcel_comes: 4,
    Draws.exchange: 7,
    Draws.decide: 3,
    Draws.work_on_new_units: 5,
    Draws.claim: 3,
    Draws.add_line: 4,
    Draws.update_line: 6,
    Draws.remove_line: 3,
    Draws.edit: 8,
    Draws.hold: 1,
    Draws.release_hold: 5,
    Draws.cancel: 3,
    Draws.close: 2,
    Draws.reopen: 2,
    Draws.amend: 1,
    Draws.move_timer: 2,
}
_OUTSIDE: Final[dict[Callable[[Draws], None], int]] = {
    Draws.the_customer_decides: 4,
    Draws.a_hold_lapses: 1,
    Draws.a_refund_settles: 3,
    Draws.somebody_refunds_in_the_dashboard: 2,
    Draws.a_charge_is_disputed: 1,
}
