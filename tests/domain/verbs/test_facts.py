import pytest

from domain import commands as c
from domain import ledger
from domain.errors import Conflict, NotFound, OnHold, OrderError
from domain.order import Units
from domain.windows import next_deadline
from tests.domain.orders import TIMER, Story, confirmed, held, line, paid

PAY = c.Pay(payment_method="pm", capture=True)


def _ref(story: Story) -> str:
    return story.order.payments[0].ref or ""


def _dispute(story: Story, status: str, amount: int = 5998) -> Story:
    return story.do(
        c.DisputeFact.model_validate({"payment_ref": _ref(story), "ref": "dp_1", "status": status, "amount": amount})
    )


def test_a_dispute_holds_the_order_until_it_is_won() -> None:
    story = _dispute(paid(), "opened")
    assert story.events == ["payment.dispute_opened", "order.held"]
    with pytest.raises(OnHold):
        story.do(c.Fulfill())
    assert _dispute(story, "won").events == ["payment.dispute_won", "order.released"]
    assert story.do(c.Fulfill()).order.lines[0].sent == 2


def test_a_lost_dispute_counts_as_refunded_cancels_nothing_and_holds_what_waits() -> None:
    story = _dispute(_dispute(paid(), "opened"), "lost")
    assert (ledger.net(story.order), ledger.owed(story.order), ledger.due(story.order)) == (0, 0, 0)
    assert story.order.lines[0].cancelled == 0
    assert [hold.kind for hold in story.order.holds] == ["manual"]
    with pytest.raises(OnHold):
        story.do(c.Fulfill())
    units = Units(line_id=story.order.lines[0].id, quantity=2)
    story.do(c.CancelItems(lines=(units,)))
    assert story.order.holds == ()
    assert story.events == ["order.items_cancelled", "order.released"]


def test_a_dispute_lost_after_everything_is_sent_holds_nothing() -> None:
    assert _dispute(_dispute(paid().do(c.Fulfill()), "opened"), "lost").order.holds == ()


@pytest.mark.parametrize("again", ["opened", "won", "lost"])
def test_a_closed_dispute_is_told_once(again: str) -> None:
    story = _dispute(_dispute(paid(), "opened"), "won")
    with pytest.raises(Conflict):
        _dispute(story, again)


def test_a_fact_that_says_nothing_new_leaves_no_trace() -> None:
    story = paid()
    for fact in (
        c.PaymentFact(ref=_ref(story), status="captured", authorized=5998, captured=5998),
        c.PaymentFact(ref=_ref(story), status="authorized", authorized=5998),
        c.PaymentFact(ref=_ref(story), status="canceled"),
        c.PaymentFact(ref=_ref(story), status="declined"),
    ):
        with pytest.raises(Conflict):
            story.do(fact)


def test_what_is_not_ours_is_not_found() -> None:
    with pytest.raises(NotFound):
        paid().do(c.PaymentFact(ref="pi_other", status="captured", captured=1))


def _lost(status: str, held: int = 0, taken: int = 0) -> c.PaymentFact:
    """A payment made for the order that the order has no record of."""
    fact = {
        "ref": "pi_lost",
        "status": status,
        "authorized": held,
        "captured": taken,
        "provider": "stripe",
        "amount": 5998,
    }
    return c.PaymentFact.model_validate(fact | {"payment_method": "pm_1"})


def test_a_fact_that_names_provider_and_amount_puts_a_payment_nobody_wrote_down_on_the_order() -> None:
    story = confirmed().do(_lost("captured", 5998, 5998))
    (payment,) = story.order.payments
    assert (payment.provider, payment.ref, payment.captured, payment.payment_method) == (
        "stripe",
        "pi_lost",
        5998,
        "pm_1",
    )
    assert ledger.due(story.order) == 0
    assert story.events == ["payment.captured", "payment.reconciled", "order.paid"]
    with pytest.raises(Conflict):
        story.do(_lost("captured", 5998, 5998))


