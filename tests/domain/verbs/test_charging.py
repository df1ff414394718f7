"""edit: the order it is done in, what it needs, and what the records say; holds; commands of earlier releases."""

from decimal import Decimal

import pytest

from domain import commands as c
from domain import edits as e
from domain import ledger
from domain.errors import InvalidInput, InvalidTransition, OnHold, OrderError
from domain.former import read_command
from domain.order import Address, Discount, Given, Order, ShippingLine, TaxLine, Units
from domain.rehearsal import rehearse
from domain.windows import is_over, next_deadline, waiting_on
from tests.domain.orders import SHOP, TIMER, Story, add_line, confirmed, line, order, paid, remove_line, set_line

HOME = Address(line1="1 Main St", city="Portland", country="US")


def edit(*operations: e.EditOperation) -> c.Edit:
    return c.Edit(operations=operations)


def off(amount: int) -> e.AddDiscount:
    return e.AddDiscount(op="add_discount", code="off", amount=amount)


def test_the_order_of_operations_does_not_matter_across_their_kinds() -> None:
    story = paid(line(1, 4, 1000))
    found = story.order.lines[0].id
    made: list[e.EditOperation] = [
        e.CancelUnits(op="cancel_items", lines=(Units(line_id=found, quantity=1),)),
        off(300),
        e.SetQuantity(op="set_quantity", line_id=found, quantity=3),
    ]
    forth, back = (rehearse(story.order, edit(*some), story.now, SHOP).order for some in (made, made[::-1]))
    assert (forth.total, ledger.owed(forth)) == (back.total, ledger.owed(back)) == (2700, 1800)


def test_a_swap_of_the_last_line_is_one_edit_and_its_removal_alone_is_none() -> None:
    story = paid(line(1, 1, 1000))
    gone = e.RemoveItem(op="remove_item", line_id=story.order.lines[0].id)
    with pytest.raises(InvalidInput):
        story.do(edit(gone))
    story.do(edit(gone, e.AddItem(op="add_item", line=line(9, 1, 700))))
    assert [(made.before, made.after, made.due, made.surplus) for made in story.order.edits] == [(1000, 700, 0, 300)]


def test_shipping_that_was_given_back_keeps_its_price() -> None:
    story = paid(line(1, 1, 1000), shipping=[500])
    story.do(c.Refund(shipping=200))
    with pytest.raises(InvalidTransition) as refused:
        story.do(edit(e.SetShipping(op="set_shipping", price=100)))
    assert (refused.value.field, refused.value.data["event"]["type"]) == ("operations[0]", "order.refunded")


def test_shipping_is_another_line_or_another_price_of_the_same() -> None:
    story = confirmed(line(1, 1, 1000), shipping=[500])
    known = story.order.shipping_lines[0].id
    story.do(edit(e.SetShipping(op="set_shipping", price=100)))
    assert [(s.id, s.price) for s in story.order.shipping_lines] == [(known, 100)]
    courier = ShippingLine(id="", serial=0, title="Courier", price=900)
    story.do(edit(e.SetShipping(op="set_shipping", line=courier)))
    assert [(s.title, s.price, s.id != known) for s in story.order.shipping_lines] == [("Courier", 900, True)]
    assert story.order.total == 1900


def test_given_tax_stays_with_the_address_and_follows_the_goods() -> None:
    story = Story(order(line(1, 2, 1000), given=Given(tax=200))).do(c.Place(confirm=True))
    rates = (TaxLine(id="", serial=0, title="R", rate=Decimal("0.5"), price=0),)
    story.do(edit(e.SetAddress(op="set_address", address=HOME, tax_lines=rates)))
    assert (story.order.tax_total, story.order.shipping_address) == (200, HOME)
    story.do(edit(off(1000)))
    assert story.order.tax_total == 100


def test_a_tax_somebody_else_calculated_is_taken_as_it_is() -> None:
    story = Story(order(line(1, 2, 1000), given=Given(tax=200))).do(c.Place(confirm=True))
    found = story.order.lines[0].id
    rates = (TaxLine(id="", serial=0, title="Stripe Tax", rate=Decimal("0.1"), price=333),)
    address = e.SetAddress(op="set_address", address=HOME, tax_lines=rates, tax=333)
    story.do(edit(e.SetQuantity(op="set_quantity", line_id=found, quantity=4), address))
    assert (story.order.tax_total, story.order.tax_lines[0].title) == (333, "Stripe Tax")


