"""Temporal's own databases of a real cluster hold no personal data: the same life and words as on the dev server."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg  # type: ignore[import-untyped]
import pytest

from door.errands import Unsettled
from door.temporal import TemporalDoor
from ordermill.process.connect import connect
from ordermill.settings import Settings
from store.database.engine import create_engine
from tests.cluster import server, topology
from tests.cluster.topology import Cluster
from tests.workflows.shop import Shop
from tests.workflows.test_privacy import PRIVATE, a_life

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not server.there(), reason="Temporal's server is not compiled here: python -m tests.cluster.server"
    ),
]
DATABASES = ("temporal", "temporal_visibility")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with topology.running(apis=1, workers=1) as found:
        yield found


async def everything(cluster: Cluster, database: str) -> AsyncIterator[tuple[str, bytes]]:
    """(table, every value in it), as the administrator reads it."""
    place = {"host": str(cluster.postgres.folder), "port": cluster.postgres.port, "user": "postgres"}
    connection = await asyncpg.connect(database=database, **place)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables:
            for row in await connection.fetch(f'SELECT * FROM "{table}"'):  # noqa: S608 - names come from the database itself
                for value in row:
                    yield f"{database}.{table}", value if isinstance(value, bytes) else str(value).encode()
    finally:
        await connection.close()


async def taking_orders(shop: Shop) -> None:
    """Temporal's frontends know new search attributes some seconds after they were added; until then orders are 503."""
    async with asyncio.timeout(90):
        while True:
            try:
                await shop.placed()
            except Unsettled:
                await asyncio.sleep(1)
            else:
                return


async def test_no_name_street_e_mail_phone_or_note_is_in_any_table_of_the_clusters_temporal(cluster: Cluster) -> None:
    settings = Settings(
        data_dir=cluster.folder,
        database_url=cluster.database_url,
        temporal_address=cluster.temporal_address,
        temporal_namespace=cluster.namespace,
    )
    engine = create_engine(settings.database)
    client = await connect(settings, lazy=False)
    door = TemporalDoor(client, engine, task_queue=settings.task_queue, timeout_seconds=60)
    try:
        shop = Shop(client, engine, door, settings)
        await taking_orders(shop)
        order = await a_life(shop)
    finally:
        await engine.dispose()
    await asyncio.sleep(2)  # visibility is written a moment later
    values = [pair for database in DATABASES for pair in [pair async for pair in everything(cluster, database)]]
    found = {(word, table) for word in PRIVATE for table, value in values if word.encode() in value}
    assert found == set()
    assert any(b"add_note" in value for _, value in values), "the histories are readable: what is absent is absent"
    assert any(order.id.encode() in value for table, value in values if table.startswith("temporal_visibility"))
