"""Random lives of an order: every verb, valid and not, every answer of a provider, facts late and doubled, time passing.

After every command, refused or not, everything in promises.py holds; at the end an independent bank agrees to the cent.
"""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import ERRORS, OrderError
from domain.lifecycle import RULES, allowed, plan, prelude, settle
from domain.operations import Operation
from domain.order import Actor, Address, Discount, Given, Order, Tracking, Units
from domain.policy import Policy, ReturnPolicy
from domain.rehearsal import rehearse
from domain.revision import Change
from domain.status import lifecycle
from domain.stock import StockMove, stock_moves, taken
from domain.windows import next_deadline
from tests.domain.bank import MOODS, Bank, Intent
from tests.domain.orders import CUSTOMER, PROVIDER, SHOP, T0, TIMER, add_line, keyed, line, order, remove_line, set_line
from tests.domain.promises import hold_between, hold_for, shelf

moods = st.one_of(st.just(["good"]), st.just(["good"]), st.lists(st.sampled_from(MOODS), min_size=1, max_size=3))
amounts = st.one_of(st.none(), st.none(), st.integers(1, 3000), st.integers(-5, 20_000))
PAY = c.Pay(payment_method="pm_card_visa")
FORWARD: tuple[Command, ...] = (c.Confirm(), PAY, c.Pay(), c.Capture(), c.Fulfill(), c.Deliver())
BEGINNINGS: tuple[tuple[Command, ...], ...] = (
    (),
    (c.Confirm(), PAY),
    (c.Confirm(), PAY.model_copy(update={"capture": False})),
    (PAY, c.Fulfill(ship=False)),
    (PAY, c.Capture(), c.Fulfill()),
    (PAY, c.Capture(), c.Fulfill(), c.Deliver()),
)
EXCHANGING = (
    c.RequestExchange,
    c.ApproveReturn,
    c.RejectReturn,
    c.WithdrawReturn,
    c.ReceiveReturn,
    c.ExpireReturn,
    c.MoveTimer,
)
HOME = Address(line1="1 Main St", city="Portland", country="US")

