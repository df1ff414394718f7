"""How a database would run what the store asks of it."""

from collections.abc import Awaitable
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import is_sqlite, reading


async def plan_of(engine: AsyncEngine, asking: Awaitable[Any], *, of: str = "") -> str:
    """The database's plan of the last statement that `asking` runs that holds `of`, as text."""
    sent: list[tuple[str, Any]] = []

    def note(conn: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        sent.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        await asking
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    statement, parameters = [one for one in sent if of in one[0]][-1]
    async with reading(engine) as conn:
        explain = "EXPLAIN QUERY PLAN " if is_sqlite(conn) else "EXPLAIN "
        rows = await conn.exec_driver_sql(explain + statement, parameters)
        return "\n".join(str(row[-1]) for row in rows)
