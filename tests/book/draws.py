"""What a random life is made of: the shop it happens in, what is asked of the order, and what happens behind the engine's back.

Choices are mostly such as can be accepted, so that lives get somewhere; now and then one unit or one cent too many.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Final, Literal

from domain import commands as c
from domain import edits as e
from domain.commands import Command
from domain.order import Address, ShippingLine, TaxLine, Units
from tests.book.dice import PRICES
from tests.book.facts import ENDED
from tests.book.sale_draws import AfterSale
from tests.domain.bank import Intent
from tests.domain.orders import PROVIDER, add_line, line, remove_line, set_line


class Draws(AfterSale):
    """Everything that is asked, and what happens behind the engine's back."""

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

    def several(self) -> None:
        sends = self.dice.random() < 0.5
        self.act(c.Several(steps=(c.RecordPayment(), *((c.Fulfill(),) if sends else ()))))

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
    Draws.several: 1,
    Draws.move_timer: 2,
}
_OUTSIDE: Final[dict[Callable[[Draws], None], int]] = {
    Draws.the_customer_decides: 6,
    Draws.a_hold_lapses: 1,
    Draws.a_refund_settles: 3,
    Draws.somebody_refunds_in_the_dashboard: 2,
    Draws.a_charge_is_disputed: 1,
}