policies = st.builds(
    Policy,
    auto_confirm=st.booleans(),
    return_window_days=st.sampled_from([0, 0.0005, 30]),
    cancel_window_minutes=st.sampled_from([0, 0.7, 60]),
    require_payment_before_fulfill=st.sampled_from([True, True, False]),
    payment_window_minutes=st.sampled_from([0, 0.7, 1440]),
    max_payment_attempts=st.sampled_from([0, 1, 2, 3]),
    capture=st.sampled_from(["automatic", "manual", "on_fulfillment", "on_fulfillment"]),
    authorization_hold_days=st.sampled_from([0.0005, 7]),
    on_authorization_expiry=st.sampled_from(["release", "capture"]),
)
lines = st.builds(
    line,
    quantity=st.integers(1, 5),
    unit_price=st.sampled_from([0, 1, 333, 999, 2999]),
    stock=st.sampled_from(["tracked", "tracked", "ignore_policy", "bypass", "untracked"]),
    variant_id=st.sampled_from(["var_a", "var_b", None]),
)
orders = st.builds(
    lambda items, **fields: order(*(i.model_copy(update={"serial": n, "id": line(n).id}) for n, i in items), **fields),
    st.lists(lines, min_size=1, max_size=3).map(lambda found: list(enumerate(found, 1))),
    shipping=st.lists(st.sampled_from([0, 599]), max_size=2),
    rates=st.lists(st.tuples(st.sampled_from(["0.09", "0.08985", "0"]), st.booleans()), max_size=2),
    discounts=st.lists(
        st.sampled_from([Discount(code="P", amount=0, percent=Decimal(25)), Discount(code="F", amount=0, fixed=500)]),
        max_size=2,
    ),
    given=st.builds(Given, discount=st.sampled_from([None, None, 700]), tax=st.sampled_from([None, None, 77])),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    policy=policies,
    return_policy=st.builds(
        ReturnPolicy,
        auto_approve=st.booleans(),
        ship_back_days=st.sampled_from([0, 0.0005, 14]),
        restocking_fee_percent=st.sampled_from([0, 0, 10]),
    ),
)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.stock: dict[str, list[int]] = {}
        self.gone: dict[str, int] = {}
        self.crossed = False

    @initialize(
        start=orders,
        confirm=st.booleans(),
        multicapture=st.booleans(),
        first=st.sampled_from(BEGINNINGS),
        mood=st.sampled_from([["good"], ["good"], ["requires_action"], ["processing"]]),
    )
    def place(
        self, start: Order, confirm: bool, multicapture: bool, first: tuple[Command, ...], mood: list[str]
    ) -> None:
        self.order = start
        self.bank = Bank(multicapture=multicapture)
        self.act(c.Place(confirm=confirm))
        for command in first:
            self.act(command, mood=mood)

    @rule()
    def it_goes_on(self) -> None:
        """The next step of an ordinary life, so that random ones get somewhere."""
        any(self.act(command) for command in FORWARD)

    @rule(data=st.data())
    def some_units_go_on(self, data: st.DataObject) -> None:
        """One line's unsent units leave in a fulfilment of their own."""
        left = [i for i in self.order.lines if i.quantity - i.cancelled - i.sent]
        if left:
            chosen = data.draw(st.sampled_from(left))
            self.act(c.Fulfill(lines=(Units(line_id=chosen.id, quantity=1),), ship=data.draw(st.booleans())))

    # One command, and everything that is promised about one command.

    def act(self, command: Command, by: Actor = SHOP, mood: list[str] | None = None) -> bool:
        before, dump = self.order, self.order.model_dump_json()
        try:
            operations = plan(before, command, self.now, by)
        except OrderError as error:
            self._refused(error)
            assert before.model_dump_json() == dump
            return False
        assert plan(before, command, self.now, by) == operations, "planning twice asks the same"
        self._asks_no_more_than_due(command, operations)
        self._rehearses(command, by)
        early = prelude(before, command, self.now, by) if operations else None
        if early is not None:
            self._move(stock_moves(before, early))
        mood = mood or ["good"]
        asked = keyed(before, operations)
        answers = [self.bank.perform(o, mood[i % len(mood)], self.now) for i, o in enumerate(asked)]
        late = any(a.operation.kind == "void" and a.captured for a in answers)
        self.crossed = self.crossed or late
        change = settle(before, command, answers, self.now, by)
        assert settle(before, command, answers, self.now, by) == change, "settling twice does the same"
        self._move(stock_moves(early or before, change.order))
        self._remember_lost(change)
        assert before.model_dump_json() == dump
        hold_between(before, change)
        self._leads_where_the_table_says(before, change.order, command)
        self.order = change.order
        return True

    def _rehearses(self, command: Command, by: Actor) -> None:
        """A dry run is the command with a provider that agrees; and then an exchange asks for no more than it makes due."""
        told = rehearse(self.order, command, self.now, by)
        if isinstance(command, EXCHANGING):
            assert ledger.surplus(told.order) <= ledger.surplus(self.order)

    def _leads_where_the_table_says(self, before: Order, after: Order, command: Command) -> None:
        """A word that no row names would be missing from what `unreachable` and the docs say of a verb."""
        word = lifecycle(after)
        moved = not before.version or word != lifecycle(before)
        assert not moved or word in RULES[command.verb].to, f"{command.verb} led to {word}"

    def _refused(self, error: OrderError) -> None:
        told = error.to_dict()
        assert ERRORS[told["code"]] is type(error)
        assert json.loads(json.dumps(told)) == OrderError.from_dict(told).to_dict()
        event = told["data"].get("event")
        assert event is None or event["type"] in self.order.latest

    def _asks_no_more_than_due(self, command: Command, operations: list[Operation]) -> None:
        """No payment and no capture goes beyond what is due; no refund beyond what is refundable."""
        due, held = ledger.due(self.order), ledger.held(self.order)
        if not isinstance(command, EXCHANGING):  # what those ask for, they make due first
            assert sum(o.amount for o in operations if o.kind == "authorize") <= max(0, due - held)
        assert sum(o.amount for o in operations if o.kind == "capture") <= due
        for payment in self.order.payments:
            asked = [o for o in operations if o.payment_id == payment.id]
            assert sum(o.amount for o in asked if o.kind == "capture") <= payment.capturable
            assert sum(o.amount for o in asked if o.kind == "refund") <= payment.captured - payment.refunded

    def _move(self, moves: tuple[StockMove, ...]) -> None:
        for move in moves:
            seen = self.stock.setdefault(move.variant_id, [0, 0])
            seen[0] += move.on_hand
            seen[1] += move.reserved
        assert all(kept >= 0 for _, kept in self.stock.values()), "reserved is never negative"

    def _remember_lost(self, change: Change) -> None:
        """Units written off of a line that was removed stay gone."""
        left = {item.id for item in change.order.lines}
        for item in self.order.lines:
            if item.id not in left and item.variant_id and taken(item):
                self.gone[item.variant_id] = self.gone.get(item.variant_id, 0) + taken(item)

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "order"):
            return
        hold_for(self.order)
        expected = {v: list(moved) for v, moved in shelf(self.order).items()}
        for variant, units in self.gone.items():
            expected.setdefault(variant, [0, 0])[0] -= units
        clean = {v: moved for v, moved in self.stock.items() if moved != [0, 0]}
        assert clean == {v: moved for v, moved in expected.items() if moved != [0, 0]}
        due = next_deadline(self.order)
        if due and due[0].at <= self.now:
            plan(self.order, due[1], self.now, TIMER)  # what is due is never refused

    # Money

    @rule(mood=moods, amount=amounts, capture=st.sampled_from([None, None, True, False]), again=st.booleans())
    def pay(self, mood: list[str], amount: int | None, capture: bool | None, again: bool) -> None:
        method = "pm_card_visa" if again else "pm_card_amex"
        self.act(c.Pay(payment_method=method, amount=amount, capture=capture), mood=mood)

    @rule(mood=moods, data=st.data())
    def continue_payment(self, mood: list[str], data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from([None, "nonsense", *(p.id for p in self.order.payments)]))
        self.act(c.Pay(payment_id=chosen), mood=mood)

    @rule(amount=amounts)
    def record_payment(self, amount: int | None) -> None:
        self.act(c.RecordPayment(amount=amount))

    @rule(mood=moods, amount=amounts, final=st.booleans(), data=st.data())
    def capture(self, mood: list[str], amount: int | None, final: bool, data: st.DataObject) -> None:
        self.act(c.Capture(payment_id=self._payment(data), amount=amount, final=final), mood=mood)

    @rule(mood=moods, data=st.data())
    def void(self, mood: list[str], data: st.DataObject) -> None:
        self.act(c.Void(payment_id=self._payment(data)), mood=mood)

    def _payment(self, data: st.DataObject) -> str | None:
        known = [p.id for p in self.order.payments] + [t.id for p in self.order.payments for t in p.transactions[:1]]
        return data.draw(st.sampled_from([None, *known, "nonsense"]))

    @rule(mood=moods, amount=amounts, shipping=st.sampled_from([None, "full", 0, 100, 9999]), data=st.data())
    def refund(self, mood: list[str], amount: int | None, shipping: Any, data: st.DataObject) -> None:
        wanted = data.draw(st.none() | st.lists(self._refund_units(), max_size=3).map(tuple))
        parts = None
        if data.draw(st.integers(0, 5)) == 0:
            known = [p.id for p in self.order.payments] or ["nonsense"]
            one = st.builds(c.RefundFrom, parent_id=st.sampled_from(known), amount=st.integers(1, 500))
            parts = tuple(data.draw(st.lists(one, max_size=2)))
        amount = amount if data.draw(st.booleans()) else None
        self.act(c.Refund(amount=amount, lines=wanted, shipping=shipping, parts=parts), mood=mood)

    def _refund_units(self) -> st.SearchStrategy[c.RefundUnits]:
        known = st.sampled_from([*(item.id for item in self.order.lines), "nonsense"])
        return st.builds(c.RefundUnits, line_id=known, quantity=st.integers(1, 3), restock=st.booleans())

    # Units

    def _units(self, data: st.DataObject) -> tuple[Units, ...]:
        known = st.sampled_from([*(item.id for item in self.order.lines)] * 3 + ["nonsense"])
        return tuple(data.draw(st.lists(st.builds(Units, line_id=known, quantity=st.integers(1, 3)), max_size=3)))

    @rule(ship=st.booleans(), everything=st.booleans(), mood=moods, data=st.data())
    def fulfill(self, ship: bool, everything: bool, mood: list[str], data: st.DataObject) -> None:
        wanted = None if everything else self._units(data)
        self.act(c.Fulfill(lines=wanted, ship=ship, notify=ship), mood=mood)

    def _fulfillment(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*(f.id for f in self.order.fulfillments), "nonsense"]))

    def _shipment(self, data: st.DataObject) -> str:
        known = [s.id for f in self.order.fulfillments for s in f.shipments]
        return data.draw(st.sampled_from([*known, "nonsense"]))

    @precondition(lambda self: self.order.fulfillments)
    @rule(everything=st.booleans(), data=st.data())
    def ship(self, everything: bool, data: st.DataObject) -> None:
        lines = None if everything else self._units(data)
        self.act(c.Ship(fulfillment_id=self._fulfillment(data), lines=lines, tracking=Tracking(number="1Z")))

    @precondition(lambda self: self.order.fulfillments)
    @rule(data=st.data())
    def unship(self, data: st.DataObject) -> None:
        self.act(c.Unship(shipment_id=self._shipment(data)))

    @precondition(lambda self: self.order.fulfillments)
    @rule(status=st.sampled_from([None, "shipped", "delivered"]), tracked=st.booleans(), data=st.data())
    def update_fulfillment(self, status: Any, tracked: bool, data: st.DataObject) -> None:
        which: dict[str, Any] = data.draw(
            st.sampled_from([{}, {"fulfillment_id": self._fulfillment(data)}, {"shipment_id": self._shipment(data)}])
        )
        self.act(c.UpdateFulfillment(status=status, tracking=Tracking(company="UPS") if tracked else None, **which))

    @precondition(lambda self: self.order.fulfillments)
    @rule(unshipped_only=st.booleans(), data=st.data())
    def cancel_fulfillment(self, unshipped_only: bool, data: st.DataObject) -> None:
        self.act(c.CancelFulfillment(fulfillment_id=self._fulfillment(data), unshipped_only=unshipped_only))

    @rule(one=st.booleans(), data=st.data())
    def deliver(self, one: bool, data: st.DataObject) -> None:
        self.act(c.Deliver(fulfillment_id=self._fulfillment(data) if one else None))

    @rule(restock=st.booleans(), mood=moods, data=st.data())
    def cancel_items(self, restock: bool, mood: list[str], data: st.DataObject) -> None:
        self.act(c.CancelItems(lines=self._units(data), restock=restock), mood=mood)

    @rule(data=st.data())
    def restock(self, data: st.DataObject) -> None:
        self.act(c.Restock(lines=self._units(data)))

    # Returns

    @precondition(lambda self: any(item.shipped for item in self.order.lines))
    @rule(data=st.data())
    def request_return(self, data: st.DataObject) -> None:
        back = [i for i in self.order.lines if i.delivered > i.returned] or self.order.lines
        by_line = st.builds(c.ReturnUnits, line_id=st.sampled_from([i.id for i in back]), quantity=st.integers(1, 2))
        by_variant = st.builds(
            c.ReturnUnits, variant_id=st.sampled_from(["var_a", "var_b"]), quantity=st.integers(1, 3)
        )
        self.act(c.RequestReturn(lines=tuple(data.draw(st.lists(by_line | by_variant, max_size=2)))), by=CUSTOMER)

    @precondition(lambda self: any(item.delivered > item.returned for item in self.order.lines))
    @rule(receive=st.booleans())
    def a_unit_comes_back(self, receive: bool) -> None:
        chosen = next(item for item in self.order.lines if item.delivered > item.returned)
        if self.act(c.RequestReturn(lines=(c.ReturnUnits(line_id=chosen.id, quantity=1),))) and receive:
            self.act(c.ReceiveReturn(return_id=self.order.returns[-1].id))

    @precondition(lambda self: self.order.returns)
    @rule(approve=st.booleans(), data=st.data())
    def decide_return(self, approve: bool, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from([*(r.id for r in self.order.returns), "nonsense"]))
        self.act(c.ApproveReturn(return_id=chosen) if approve else c.RejectReturn(return_id=chosen, reason="worn"))

    @precondition(lambda self: self.order.returns)
    @rule(mood=moods, amount=amounts, shipping=st.booleans(), data=st.data())
    def receive_return(self, mood: list[str], amount: int | None, shipping: bool, data: st.DataObject) -> None:
        known = st.sampled_from([i.id for i in self.order.lines])
        got = st.builds(c.ReceivedUnits, line_id=known, quantity=st.integers(0, 3), restock=st.booleans())
        self.act(
            c.ReceiveReturn(
                return_id=data.draw(st.sampled_from([r.id for r in self.order.returns])),
                lines=data.draw(st.none() | st.lists(got, max_size=2).map(tuple)),
                amount=amount if data.draw(st.booleans()) else None,
                refund_shipping=shipping,
            ),
            mood=mood,
        )

    # Goods for goods

    @precondition(lambda self: any(item.delivered for item in self.order.lines))
    @rule(
        ship=st.sampled_from(["on_receipt", "on_approval", "on_approval"]),
        method=st.sampled_from([None, "pm_card_visa"]),
        price=st.sampled_from([0, 1, 999, 5000]),
        quantity=st.integers(1, 2),
        goes_on=st.integers(0, 3),
        mood=moods,
    )
    def exchange(self, ship: Any, method: str | None, price: int, quantity: int, goes_on: int, mood: list[str]) -> None:
        """A unit for others, brought some steps further: approved, the new ones sent, received or expired."""
        back = next((i for i in self.order.lines if i.delivered > i.returned), self.order.lines[0])
        new = line(quantity=quantity, unit_price=price, variant_id="var_b").model_copy(update={"id": "", "serial": 0})
        command = c.RequestExchange(
            lines=(c.ReturnUnits(line_id=back.id, quantity=1),), new_lines=(new,), ship=ship, payment_method=method
        )
        if not self.act(command, mood=mood):
            return
        return_id = self.order.exchanges[-1].return_id
        steps: list[Command] = [c.ApproveReturn(return_id=return_id), c.Fulfill(), c.ReceiveReturn(return_id=return_id)]
        for step in steps[:goes_on]:
            self.act(step, mood=mood)

    @precondition(lambda self: any(item.shipped for item in self.order.lines))
    @rule(resolution=st.sampled_from(["replace", "replace", "refund"]), other=st.booleans(), mood=moods, data=st.data())
    def claim(self, resolution: Any, other: bool, mood: list[str], data: st.DataObject) -> None:
        known = st.sampled_from([item.id for item in self.order.lines if item.shipped])
        one = st.builds(c.ClaimedUnits, line_id=known, quantity=st.integers(1, 2), reason=st.just("damaged"))
        items = tuple(data.draw(st.lists(one, min_size=1, max_size=2)))
        new = line(quantity=data.draw(st.integers(1, 3)), variant_id="var_b").model_copy(update={"id": "", "serial": 0})
        new_lines = (new,) if other and resolution == "replace" else None
        self.act(c.MakeClaim(lines=items, resolution=resolution, new_lines=new_lines), mood=mood)

    @precondition(lambda self: any(r.is_open for r in self.order.returns))
    @rule(mood=moods, how=st.sampled_from(["withdraw", "reject", "some", "rest"]))
    def a_return_ends(self, mood: list[str], how: str) -> None:
        made = next(r for r in self.order.returns if r.is_open)
        some = (c.ReceivedUnits(line_id=made.items[0].line_id, quantity=1),)
        ways: dict[str, Command] = {
            "withdraw": c.WithdrawReturn(return_id=made.id),
            "reject": c.RejectReturn(return_id=made.id, reason="worn"),
            "some": c.ReceiveReturn(return_id=made.id, lines=some, final=False),
            "rest": c.ReceiveReturn(return_id=made.id),
        }
        self.act(ways[how], mood=mood)

    # The order itself

    @rule()
    def confirm(self) -> None:
        self.act(c.Confirm())

    @precondition(lambda self: self.order.version > 4)
    @rule(restock=st.booleans(), by=st.sampled_from([SHOP, CUSTOMER]), mood=moods)
    def cancel(self, restock: bool, by: Actor, mood: list[str]) -> None:
        self.act(c.Cancel(reason="fraud", restock=restock, notify=True), by=by, mood=mood)

    @precondition(lambda self: self.order.version > 8)
    @rule()
    def close(self) -> None:
        self.act(c.Close())

    @precondition(lambda self: self.order.closed_at or self.order.stage in ("cancelled", "failed"))
    @rule()
    def reopen(self) -> None:
        self.act(c.Reopen())

    @rule(
        command=st.sampled_from(
            [
                c.Update(metadata={"a": 1, "b": None}, tags=("x",)),
                c.Update(replace_metadata={}, note="hello", email="b@shop.test"),
                c.Update(shipping_address=HOME),
                c.Update(billing_address=HOME, phone="1"),
                c.Update(),
                c.AddNote(body="note", notify=True),
                c.DeleteNote(note_id="nonsense"),
                c.Place(),
                c.Several(steps=()),
            ]
        )
    )
    def write(self, command: Command) -> None:
        self.act(command)

    @precondition(lambda self: self.order.notes)
    @rule()
    def delete_note(self) -> None:
        self.act(c.DeleteNote(note_id=self.order.notes[0].id))

    @rule(quantity=st.integers(1, 3), unit_price=st.sampled_from([0, 500, 999_999_999_999]), mood=moods)
    def add_line(self, quantity: int, unit_price: int, mood: list[str]) -> None:
        self.act(add_line(line(quantity=quantity, unit_price=unit_price, variant_id="var_a")), mood=mood)

    @rule(
        quantity=st.none() | st.integers(0, 6),
        unit_price=st.none() | st.sampled_from([0, 1, 700]),
        mood=moods,
        data=st.data(),
    )
    def update_line(self, quantity: int | None, unit_price: int | None, mood: list[str], data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from([*(i.id for i in self.order.lines), "nonsense"]))
        self.act(set_line(chosen, quantity=quantity, unit_price=unit_price), mood=mood)

    @rule(mood=moods, data=st.data())
    def remove_line(self, mood: list[str], data: st.DataObject) -> None:
        self.act(remove_line(data.draw(st.sampled_from([i.id for i in self.order.lines]))), mood=mood)

    @rule(mood=moods, data=st.data())
    def several(self, mood: list[str], data: st.DataObject) -> None:
        """Any few, in any order."""
        parts: list[Command] = [
            c.Update(metadata={"k": "v"}),
            c.RecordPayment(),
            c.Pay(payment_method="pm_card_visa"),
            c.Fulfill(ship=False),
            c.Fulfill(),
            c.Deliver(),
            c.UpdateFulfillment(tracking=Tracking(number="9")),
            c.Cancel(),
        ]
        chosen = data.draw(st.lists(st.sampled_from(parts), min_size=1, max_size=3, unique_by=parts.index))
        self.act(c.Several(steps=tuple(chosen)), mood=mood)

    @rule(mood=moods, data=st.data())
    def move_timer(self, mood: list[str], data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(["payment_window", "cancel_window", "authorization", "return_window", "none"]))
        seconds = data.draw(st.sampled_from([None, None, -60, 0, 1, 3600, 86_400 * 30, 86_400 * 5000]))
        at = None if seconds is None else self.now.replace(microsecond=0) + timedelta(seconds=seconds)
        self.act(c.MoveTimer(name=name, at=at, fire=at is None), mood=mood)

    @rule(by=st.sampled_from([SHOP, CUSTOMER]))
    def what_is_allowed_is_what_plan_accepts(self, by: Actor) -> None:
        found = allowed(self.order, self.now, by)
        for verb, row in RULES.items():
            accepted = [s for s in row.samples(self.order) if self._accepts(s, by)]
            assert (verb in found) == bool(accepted)

    def _accepts(self, command: Command, by: Actor) -> bool:
        try:
            plan(self.order, command, self.now, by)
        except OrderError:
            return False
        return True

    # Time, and what happens behind our back

    @rule(seconds=st.floats(0.001, 90) | st.sampled_from([0, 3600, 86_400 * 8]), mood=moods)
    def time_passes(self, seconds: float, mood: list[str]) -> None:
        self.now += timedelta(seconds=seconds)
        self._ring(mood)

    @rule(mood=moods)
    def the_next_deadline_comes(self, mood: list[str]) -> None:
        due = next_deadline(self.order)
        if due:
            self.now = max(self.now, due[0].at)
            self._ring(mood)

    def _ring(self, mood: list[str]) -> None:
        for _ in range(12):
            due = next_deadline(self.order)
            if due is None or due[0].at > self.now:
                return
            assert self.act(due[1], by=TIMER, mood=mood), f"{due[0].name} is due and was refused"
        raise AssertionError(f"the timer never rests: {next_deadline(self.order)}")

    def _intents(self, *states: str) -> list[Intent]:
        return [i for i in self.bank.intents.values() if i.state in states]

    @precondition(lambda self: self._intents("requires_action", "processing"))
    @rule(how=st.sampled_from(["complete", "complete", "declined", "canceled", "processing"]), data=st.data())
    def the_customer_or_the_network_decides(self, how: str, data: st.DataObject) -> None:
        waiting = self._intents("requires_action", "processing")
        self.bank.finish_waiting(data.draw(st.sampled_from(waiting)), how, self.now)
        self.crossed = True

    @precondition(lambda self: self._intents("authorized"))
    @rule(data=st.data())
    def a_hold_lapses_at_the_provider(self, data: st.DataObject) -> None:
        self.bank.lapse(data.draw(st.sampled_from(self._intents("authorized"))))

    @precondition(lambda self: any(i.refunds for i in self.bank.intents.values()))
    @rule(status=st.sampled_from(["succeeded", "failed"]), data=st.data())
    def a_refund_settles(self, status: str, data: st.DataObject) -> None:
        open_ones = [(i, ref) for i in self.bank.intents.values() for ref, (_, s) in i.refunds.items() if s != "failed"]
        if open_ones:
            intent, ref = data.draw(st.sampled_from(open_ones))
            self.bank.settle_refund(intent, ref, status)

    @precondition(lambda self: any(i.left > 0 for i in self.bank.intents.values()))
    @rule(data=st.data())
    def somebody_refunds_in_the_dashboard(self, data: st.DataObject) -> None:
        intent = data.draw(st.sampled_from([i for i in self.bank.intents.values() if i.left > 0]))
        self.bank.refund_outside(intent, data.draw(st.integers(1, intent.left)))

    @precondition(lambda self: any(i.left > 0 for i in self.bank.intents.values()))
    @rule(data=st.data())
    def a_charge_is_disputed(self, data: st.DataObject) -> None:
        self.bank.dispute(data.draw(st.sampled_from([i for i in self.bank.intents.values() if i.left > 0])))

    @precondition(lambda self: any("opened" in i.disputes.values() for i in self.bank.intents.values()))
    @rule(status=st.sampled_from(["won", "lost"]), data=st.data())
    def a_dispute_closes(self, status: str, data: st.DataObject) -> None:
        open_ones = [(i, r) for i in self.bank.intents.values() for r, s in i.disputes.items() if s == "opened"]
        intent, ref = data.draw(st.sampled_from(open_ones))
        payment = next((p for p in self.order.payments if p.ref == intent.ref), None)
        known = payment is not None and payment.captured - payment.refunded == intent.left
        if status == "won" or known:  # how a bank settles what crossed a refund of ours is the bank's affair
            self.bank.close_dispute(intent, ref, status)
            if status == "lost":
                self.act(self.bank.facts.pop(), by=PROVIDER)

    @precondition(lambda self: self.bank.facts)
    @rule(again=st.booleans(), data=st.data())
    def a_fact_arrives(self, again: bool, data: st.DataObject) -> None:
        i = data.draw(st.integers(0, len(self.bank.facts) - 1))
        fact = self.bank.facts[i] if again else self.bank.facts.pop(i)
        self.act(fact, by=PROVIDER)

    def teardown(self) -> None:
        """Told everything, our ledger is the bank's, and the order comes to rest."""
        if not hasattr(self, "order"):
            return
        for _ in range(2):
            for fact in self.bank.everything():
                self.act(fact, by=PROVIDER)
            self._ring(["good"])
            self.everything_holds()
        for intent in self.bank.intents.values():
            ours = [p for p in self.order.payments if p.ref == intent.ref]
            assert len(ours) == 1
            assert (ours[0].captured, ours[0].refunded) == (intent.captured, intent.refunded)
            assert ours[0].capturable == intent.authorized - intent.captured - intent.released
        self._nothing_kept()

    def _nothing_kept(self) -> None:
        """What is here above what is owed waits for somebody, and is said so; an ended order owes nothing."""
        assert ledger.surplus(self.order) == self.order.surplus_waits
        assert ledger.unneeded(self.order) == []
        if self.order.stage in ("cancelled", "failed"):
            assert ledger.owed(self.order) == 0
            assert ledger.held(self.order) == 0


TestLife = Life.TestCase
