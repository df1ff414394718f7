"""A deploy changes what the engine does from now on, never what it did: stored orders stay as they are.

Seen once: an order's workflow computed the order anew while it replayed, with the new code, and the next command wrote
that over the stored one. A new rule made the replay refuse what had been accepted, and the order answered no more.
"""

from pathlib import Path

import pytest

from tests.faults import selling, source
from tests.faults import temporal_cli as temporal
from tests.faults.engine import Engine, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def confirmed(engine: Engine) -> selling.Json:
    """A confirmed order, whose workflow has been told so and rests."""
    order = selling.place(engine)
    selling.act(engine, order, "confirm")
    return order


def test_a_deploy_that_confirms_otherwise_leaves_confirmed_orders_alone(tmp_path: Path) -> None:
    new = source.confirming_sets_shipping(tmp_path / "new")
    (tmp_path / "state").mkdir()
    with running(tmp_path / "state") as engine:
        order = confirmed(engine)
        before = selling.shown(engine, order)
        engine.deploy(new)
        selling.add_note(engine, order, "after the deploy")
        after = selling.shown(engine, order)
        assert [after[name] for name in ("shippingTotal", "total", "amountDue", "confirmedAt")] == [
            before[name] for name in ("shippingTotal", "total", "amountDue", "confirmedAt")
        ]
        assert selling.story(engine, order) == ["order.created", "order.confirmed", "order.note_created"]
        paid = selling.act(engine, order, "pay", selling.CARD)
        assert (paid["capturedTotal"], paid["lifecycle"]) == (before["total"], "paid")
        later = selling.shown(engine, confirmed(engine))
        assert later["shippingTotal"] == 1, "the new code did not run: this test proves nothing"


def test_a_deploy_with_a_new_rule_stops_no_order_that_was_confirmed_before(tmp_path: Path) -> None:
    new = source.confirming_needs_a_phone(tmp_path / "new")
    (tmp_path / "state").mkdir()
    with running(tmp_path / "state") as engine:
        order = confirmed(engine)
        engine.deploy(new)
        refused = engine.call("POST", f"/order/{selling.place(engine)['id']}/confirm", {})
        assert refused.status_code == 409, "the new code did not run: this test proves nothing"
        selling.add_note(engine, order, "after the deploy")
        assert selling.act(engine, order, "pay", selling.CARD)["lifecycle"] == "paid"
        assert selling.story(engine, order)[:3] == ["order.created", "order.confirmed", "order.note_created"]
        assert "WORKFLOW_TASK_FAILED" not in temporal.events(engine, order)
