"""What a customer owes, and refund shares that never lose or make a cent, in every currency's digits."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import commands as c
from domain import ledger
from domain.errors import AmountTooLarge, InvalidInput, InvalidQuantity, NothingToRefund, OrderError
from domain.order import Discount, Order
from domain.verbs.giving_back import Breakdown
from domain.verbs.refunding import break_down
from domain.windows import next_deadline, waiting_on
from tests.domain.orders import Story, confirmed, line, paid, set_line, shipped

rates = st.lists(st.sampled_from([("0.09", False), ("0.08985", True)]), max_size=2)
codes = st.lists(st.sampled_from([Discount(code="P", amount=0, percent=Decimal(25))]), max_size=1)
carts = st.lists(st.tuples(st.integers(1, 7), st.integers(0, 9_999)), min_size=1, max_size=4)
currencies = st.sampled_from(["JPY", "USD", "KWD", "CLF"])


@st.composite
def bought(draw: st.DrawFn) -> Story:
    items = [line(n, q, p) for n, (q, p) in enumerate(draw(carts), 1)]
    items[0] = items[0].model_copy(update={"unit_price": 1 + items[0].unit_price})
    discounts, shipping = draw(codes), draw(st.lists(st.integers(0, 999), max_size=2))
    return shipped(*items, shipping=shipping, rates=draw(rates), discounts=discounts, currency=draw(currencies))


@settings(max_examples=60)
@given(bought(), st.data())
def test_any_sequence_of_line_and_shipping_refunds_gives_back_exactly_what_was_captured(
    story: Story, data: st.DataObject
) -> None:
    taken, given_back = story.order.total, 0
    left = {item.id: item.quantity for item in story.order.lines}
    while any(left.values()):
        line_id = data.draw(st.sampled_from([i for i, n in left.items() if n]))
        n = data.draw(st.integers(1, left[line_id]))
        left[line_id] -= n
        given_back += _refund(story, c.Refund(lines=(c.RefundUnits(line_id=line_id, quantity=n),)))
        part = data.draw(st.integers(0, ledger.shipping_left(story.order)[0]))
        if part:
            given_back += _refund(story, c.Refund(shipping=part))
    given_back += _refund(story, c.Refund(shipping="full"))
    assert given_back == taken == ledger.refunded(story.order)
    assert ledger.shipping_left(story.order) == (0, 0)
    assert ledger.due(story.order) == 0


def _refund(story: Story, command: c.Refund) -> int:
    """What it gave back; a refund of nothing is refused, and everything may be back already."""
    try:
        made = story.do(command).order.refunds[-1]
    except (InvalidInput, NothingToRefund):
        assert break_down(story.order, command).amount == 0
        return 0
    assert made.amount == sum(i.subtotal + i.tax for i in made.lines) + made.shipping + made.shipping_tax
    return made.amount


@settings(max_examples=60)
@given(bought(), st.data())
def test_what_calculate_answers_is_accepted_when_it_is_posted_back(story: Story, data: st.DataObject) -> None:
    for _ in range(3):
        asked = c.Refund(
            lines=tuple(
                c.RefundUnits(line_id=item.id, quantity=n, restock=data.draw(st.booleans()))
                for item in story.order.lines
                if (n := data.draw(st.integers(0, item.quantity - ledger.credited_units(story.order, item.id))))
            ),
            shipping=data.draw(st.sampled_from(["full", None])),
        )
        if not asked.lines or not ledger.refundable(story.order):
            return
        answer = break_down(story.order, asked)
        assert answer.amount <= answer.maximum == ledger.refundable(story.order)
        made = story.do(_posted_back(answer, asked)).order.refunds[-1]
        assert (made.amount, made.lines) == (answer.amount, answer.lines)
        assert (made.shipping, made.shipping_tax) == (answer.shipping, answer.shipping_tax)


def _posted_back(answer: Breakdown, asked: c.Refund) -> c.Refund:
    parts = tuple(c.RefundFrom(parent_id=part.payment_id, amount=part.amount) for part in answer.parts)
    return asked.model_copy(update={"shipping": answer.shipping, "parts": parts})


@given(st.integers(1, 9), st.integers(0, 9_999), st.integers(0, 999), st.integers(1, 9))
def test_a_units_share_of_price_and_tax_adds_up_to_its_share_of_the_total(q: int, unit: int, tax: int, n: int) -> None:
    item = line(1, q, unit).model_copy(update={"tax": tax})
    count = min(n, q)
    subtotal, taxed = ledger.line_share(item, 0, count)
    assert subtotal + taxed == item.total * count // q


def test_a_suggestion_never_exceeds_what_is_left() -> None:
    story = paid(line(1, 2, 1000)).do(c.Refund(amount=1500))
    suggested = break_down(story.order, c.Refund(lines=(c.RefundUnits(line_id=story.order.lines[0].id, quantity=1),)))
    assert (suggested.amount, suggested.maximum) == (500, 500)


def _two_payments() -> Story:
    story = confirmed(line(1, 1, 1000)).do(c.Pay(payment_method="pm_a", amount=600, capture=True))
    return story.later(minutes=1).do(c.Pay(payment_method="pm_b", capture=True))


def test_refunds_go_against_the_oldest_payment_first() -> None:
    order = _two_payments().do(c.Refund(amount=700)).order
    assert [p.refunded for p in order.payments] == [600, 100]


def test_a_named_payment_is_refunded_whatever_its_age_by_its_id_or_its_transactions() -> None:
    story = _two_payments()
    second = story.order.payments[1]
    story.do(c.Refund(parts=(c.RefundFrom(parent_id=second.transactions[0].id, amount=50),)))
    story.do(c.Refund(parts=(c.RefundFrom(parent_id=second.id, amount=50),)))
    assert [p.refunded for p in story.order.payments] == [0, 100]
    with pytest.raises(AmountTooLarge):
        story.do(c.Refund(parts=(c.RefundFrom(parent_id=second.id, amount=301),)))
    with pytest.raises(InvalidInput):
        story.do(c.Refund(parts=(c.RefundFrom(parent_id="other", amount=1),)))


REFUSED: list[tuple[str, dict[str, object], type[OrderError]]] = [
    ("one more than all", {"amount": 2001}, AmountTooLarge),
    ("nothing", {"amount": 0}, InvalidInput),
    ("less than nothing", {"amount": -1}, InvalidInput),
    ("no line named", {"lines": ()}, InvalidInput),
    ("shipping that is not there", {"shipping": 1}, AmountTooLarge),
    ("no shipping", {"shipping": 0}, InvalidInput),
]


@pytest.mark.parametrize(("fields", "error"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_refund_of_what_is_not_there_is_refused(fields: dict[str, object], error: type[OrderError]) -> None:
    with pytest.raises(error):
        paid(line(1, 2, 1000)).do(c.Refund.model_validate(fields))


def test_a_line_is_refunded_once_per_unit() -> None:
    story = paid(line(1, 2, 1000), line(2, 1, 1000))
    one = c.Refund(lines=(c.RefundUnits(line_id=story.order.lines[0].id, quantity=1),))
    story.do(one).do(one)
    with pytest.raises(InvalidQuantity):
        story.do(one)


def test_units_that_cost_nothing_come_back_without_money() -> None:
    story = paid(line(1, 1, 0), line(2, 1, 1000)).do(c.Fulfill())
    free = c.RefundUnits(line_id=story.order.lines[0].id, quantity=1, restock=True)
    story.do(c.Refund(lines=(free,), shipping=0, parts=()))
    assert story.order.refunds[-1].amount == 0
    assert story.order.lines[0].returned == 1
    assert story.events == ["order.restocked"]


def _owed(order: Order) -> tuple[int, int, int]:
    return ledger.due(order), ledger.refundable(order), ledger.credited(order)


def test_an_allowance_lowers_what_is_owed_a_surplus_does_not_and_a_cancellation_that_is_undone_no_longer() -> None:
    story = paid(line(1, 3, 1000))
    assert _owed(story.order) == (0, 3000, 0)
    story.do(c.Refund(amount=500))
    assert _owed(story.order) == (0, 2500, 500)
    story.do(set_line(story.order.lines[0].id, quantity=2))
    assert _owed(story.order) == (0, 1500, 500)  # 1000 of surplus went back and is no credit
    story.do(set_line(story.order.lines[0].id, quantity=4))
    assert _owed(story.order) == (2000, 1500, 500)
    story.do(c.Cancel()).do(c.Reopen())
    assert _owed(story.order) == (3500, 0, 500)


def test_a_refund_pending_counts_until_it_fails_and_keeps_its_credit() -> None:
    story = paid(line(1, 2, 1000))
    one = c.Refund(lines=(c.RefundUnits(line_id=story.order.lines[0].id, quantity=1),))
    story.do(one, outcomes=[{"refund_state": "pending", "ref": "re_1"}])
    assert (ledger.refunded(story.order), story.order.refunds[0].status) == (1000, "pending")
    ref = story.order.payments[0].ref or ""
    story.do(c.RefundFact(payment_ref=ref, ref="re_1", status="failed", amount=1000))
    assert (ledger.refunded(story.order), story.order.refunds[0].status) == (0, "failed")
    assert (ledger.owed(story.order), ledger.surplus(story.order)) == (1000, 1000)
    assert story.order.surplus_waits == 1000
    assert next_deadline(story.order) is None
    assert waiting_on(story.order) == "refund_failed"
    story.do(c.Refund(amount=1000))
    assert (ledger.owed(story.order), ledger.net(story.order), ledger.surplus(story.order)) == (1000, 1000, 0)
    assert ledger.credited_units(story.order, story.order.lines[0].id) == 1
