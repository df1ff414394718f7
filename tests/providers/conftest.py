"""Lets pytest explain failed assertions of the contract, and starts the simulator Stripe's run of it needs."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.providers.contract")

from tests.stripe.running import Simulator, running_simulator  # noqa: E402 - the line above comes first


@pytest.fixture(scope="session")
def server() -> Iterator[Simulator]:
    with running_simulator() as found:
        yield found


@pytest.fixture
def simulator(server: Simulator) -> Iterator[Simulator]:
    server.control("POST", "reset")
    yield server
    assert server.schema_faults() == []