def test_a_lost_payment_found_on_a_cancelled_order_goes_back_by_itself() -> None:
    story = confirmed().do(c.Cancel()).do(_lost("authorized", 5998))
    assert ledger.held(story.order) == 5998
    found = next_deadline(story.order)
    assert found is not None
    story.do(found[1], by=TIMER)
    assert ledger.held(story.order) == 0
    assert next_deadline(story.order) is None


@pytest.mark.parametrize("status", ["requires_action", "processing"])
def test_a_lost_payment_that_waits_can_be_finished_here(status: str) -> None:
    story = confirmed().do(_lost(status))
    assert story.order.payments[0].state == status
    with pytest.raises(Conflict):
        story.do(_lost(status))
    finished = {"state": "captured", "authorized": 5998, "captured": 5998}
    story.do(c.Pay(payment_id=story.order.payments[0].id), outcomes=[finished])
    assert story.order.payments[0].state == "captured"


@pytest.mark.parametrize("status", ["declined", "canceled"])
def test_a_stranger_that_brings_no_money_is_nobodys(status: str) -> None:
    with pytest.raises(NotFound):
        confirmed().do(_lost(status))


def test_3d_secure_finished_outside_pays_the_order() -> None:
    story = confirmed().do(PAY, outcomes=[{"state": "requires_action", "authorized": 0, "captured": 0}])
    story.do(c.PaymentFact(ref=_ref(story), status="captured", authorized=5998, captured=5998))
    assert story.events == ["payment.captured", "payment.reconciled", "order.paid"]


def test_a_capture_told_after_our_void_is_money_all_the_same() -> None:
    story = held().do(c.Void())
    story.do(c.PaymentFact(ref=_ref(story), status="captured", authorized=5998, captured=5998))
    payment = story.order.payments[0]
    assert (payment.captured, payment.released, payment.state) == (5998, 0, "captured")


def test_a_hold_the_provider_lets_go_is_due_again() -> None:
    story = held()
    story.do(c.PaymentFact(ref=_ref(story), status="canceled"))
    assert (ledger.held(story.order), story.events) == (0, ["payment.expired"])


def test_a_refund_made_in_the_dashboard_is_recorded_once() -> None:
    story = paid()
    fact = c.RefundFact(payment_ref=_ref(story), ref="re_x", status="succeeded", amount=98)
    assert story.do(fact).events == ["payment.refunded", "order.refunded"]
    with pytest.raises(Conflict):
        story.do(fact)
    assert ledger.refunded(story.order) == 98


def test_a_refund_larger_than_what_we_know_was_captured_waits_for_the_capture() -> None:
    story = held()
    fact = c.RefundFact(payment_ref=_ref(story), ref="re_x", status="succeeded", amount=5998)
    with pytest.raises(Conflict):
        story.do(fact)
    story.do(c.PaymentFact(ref=_ref(story), status="captured", authorized=5998, captured=5998)).do(fact)
    assert ledger.refundable(story.order) == 0


@pytest.mark.parametrize("status", ["pending", "succeeded"])
def test_a_failed_refund_stays_failed(status: str) -> None:
    story = paid().do(c.Refund(amount=5), outcomes=[{"refund_state": "pending", "ref": "re_1"}])
    told = {"payment_ref": _ref(story), "ref": "re_1", "amount": 5}
    story.do(c.RefundFact.model_validate({**told, "status": "failed"}))
    with pytest.raises(OrderError):
        story.do(c.RefundFact.model_validate({**told, "status": status}))


def test_a_failed_refund_of_a_return_waits_for_its_money_again() -> None:
    story = paid(line(1, 1, 100)).do(c.Fulfill()).do(c.Deliver())
    story.do(c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),)))
    story.do(c.ApproveReturn(return_id=story.order.returns[0].id))
    back = c.ReceiveReturn(return_id=story.order.returns[0].id)
    story.do(back, outcomes=[{"refund_state": "pending", "ref": "re_1"}])
    story.do(c.RefundFact(payment_ref=_ref(story), ref="re_1", status="failed", amount=100))
    assert (story.order.returns[0].status, ledger.surplus(story.order)) == ("received", 100)
