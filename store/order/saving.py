"""One command's outcome, saved by itself; and a request whose money is about to move, begun.

On PostgreSQL that is one statement, where it moves no more than one variant's stock of what orders share. A popular variant's
row is held from that statement to the end of its commit, so its orders would pass one commit at a time. Those of one process
that come meanwhile are saved together: their sheets one after the other, their stock as one sum, one commit. Whatever is wrong
with one of them undoes all, and each is then saved by itself; so nobody sees a difference but in time.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.order import Order
from store.database.engine import PATIENCE_SECONDS, is_sqlite, single, transact
from store.goods import inventory
from store.money import operations
from store.order import orders, statement
from store.order.orders import Save, Short
from store.order.sheet import Conflict

log = structlog.stdlib.get_logger(__name__)
AT_ONCE: Final = 16
"""Saves of one variant in one transaction: none waits longer than these take."""
Variant = tuple[bool, str]
"""(livemode, variant id)."""


@dataclass
class Waiting:
    """A save that waits for its turn, and who waits for it."""

    whole: Save
    finishing: bool
    ready: Callable[[], None]
    done: asyncio.Future[None]


@dataclass
class Queues:
    """Per variant, what waits behind the save that is under way; no entry: none is."""

    waiting: dict[Variant, list[Waiting]] = field(default_factory=dict)


_queues: WeakKeyDictionary[Engine, Queues] = WeakKeyDictionary()


async def save(
    engine: AsyncEngine, whole: Save, *, finishing: bool = False, patience_seconds: float = PATIENCE_SECONDS,
    ready: Callable[[], None],
) -> None:  # fmt: skip
    """`ready` is asked just before anything is written, and may raise."""
    stock = whole.taking
    if engine.dialect.name == "sqlite" or not whole.is_one_statement:
        await _whole(engine, whole, finishing, ready, patience_seconds)
    elif stock is None:
        await _one_statement(engine, whole, finishing, ready)
    else:
        variant = (whole.order.livemode, stock.variant_id)
        queues = _queues.setdefault(engine.sync_engine, Queues()).waiting
        if variant in queues:
            mine = Waiting(whole, finishing, ready, asyncio.get_running_loop().create_future())
            queues[variant].append(mine)
            await mine.done
            return
        queues[variant] = []
        try:
            await _one_statement(engine, whole, finishing, ready)
        finally:
            _next(engine, queues, variant)


async def _whole(
    engine: AsyncEngine, whole: Save, finishing: bool, ready: Callable[[], None], patience_seconds: float = PATIENCE_SECONDS
) -> None:  # fmt: skip
    def work(conn: Connection) -> None:
        ready()
        orders.apply(conn, whole, finishing=finishing)

    await transact(engine, work, patience_seconds=patience_seconds)


async def _one_statement(engine: AsyncEngine, whole: Save, finishing: bool, ready: Callable[[], None]) -> None:
    def work(conn: Connection) -> None:
        ready()
        orders.apply(conn, whole, finishing=finishing, shared="within")

    try:
        await single(engine, work)
    except statement.NotTaken:  # nothing was done; the transaction finds out what is short
        await _whole(engine, whole, finishing, ready)


# Together


_background: Final[set[asyncio.Task[None]]] = set()
"""The event loop itself keeps no task alive."""


def _next(engine: AsyncEngine, queues: dict[Variant, list[Waiting]], variant: Variant) -> None:
    """Begin with what has come meanwhile; the variant is free where nothing has."""
    batch, queues[variant] = queues[variant][:AT_ONCE], queues[variant][AT_ONCE:]
    if not batch:
        del queues[variant]
        return
    task = asyncio.get_running_loop().create_task(_turn(engine, queues, variant, batch))
    _background.add(task)
    task.add_done_callback(_background.discard)


async def _turn(
    engine: AsyncEngine, queues: dict[Variant, list[Waiting]], variant: Variant, batch: list[Waiting]
) -> None:
    try:
        await _together(engine, [one for one in batch if not one.done.done()])
    finally:
        _next(engine, queues, variant)


async def _together(engine: AsyncEngine, batch: Sequence[Waiting]) -> None:
    """All in one transaction; or each by itself, where that does not go."""
    if len(batch) > 1 and await _as_one(engine, batch):
        for one in batch:
            _tell(one, None)
        return
    for one in batch:
        try:
            await _one_statement(engine, one.whole, one.finishing, one.ready)
        except Exception as error:
            _tell(one, error)
        else:
            _tell(one, None)


async def _as_one(engine: AsyncEngine, batch: Sequence[Waiting]) -> bool:
    """False: not all of them could be saved, so none is. Also where the commit was not answered: what was done is found
    recorded by whoever tries again."""

    def work(conn: Connection) -> None:
        for one in batch:
            one.ready()
            orders.apply(conn, one.whole, finishing=one.finishing, shared="later")
        short = inventory.take(conn, batch[0].whole.order, [move for one in batch for move in one.whole.moves])
        if short:
            raise Short(short)

    try:
        await transact(engine, work)
    except Exception as error:
        log.debug("saved one by one", orders=len(batch), reason=type(error).__name__)
        return False
    return True


def _tell(one: Waiting, error: Exception | None) -> None:
    if one.done.done():  # who waited has gone
        return
    if error is None:
        one.done.set_result(None)
    else:
        one.done.set_exception(error)


async def begin(
    engine: AsyncEngine, order: Order, asking: Mapping[str, Any], asked: Sequence[operations.OperationRow], *,
    patience_seconds: float = PATIENCE_SECONDS, ready: Callable[[], None],
) -> None:  # fmt: skip
    """Reserve the row for a request whose money is about to move, and note its operations."""

    def work(conn: Connection) -> None:
        ready()
        if is_sqlite(conn):
            orders.reserve(conn, order, asking)
            operations.start_all(conn, asked)
            return
        rows = [vars(row) for row in asked]
        if not statement.reserve(conn, order.id, order.version, json.dumps(asking), int(time.time()), rows):
            raise Conflict

    await single(engine, work, patience_seconds=patience_seconds)
