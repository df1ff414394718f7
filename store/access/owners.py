"""The shop's first owner: somebody must be able to sign in before anybody can add people."""

import time
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import sessions, staff
from store.access.staff import Person
from store.database.engine import create_engine

FIRST: Final = "owner@localhost"
"""Whom `make up` makes where there is no owner; others are added in the console or by `ordermill people add`."""


async def first_link(database_url: str, base: str) -> str:
    """A link that signs the owner who is there longest in, once; the first owner is made where there is none."""
    engine = create_engine(database_url)
    now = int(time.time())
    try:
        owner = await staff.owner(engine) or await _first(engine, now)
        return f"{base}/console/sign-in/{await sessions.link(engine, owner.id, now)}"
    finally:
        await engine.dispose()


async def _first(engine: AsyncEngine, now: int) -> Person:
    """Where that address is somebody's who is no owner any more, the next free one."""
    for name in (FIRST, *(f"owner-{n}@localhost" for n in range(2, 100))):
        if await staff.find(engine, name) is None:
            return await staff.add(engine, name, "owner", now)
    raise ValueError("there is no owner, and no address is left for one")
