"""After a restore, before any worker or API runs: what payment providers did since the backup is told to the orders' rows.

A provider's object names order and request in its metadata, so it finds its order whatever our own books have forgotten. No
workflow is needed: a fact is a command like any other, and its row, its record and its events are written as an activity writes
them. By the time a workflow is rebuilt, or a customer repeats a payment, the order knows the money.
"""

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.orders.asking import Asking, Providers
from activities.orders.contents import Contents
from activities.orders.execute import Execution
from activities.providers.base import ProviderRefused
from activities.upkeep.reconciliation import Reconciling
from domain.commands import Request
from domain.errors import UnknownRequest
from domain.order import Actor
from store.access import claims
from store.access.claims import Claim
from store.database.clock import wall
from store.order import orders
from workflows.messages import Difference, Envelope, Period, Reconciliation, Sender, Task

log = structlog.stdlib.get_logger(__name__)
BUDGET_SECONDS: Final = 60.0
MOST_WAITING: Final = 100_000
"""Commands under way at one moment; there are never as many."""


class Restoring:
    """Over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers) -> None:
        self._engine = engine
        self._providers = providers
        self._execution = Execution(engine, Asking(engine, providers), Contents(engine))
        self._reconciling = Reconciling(engine, providers)

    async def reconcile(self, period: Period) -> Reconciliation:
        """Compare, repair what orders can take, and mark keys that are used up. KeyError, StoreError, ProviderUnavailable:
        nothing is lost, do it again."""
        run = str(uuid4())
        await self._place(lambda claimed: claimed["command"].get("payment") is None)
        found = await self._reconciling.compare(period, _nobody_listens)
        homeless = {d.order_id for d in found.differences if not d.repair} - {None}
        if await self._place(lambda claimed: claimed["order"]["id"] in homeless):
            found = await self._reconciling.compare(period, _nobody_listens)
        for difference in found.differences:
            await _repair(self._execution, difference, period, run)
            await self._keys(difference, period)
        return found

    async def _place(self, wanted: Callable[[dict[str, Any]], bool]) -> int:
        """Orders that were accepted and not yet placed at the moment of the backup: placed now, and not paid, so that a payment
        which their provider holds finds them. How many there were."""
        placed = 0
        for waiting in await claims.unsettled(self._engine, wall() + 1, limit=MOST_WAITING):
            claimed = json.loads(await claims.content(self._engine, waiting.request_id) or "{}")
            if "order" not in claimed or not wanted(claimed):
                continue
            unpaid = {name: value for name, value in claimed["command"].items() if name != "payment"}
            task = Task(
                order_id=waiting.order_id, verb="place", request=Envelope.model_validate(claimed["request"]),
                command={"order": claimed["order"], "place": unpaid}, now=_now(),
            )  # fmt: skip
            await self._execution.perform(task, BUDGET_SECONDS)
            placed += 1
        return placed

    async def _keys(self, difference: Difference, period: Period) -> None:
        """Requests whose money has moved, and of which this database knows no end, must not move it again: neither by their key
        nor by being sent once more."""
        provider = self._providers(period.provider, period.livemode)
        used = set(difference.claims)
        with contextlib.suppress(ProviderRefused):
            for refund in await provider.refunds(difference.ref):
                used.update(refund.claims)
        for id in sorted(used):
            order_id = difference.order_id or ""
            if await claims.lost(self._engine, id, order_id=order_id, livemode=period.livemode, now=wall()):
                continue
            known = await claims.find(self._engine, id)
            if known is not None and known.outcome is None and known.answer is None:
                await self._over(known, period)

    async def _over(self, known: Claim, period: Period) -> None:
        error = UnknownRequest(
            "its payment provider did it after the backup; the order knows it", request=known.request_id
        )
        by = Actor(kind="system", id=f"reconcile:{period.provider}")
        request = Request(id=known.request_id, actor=by)
        await orders.refuse(self._engine, known.order_id, request, "reconciled", error.to_dict())


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _nobody_listens(_: object) -> None:
    """A heartbeat outside of Temporal."""


async def _repair(execution: Execution, difference: Difference, period: Period, run: str) -> None:
    if difference.order_id is None:
        return
    sender = Sender(kind="system", id=f"reconcile:{period.provider}")
    for n, told in enumerate(difference.repair):
        task = Task(
            order_id=difference.order_id,
            verb=told.verb,
            request=Envelope(id=f"restore:{run}:{difference.ref}:{n}", actor=sender),
            command=told.command,
            now=_now(),
        )
        result = await execution.perform(task, BUDGET_SECONDS)
        if result.outcome == "refused":
            log.warning("a fact was refused", order_id=difference.order_id, verb=told.verb, error=result.error)
