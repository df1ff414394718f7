import pytest

from domain import commands as c
from domain import ledger
from domain.errors import NothingDue
from domain.order import Units
from domain.policy import Policy
from tests.domain.orders import Story, confirmed, held, line, paid, shipped

PAY = c.Pay(payment_method="pm_card_visa", capture=True)
DECLINED = {"status": "declined", "code": "insufficient_funds"}
SECURE = {
    "state": "requires_action",
    "authorized": 0,
    "captured": 0,
    "client_secret": "s",
    "next_action": {"type": "x"},
}


def test_the_last_decline_allowed_fails_the_order_and_releases_its_stock() -> None:
    story = confirmed(policy=Policy(max_payment_attempts=2)).do(PAY, outcomes=[DECLINED])
    assert (story.order.stage, story.events) == ("confirmed", ["payment.failed"])
    story.do(PAY, outcomes=[DECLINED])
    assert (story.order.stage, story.events) == ("failed", ["payment.failed", "order.failed"])


def test_no_number_of_declines_fails_an_order_whose_policy_says_never() -> None:
    story = confirmed(policy=Policy(max_payment_attempts=0))
    for _ in range(10):
        story.do(PAY, outcomes=[DECLINED])
    assert story.do(PAY).order.stage == "confirmed"


def test_a_providers_own_refusal_is_no_attempt() -> None:
    story = confirmed(policy=Policy(max_payment_attempts=1)).do(PAY, outcomes=[{"status": "refused", "code": "bad"}])
    assert (story.order.stage, story.order.declines) == ("confirmed", 0)
    assert story.order.payments[0].decline_code is None


def test_a_late_decline_does_not_fail_an_order_that_is_paid() -> None:
    story = confirmed(policy=Policy(max_payment_attempts=1)).do(PAY, outcomes=[SECURE])
    other = PAY.model_copy(update={"payment_method": "pm_other"})
    story.do(other, outcomes=[{"status": "refused"}, {}])
    ref = story.order.payments[0].ref or ""
    story.do(c.PaymentFact(ref=ref, status="declined"))
    assert story.order.stage == "confirmed"


def test_3d_secure_is_no_decline_and_the_same_method_goes_on_with_it() -> None:
    story = confirmed().do(PAY, outcomes=[SECURE])
    assert (story.order.declines, story.order.payments[0].client_secret) == (0, "s")
    story.do(PAY, outcomes=[{"state": "captured", "authorized": 5998, "captured": 5998}])
    assert len(story.order.payments) == 1
    assert story.events == ["payment.captured", "order.paid"]
    assert story.order.payments[0].client_secret is None


def test_another_method_gives_the_waiting_one_up_first() -> None:
    story = confirmed().do(PAY, outcomes=[SECURE]).do(PAY.model_copy(update={"payment_method": "pm_other"}))
    assert [p.state for p in story.order.payments] == ["voided", "captured"]


def test_a_payment_under_way_is_not_asked_for_twice() -> None:
    story = confirmed().do(PAY, outcomes=[{"state": "processing", "authorized": 0, "captured": 0}])
    with pytest.raises(NothingDue):
        story.do(PAY.model_copy(update={"payment_method": "pm_other"}))


def test_a_final_capture_releases_the_rest_and_it_is_due_again() -> None:
    story = held().do(c.Capture(amount=1000))
    payment = story.order.payments[0]
    assert (payment.captured, payment.released, payment.capturable, payment.state) == (1000, 4998, 0, "captured")
    assert ledger.due(story.order) == 4998


def test_captures_that_are_not_final_add_up() -> None:
    story = confirmed().do(PAY.model_copy(update={"capture": False}), outcomes=[{"multicapture": True}])
    story.do(c.Capture(amount=1000, final=False)).do(c.Capture(amount=1000, final=False))
    assert (ledger.captured(story.order), ledger.held(story.order)) == (2000, 3998)
    assert story.do(c.Void()).order.payments[0].state == "captured"


def _thirds(multicapture: bool) -> Story:
    policy = Policy(capture="on_fulfillment")
    story = confirmed(line(1, 3, 333), line(2, 1, 1000), shipping=[599], rates=[("0.09", True)], policy=policy)
    return story.do(c.Pay(payment_method="pm"), outcomes=[{"multicapture": multicapture}])


def test_on_fulfilment_each_parcel_captures_its_share_and_the_last_the_rest_to_the_cent() -> None:
    story, taken = _thirds(multicapture=True), []
    first, second = story.order.lines
    shipping = 599 + sum(s.tax for s in story.order.shipping_lines)
    for line_id in (first.id, first.id, second.id, first.id):
        story.do(c.Fulfill(lines=(Units(line_id=line_id, quantity=1),)))
        taken.append(ledger.captured(story.order))
    assert taken[0] == shipping + first.total // 3
    assert taken[1] == shipping + first.total * 2 // 3
    assert taken[2] == taken[1] + second.total
    assert taken[3] == story.order.total
    assert ledger.held(story.order) == 0
    assert "order.paid" in story.events


def test_sent_units_are_captured_once_not_again_when_they_ship() -> None:
    story = _thirds(multicapture=True)
    one = (Units(line_id=story.order.lines[0].id, quantity=1),)
    story.do(c.Fulfill(lines=one, ship=False))
    before = ledger.captured(story.order)
    assert ledger.captured(story.do(c.Fulfill(lines=one)).order) == before


def test_a_provider_that_captures_once_takes_all_with_the_first_parcel() -> None:
    story = _thirds(multicapture=False)
    story.do(c.Fulfill(lines=(Units(line_id=story.order.lines[0].id, quantity=1),)))
    assert ledger.captured(story.order) == story.order.total


def test_when_the_hold_is_gone_nothing_is_sent_and_it_is_due() -> None:
    story = _thirds(multicapture=True).do(c.Fulfill(), outcomes=[{"status": "refused", "state": None}])
    assert not any(item.sent for item in story.order.lines)
    assert ledger.due(story.order) == story.order.total
    assert story.events == ["payment.expired"]


def test_a_capture_refused_while_the_hold_stands_leaves_the_hold() -> None:
    story = _thirds(multicapture=True).do(c.Fulfill(), outcomes=[{"status": "refused", "state": "authorized"}])
    assert not any(item.sent for item in story.order.lines)
    assert ledger.held(story.order) == story.order.total
    assert story.events == ["payment.failed"]


def test_money_taken_elsewhere_goes_back_without_asking_a_provider() -> None:
    story = confirmed().do(c.RecordPayment(gateway="cash")).do(c.Refund(amount=100))
    assert story.order.payments[0].provider == "manual"
    assert story.order.refunds[0].status == "succeeded"


@pytest.mark.parametrize("told", [paid, shipped])
def test_a_paid_order_asks_for_nothing(told: object) -> None:
    assert callable(told)
    with pytest.raises(NothingDue):
        told().do(PAY)
