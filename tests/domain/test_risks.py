from typing import Any

import pytest

from domain.order import Address, CardDetails, Origin, Payment
from domain.policy import RiskPolicy
from domain.risks import Assessment, assess
from tests.domain.orders import T0, line, order

HOME = Address(line1="1 Main St", city="Portland", country="US", postal_code="97201")
CARD = CardDetails(brand="visa", last4="4242", cvc_check="pass", postal_code_check="pass")


def _risk(total: int = 100, card: CardDetails | None = None, **fields: Any) -> Assessment:
    paid = Payment(id="p", serial=9, provider="sandbox", amount=1, state="failed", created_at=T0, card=card)
    made = order(line(1, 1, total), **{"customer_id": "cust_1", "payments": (paid,) if card else ()} | fields)
    return assess(made, RiskPolicy())


FIRST: dict[str, Any] = {"origin": Origin(first_order=True)}
CASES: list[tuple[str, dict[str, Any], dict[str, int]]] = [
    ("nothing to say", {}, {}),
    ("one cent below the value", {"total": 99_999}, {}),
    ("the value", {"total": 100_000}, {"high_value": 30}),
    ("yen have no cents", {"total": 1_000, "currency": "JPY"}, {"high_value": 30}),
    ("dinar have three digits", {"total": 999_999, "currency": "KWD"}, {}),
    (
        "another country",
        {"billing_address": HOME, "shipping_address": HOME.model_copy(update={"country": "CA"})},
        {"country_mismatch": 20},
    ),
    (
        "another city",
        {"billing_address": HOME, "shipping_address": HOME.model_copy(update={"city": "Salem"})},
        {"city_mismatch": 20},
    ),
    (
        "another postcode",
        {"billing_address": HOME, "shipping_address": HOME.model_copy(update={"postal_code": "1"})},
        {"postcode_mismatch": 20},
    ),
    (
        "the same but for case, and a postcode one of them lacks",
        {
            "billing_address": HOME,
            "shipping_address": HOME.model_copy(update={"city": "PORTLAND ", "postal_code": None}),
        },
        {},
    ),
    ("one address alone", {"billing_address": HOME}, {}),
    ("good checks", {"card": CARD}, {}),
    ("CVC", {"card": CARD.model_copy(update={"cvc_check": "fail"})}, {"cvc_check_failed": 30}),
    ("postcode check", {"card": CARD.model_copy(update={"postal_code_check": "fail"})}, {"postcode_check_failed": 20}),
    ("a first order, small", {"total": 49_999, **FIRST}, {}),
    ("a first order, large", {"total": 50_000, **FIRST}, {"first_order_high_value": 50}),
    ("a guest's has no history to be first of", {"total": 50_000, "customer_id": None, **FIRST}, {}),
]


@pytest.mark.parametrize(("fields", "signals"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_signal_has_its_name_and_score(fields: dict[str, Any], signals: dict[str, int]) -> None:
    found = _risk(**fields)
    assert {s.name: s.score for s in found.signals} == signals
    assert found.score == sum(signals.values())
    assert all(s.message for s in found.signals)


def test_the_score_is_capped_at_100_and_recommends_by_its_marks() -> None:
    far = Address(line1="2", city="Lyon", country="FR", postal_code="69001")
    bad = CARD.model_copy(update={"cvc_check": "fail", "postal_code_check": "fail"})
    worst = _risk(100_000, card=bad, billing_address=HOME, shipping_address=far, **FIRST)
    assert (worst.score, worst.recommendation) == (100, "cancel")
    assert (worst.ip_fail, worst.address_fail, worst.zip_fail, worst.cvc_fail) == (False, True, True, True)
    assert _risk(50_000, **FIRST).recommendation == "investigate"
    assert _risk(100_000, **FIRST).recommendation == "cancel"  # 30 + 50
    assert _risk(100_000).recommendation == "accept"


def test_commercehqs_booleans_follow_the_signals() -> None:
    calm = _risk(100_000, card=CARD, billing_address=HOME, shipping_address=HOME)
    assert (calm.ip_fail, calm.address_fail, calm.zip_fail, calm.cvc_fail) == (False, False, False, False)
    checked = _risk(card=CARD.model_copy(update={"postal_code_check": "fail"}))
    assert (checked.address_fail, checked.zip_fail, checked.cvc_fail) == (False, True, False)
