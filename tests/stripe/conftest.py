"""One simulator per test process, emptied before each test; after each, every object it made is held to the schema."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stripe

from activities.providers.stripe import StripeProvider
from tests.stripe.running import KEY, Receiver, Simulator, running_simulator


@pytest.fixture(scope="session")
def server() -> Iterator[Simulator]:
    with running_simulator() as found:
        yield found


@pytest.fixture
def simulator(server: Simulator) -> Iterator[Simulator]:
    server.control("POST", "reset")
    yield server
    assert server.schema_faults() == []


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[stripe.StripeClient]:
    yield simulator.client()
    while simulator.opened:
        await simulator.opened.pop().close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def provider(simulator: Simulator) -> AsyncIterator[StripeProvider]:
    made = StripeProvider(KEY, api_base=simulator.url, timeout_seconds=5)
    yield made
    await made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()
