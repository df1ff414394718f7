"""What the engine needs of a Temporal: search attributes, and the schedules of sweep and reconciliation."""

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.providers import by_livemode
from domain.order import STORE_CREDIT
from ordermill.settings import Settings
from workflows.card import SEARCH_ATTRIBUTES
from workflows.housekeeping import ReconcileWorkflow, SweepWorkflow

log = structlog.stdlib.get_logger(__name__)
ENSURE_SECONDS: Final = 60


async def register_search_attributes(client: Client) -> None:
    """Add what is missing; idempotent, and harmless when somebody else adds it at the same moment."""
    kinds = {
        "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
        "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    }
    for key in SEARCH_ATTRIBUTES:
        kind = kinds[key.indexed_value_type.name.title()]
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes={key.name: kind})
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            if error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED):
                # Temporal Cloud: they are made by its own tools, once. Without them no order could be started.
                log.warning("search attributes are not ours to add here: make them by hand", reason=error.message[:120])
                return
            if error.status != RPCStatusCode.ALREADY_EXISTS and "already exists" not in error.message:
                raise


async def make_schedules(client: Client, settings: Settings, *, anew: bool = False) -> None:
    """The sweep every half minute; reconciliation of each provider, and of store credit, every day.

    Made once, by a name that says what they do (another provider is another schedule); an operator may change them. `anew`: what
    they start is written again, under today's payload key; when they do so stays the operator's.
    """
    sweep = ScheduleActionStartWorkflow(SweepWorkflow.run, id="sweep", task_queue=settings.task_queue)
    wanted = [("sweep", sweep, timedelta(seconds=30))]
    providers = [*by_livemode(settings).items(), (False, STORE_CREDIT), (True, STORE_CREDIT)]
    for livemode, provider in providers:
        name = f"reconcile-{provider}-{'live' if livemode else 'test'}"
        compare = ScheduleActionStartWorkflow(
            ReconcileWorkflow.run, args=[None, provider, livemode], id=name, task_queue=settings.task_queue
        )
        wanted.append((name, compare, timedelta(days=1)))
    for name, action, every in wanted:
        schedule = Schedule(
            action=action,
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP),
        )
        try:
            await client.create_schedule(f"ordermill-{name}", schedule)
        except ScheduleAlreadyRunningError:
            if anew:
                await client.get_schedule_handle(f"ordermill-{name}").update(starting(action))


def starting(action: ScheduleActionStartWorkflow) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    """The schedule as it is, but for what it starts."""
    return lambda found: ScheduleUpdate(dataclasses.replace(found.description.schedule, action=action))


async def keep_prepared(client: Client, settings: Settings) -> None:
    """Both, every minute: an emptied Temporal would refuse every start without them."""
    while True:
        await asyncio.sleep(ENSURE_SECONDS)
        try:
            await register_search_attributes(client)
            await make_schedules(client, settings)
        except (RPCError, RuntimeError) as error:
            log.info("Temporal cannot be prepared now", reason=type(error).__name__)
