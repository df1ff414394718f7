"""One dev server, one simulator and one shop per test process; after each test both ledgers agree to the cent."""

import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from ordermill.launch.dev_server import running
from store.database import migrate
from tests.money.shop import MoneyShop, opened, settled
from tests.stripe.running import Simulator, running_simulator
from tests.workflows.shop import SEARCH_ATTRIBUTES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here shares the session's event loop with its shop."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def temporal() -> Iterator[str]:
    """The address of a real dev server, with the product's flags."""
    with running(search_attributes=SEARCH_ATTRIBUTES) as server:
        yield server.address


@pytest.fixture(scope="session")
def server() -> Iterator[Simulator]:
    with running_simulator() as found:
        yield found


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory with a migrated database."""
    made = tmp_path_factory.mktemp("money")
    migrate.upgrade(f"sqlite+aiosqlite:///{made / 'ordermill.sqlite'}")
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened_shop(temporal: str, server: Simulator, folder: Path) -> AsyncIterator[MoneyShop]:
    url = f"sqlite+aiosqlite:///{folder / 'ordermill.sqlite'}"
    async with opened(temporal, url, folder, server) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def shop(opened_shop: MoneyShop) -> AsyncIterator[MoneyShop]:
    opened_shop.made.clear()
    opened_shop.listen()
    yield opened_shop
    opened_shop.listen()
    await settled(opened_shop)
