"""A backup made under load and restored, on real processes. All states of Temporal, many rounds: `make restores`.

Two here, the two that differ most: Temporal's data gone, and Temporal newer than the orders.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.databases import Postgres
from tests.faults.drill.reckoning import Reckoned
from tests.faults.drill.restores import Options, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="om-backup-", dir="/tmp") as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()


def test_without_temporals_data_every_open_order_comes_back_and_no_money_moves_twice(tmp_path: Path) -> None:
    verdict = run(Options("gone", commands=60, seed=5), tmp_path)
    assert verdict.differences == []
    assert min(verdict.lost, verdict.moved, verdict.orders, verdict.reckoned) > 0, verdict.line()


def test_orders_older_than_temporal_come_back_from_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    verdict = run(Options("newer", commands=60, seed=6), tmp_path, postgres)
    assert verdict.differences == []
    assert min(verdict.lost, verdict.moved, verdict.orders, verdict.reckoned) > 0, verdict.line()


PLACED: dict[str, Any] = {"order": {"lines": [{"id": "L", "quantity": 2, "unit_price": 1000}]}, "command": {}}


@pytest.mark.parametrize(
    ("captured", "refunded", "due", "wrong"), [(2000, 300, 0, False), (2000, 600, 0, True), (2000, 300, 300, True)]
)
def test_the_account_that_judges_sees_money_that_moved_twice(
    captured: int, refunded: int, due: int, wrong: bool
) -> None:
    """So that the tests above could fail."""
    told = [("place", "a", PLACED), ("pay", "b", {}), ("refund", "c", {"command": {"amount": 300}})]
    shown = {"total": 2000, "amountDue": due, "capturedTotal": captured, "refundedTotal": refunded}
    engine: Any = SimpleNamespace(
        rows=lambda *_: [(verb, claim, json.dumps(content)) for verb, claim, content in told],
        call=lambda *_: SimpleNamespace(json=lambda: shown),
    )
    intents = [{"payment_intent": "pi_1", "captured": 2000, "metadata": {"order_id": "X"}}]
    assert bool(list(Reckoned(engine, "X", intents, []).differences())) is wrong