def test_a_given_discount_takes_an_amount_and_no_code() -> None:
    story = Story(order(line(1, 2, 1000), given=Given(discount=300))).do(c.Place(confirm=True))
    with pytest.raises(InvalidInput):
        story.do(edit(e.AddDiscount(op="add_discount", code="TEN", percent=Decimal(10))))
    story.do(edit(off(200)))
    assert (story.order.discount_total, story.order.discounts[0].code) == (500, "off")
    story.do(edit(e.RemoveDiscount(op="remove_discount", code="OFF")))
    assert story.order.discount_total == 300


def test_a_removed_code_leaves_credited_units_what_they_bore() -> None:
    story = paid(line(1, 2, 1000), line(2, 1, 1000), discounts=[Discount(code="P", amount=0, percent=Decimal(10))])
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[0].id, quantity=1),)))
    story.do(edit(e.RemoveDiscount(op="remove_discount", code="P")))
    assert [item.discount for item in story.order.lines] == [200, 0]
    assert (story.order.discounts, story.order.discount_total, ledger.due(story.order)) == ((), 200, 100)


def test_an_amount_no_line_can_bear_is_an_allowance() -> None:
    story = confirmed(line(1, 2, 1000))
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[0].id, quantity=1),)))
    story.do(edit(off(400)))
    assert [(made.kind, made.amount, made.cause) for made in story.order.credits][1:] == [("allowance", 400, "edit")]
    assert (story.order.total, ledger.due(story.order), story.order.discounts) == (2000, 600, ())
    with pytest.raises(InvalidInput):
        story.do(edit(off(601)))


@pytest.mark.parametrize(
    ("verb", "content", "now"),
    [
        ("add_line", {"line": line(9, 1, 700).model_dump(mode="json")}, add_line(line(9, 1, 700))),
        ("update_line", {"line_id": "x", "quantity": 2}, set_line("x", quantity=2)),
        ("update_line", {"line_id": "x", "quantity": 2, "unit_price": 0}, set_line("x", quantity=2, unit_price=0)),
        ("remove_line", {"line_id": "x"}, remove_line("x")),
        ("confirm", {}, c.Confirm()),
    ],
)
def test_commands_of_earlier_releases_are_still_read(verb: str, content: dict[str, object], now: c.Command) -> None:
    assert read_command(verb, content) == now


# Holds.


def hold(until: object = None) -> c.PlaceHold:
    return c.PlaceHold.model_validate({"kind": "address", "reason": "no street", "until": until})


def test_a_hold_is_waited_for_and_ends_with_its_time() -> None:
    story = paid()
    story.do(hold(story.later(hours=1).now.replace(hour=20)))
    (made,) = story.order.holds
    due = next_deadline(story.order)
    assert due is not None
    assert (due[0].name, due[0].at, waiting_on(story.order)) == (f"hold:{made.id}", made.until, "hold")
    with pytest.raises(OrderError):
        story.do(c.EndHold(hold_id=made.id), by=TIMER)
    story.at(due[0].at).do(due[1], by=TIMER)
    assert (story.order.holds, story.events) == ((), ["order.released"])


def test_holds_end_with_the_order_and_keep_it_open_until_then() -> None:
    story = paid(line(1, 1, 1000)).do(c.Fulfill()).do(c.Deliver()).do(hold())
    assert not is_over(story.order)
    story.later(days=31)
    assert next_deadline(story.order) is None  # a held order does not close by itself
    story.do(c.Close())
    assert (story.order.holds, story.events) == ((), ["order.closed", "order.released"])


def test_a_held_order_is_not_sent_and_says_why() -> None:
    story = paid().do(hold())
    with pytest.raises(OnHold) as refused:
        story.do(c.Fulfill())
    assert [named["kind"] for named in refused.value.data["holds"]] == ["address"]


def test_holds_stored_by_earlier_releases_have_an_id() -> None:
    story = paid()
    fact = c.DisputeFact(payment_ref=story.order.payments[0].ref or "", ref="dp_1", status="opened", amount=1)
    story.do(fact)
    stored = story.order.model_dump(mode="json")
    for name in ("id", "owner", "until"):
        del stored["holds"][0][name]
    assert Order.model_validate(stored).holds[0].id == story.order.holds[0].id
