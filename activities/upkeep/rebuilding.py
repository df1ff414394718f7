"""Fresh runs for many orders: after an upgrade that changes what OrderWorkflow does, after a restore, or when told to.

Nothing is lost and nothing done twice: a run is reset with its signals and updates applied again, or started from its row.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError

from activities.upkeep.reaching import Reaching
from store.database import restored
from store.order import lagging
from workflows import card

log = structlog.stdlib.get_logger(__name__)
PER_SECOND = 50
"""Runs replaced per second at most."""
PAGE = 500


async def rebuild_all(engine: AsyncEngine, reaching: Reaching, tell: Callable[[str, str], None]) -> Counter[str]:
    """Every order that is open or owes something. `tell` hears each order's id and what became of it."""
    done: Counter[str] = Counter()
    after = ""
    while page := await lagging.alive(engine, after, PAGE):
        done += await rebuild_these(reaching, page, tell)
        after = page[-1]
    return done


async def rebuild_these(
    reaching: Reaching, order_ids: list[str], tell: Callable[[str, str], None], *, unless_shape: str | None = None
) -> Counter[str]:
    """These orders; `failed` where Temporal refused."""
    done: Counter[str] = Counter()
    for n, order_id in enumerate(order_ids, 1):
        try:
            outcome = await reaching.rebuild(order_id, unless_shape=unless_shape)
        except RPCError as error:
            outcome = "failed"
            log.warning("a run could not be rebuilt", order_id=order_id, reason=error.message)
        tell(order_id, outcome)
        done[outcome] += 1
        if n % PER_SECOND == 0:
            await asyncio.sleep(1)
    return done


async def rebuild_older(client: Client, reaching: Reaching) -> Counter[str]:
    """Runs that another shape of OrderWorkflow began: they would never replay under this one. Every worker looks for them, each
    in an order of its own."""
    done: Counter[str] = Counter()
    async for order_id in _older(client):
        done += await rebuild_these(reaching, [order_id], lambda _, __: None, unless_shape=card.CURRENT_SHAPE)
        if sum(done.values()) % PER_SECOND == 0:
            await asyncio.sleep(1)
    if done:
        log.info("runs of an older shape were rebuilt", **done)
    return done


async def _older(client: Client) -> AsyncIterator[str]:
    shape = card.SHAPE.name
    for condition in (f"{shape} IS NULL", f"{shape} != '{card.CURRENT_SHAPE}'"):
        query = f"WorkflowType = 'Order' AND ExecutionStatus = 'Running' AND {condition}"
        found = [about.id.removeprefix("order-") async for about in client.list_workflows(query)]
        random.shuffle(found)
        for order_id in found:
            yield order_id


async def rebuild_restored(engine: AsyncEngine, reaching: Reaching) -> Counter[str] | None:
    """Once, after a restore: every open order gets its workflow and timers. None: this database was not restored."""
    if (await restored.marks(engine)).restored_at is None:
        return None
    done = await rebuild_all(engine, reaching, lambda _, __: None)
    if done["failed"]:
        raise RuntimeError(f"{done['failed']} orders could not be rebuilt")  # the caller comes again
    await restored.done(engine, restored.RESTORED)
    log.info("a restored database's orders have their workflows", **done)
    return done
