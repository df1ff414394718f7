"""Every engine event has a name, or None, in every face; a name is one its document prints or the contract gives it."""

import pytest

from api.dialects import DIALECTS
from domain.events import EVENTS

FACES = [d for d in DIALECTS.values() if d.events]
PRINTED = {
    "zephyr": {"order.created", "order.updated", "order.refunded", "order.cancelled"},
    "storefront": {
        "order.created", "order.updated", "order.cancelled", "order.closed", "order.reopened", "order.payment_received",
        "order.fulfillment_created", "order.fulfillment_updated", "order.fulfillment_cancelled", "order.refund_created",
        "order.note_created",
    },
    "commercehq": set(),
}  # fmt: skip


def test_the_four_faces_have_a_table() -> None:
    assert {d.name for d in FACES} == {"hanzo", "zephyr", "storefront", "commercehq"}


@pytest.mark.parametrize("name", [d.name for d in FACES])
def test_every_engine_event_is_in_the_table(name: str) -> None:
    table = DIALECTS[name].events
    assert set(table) == set(EVENTS)
    names = {said for said in table.values() if said is not None}
    if name in PRINTED:
        assert names == PRINTED[name]
    assert (DIALECTS[name].renderer is not None) == bool(names)
