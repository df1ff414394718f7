"""A webhooks' worker in a process of its own, for a test to kill: takes Temporal's address, the database, the task queue."""

import asyncio
import sys

import worker
from ordermill.settings import Settings
from store.database.engine import create_engine
from tests.webhooks.shop import connect


async def main(address: str, database: str, queue: str) -> None:
    engine = create_engine(database)
    async with worker.build_webhooks(
        await connect(address), engine, Settings(task_queue=queue), allow_private=True, timeout_seconds=5
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
