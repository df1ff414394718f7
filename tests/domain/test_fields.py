"""What a verb may change is typed (domain/fields.py), and says nothing a model does not."""

from typing import Any, get_type_hints

import pytest

from domain import fields
from domain.order import Claim, Exchange, Fulfillment, Line, Order, Payment, Refund, Return, Transaction

MODELS: dict[Any, Any] = {
    fields.OrderFields: Order,
    fields.LineCounts: Line,
    fields.PaymentFields: Payment,
    fields.TransactionFields: Transaction,
    fields.FulfillmentFields: Fulfillment,
    fields.ReturnFields: Return,
    fields.RefundFields: Refund,
    fields.ExchangeFields: Exchange,
    fields.ClaimFields: Claim,
}


@pytest.mark.parametrize("typed", MODELS, ids=lambda typed: typed.__name__)
def test_every_field_is_one_of_its_model_and_of_its_type(typed: Any) -> None:
    """`model_copy(update=…)` takes any name and any value: only these types stand between a typo and a stored order."""
    told, model = get_type_hints(typed, include_extras=True), get_type_hints(MODELS[typed], include_extras=True)
    assert {name: model.get(name) for name in told} == told


def test_every_kind_of_fields_is_held_to_a_model() -> None:
    made = {value for name, value in vars(fields).items() if name.endswith(("Fields", "Counts"))}
    assert made == set(MODELS)
