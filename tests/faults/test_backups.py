"""A backup made under load and restored, on real processes. All states of Temporal, many rounds: `make restores`.

Two here, the two that differ most: Temporal's data gone, and Temporal newer than the orders.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres
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
    assert min(verdict.lost, verdict.moved, verdict.orders) > 0, verdict.line()


def test_orders_older_than_temporal_come_back_from_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    verdict = run(Options("newer", commands=60, seed=6), tmp_path, postgres)
    assert verdict.differences == []
    assert min(verdict.lost, verdict.moved, verdict.orders) > 0, verdict.line()
