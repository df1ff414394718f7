"""Every engine event has a name, or None, in every face; a name is one its document prints or the contract gives it."""

import pytest

from api.faces import FACES
from domain.events import EVENTS

NAMING = [face for face in FACES.values() if face.events]
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
    assert {face.name for face in NAMING} == {"hanzo", "zephyr", "storefront", "commercehq"}


@pytest.mark.parametrize("name", [face.name for face in NAMING])
def test_every_engine_event_is_in_the_table(name: str) -> None:
    table = FACES[name].events
    assert set(table) == set(EVENTS)
    names = {said for said in table.values() if said is not None}
    if name in PRINTED:
        assert names == PRINTED[name]
    assert (FACES[name].renderer is not None) == bool(names)
