"""A task cancelled in the middle of a transaction (a time-out, a client that hung up) leaves the database free."""

import asyncio

from sqlalchemy import text

from store.database.engine import create_engine, writing


async def test_a_cancelled_writer_leaves_no_lock_behind(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    kept: list[BaseException] = []

    async def write() -> None:
        async with writing(engine) as conn:
            await conn.execute(text("UPDATE counters SET value = value + 1"))
            await conn.execute(text("SELECT count(*) FROM counters"))

    for n in range(150):
        task = asyncio.create_task(write())
        await asyncio.sleep(n * 0.00003)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            kept.append(error)  # its traceback holds the cursor, as a log handler's or a debugger's would
        await asyncio.wait_for(write(), 5)
    await engine.dispose()
    assert kept, "nothing was cancelled in time"
