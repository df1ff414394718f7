"""Whether the database takes writes: one row that says when somebody last asked, really committed."""

from typing import Final

from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import is_sqlite, writing
from store.tables import counters as t

NAME: Final = "ready_asked_at"


async def write(engine: AsyncEngine, at: int) -> None:
    """Commit something. StoreError when nothing can be written."""
    async with writing(engine) as conn:
        insert = sqlite_insert(t) if is_sqlite(conn) else pg_insert(t)
        await conn.execute(
            insert.on_conflict_do_update(index_elements=["name"], set_={"value": insert.excluded.value}),
            {"name": NAME, "value": at},
        )
