"""Composition root of a worker process: the concrete database, providers and workflows meet here.

Run as `python -m worker`. Registers the search attributes it needs, beats once a second so that the API
knows whether anybody works, drains mails, and on SIGTERM finishes what it holds before it ends.
"""

if __name__ == "__main__":
    from ordermill.process import collector

    collector.pause()  # before all that is imported here; resumed in main()

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import (
    Client,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.converter import DataConverter, WithSerializationContext
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError
from temporalio.worker import (
    ResourceBasedSlotConfig,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerTuner,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.inbound.provider_events import ProviderEvents
from activities.orders.asking import Asking
from activities.orders.contents import Contents
from activities.orders.execute import Execution
from activities.outgoing.dispatching import Dispatcher
from activities.outgoing.notifications import Notifications
from activities.outgoing.webhooks import Webhooks
from activities.providers import PROVIDERS, SANDBOX, by_livemode
from activities.providers.base import PaymentProvider
from activities.providers.store_credit import StoreCreditProvider
from activities.providers.watched import Watch, Watched
from activities.upkeep import preparing, rebuilding, watching
from activities.upkeep.housekeeping import Housekeeping
from activities.upkeep.reaching import Reaching
from activities.upkeep.reconciliation import Reconciling
from api.faces import AXES, RENDERERS, SIGNERS
from domain.order import STORE_CREDIT
from domain.policy import Retention, Store
from mails.letters import Letters
from mails.sample import problems
from ordermill.launch.state import private
from ordermill.process import beginning, collector, deployment, payload_visits
from ordermill.process.config import load
from ordermill.process.connect import connect
from ordermill.process.converter import data_converter
from ordermill.process.logs import configure
from ordermill.process.meters import Meter
from ordermill.process.metrics import Metrics
from ordermill.process.sandbox import ContextFreeRunner
from ordermill.process.tracing import Tracing
from ordermill.process.tracing import start as start_tracing
from ordermill.settings import Settings
from store.access import heartbeats
from store.database import restored
from store.database.engine import StoreError, create_engine
from store.lists import facets
from store.outgoing import outbox
from workflows.deliveries import EndpointStart, WebhookEndpointWorkflow, endpoint_workflow_id
from workflows.housekeeping import MailWorkflow, ReconcileWorkflow, SweepWorkflow
from workflows.order import OrderWorkflow
from workflows.provider_events import ProviderEventWorkflow

log = structlog.stdlib.get_logger(__name__)

STICKY = timedelta(seconds=3)
"""A killed worker's orders wait this long for it before another one takes them (Temporal's default: ten seconds)."""
BEAT_SECONDS = 1.0
MAIL_SECONDS = 1.0
RETRY_SECONDS = 60
CURRENT_SECONDS = 5
"""How soon a build notices that it was made current."""
PASSED_THROUGH = ("workflows", "pydantic")
"""Modules the workflow sandbox shares instead of importing anew for every order; ruff keeps clocks out of them."""
RESTRICTIONS = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)


class ProviderTable:
    """(name, livemode) -> provider, made once. Test mode always has the sandbox, and both modes have store credit.

    KeyError where a mode has none."""

    def __init__(self, settings: Settings, engine: AsyncEngine, watch: Watch | None = None) -> None:
        """`watch`: who hears of every call to one of them."""
        made: dict[tuple[str, bool], PaymentProvider] = {(SANDBOX, False): PROVIDERS[SANDBOX].make(settings, engine)}
        for livemode in (False, True):
            made[(STORE_CREDIT, livemode)] = StoreCreditProvider(engine, livemode)
        for livemode, name in by_livemode(settings).items():
            if name != SANDBOX:
                made[(name, livemode)] = PROVIDERS[name].make(settings, engine)
        self._made = made if watch is None else {key: Watched(provider, watch) for key, provider in made.items()}

    def __call__(self, name: str, livemode: bool) -> PaymentProvider:
        return self._made[(name, livemode)]

    async def close(self) -> None:
        """Lets their connections go."""
        for provider in self._made.values():
            await provider.close()


def runner(settings: Settings, converter: DataConverter = data_converter) -> WorkflowRunner:
    """Temporal's sandbox, unless it is switched off; the quicker one unless `converter` wants to know whose each payload is."""
    if not settings.sandbox_workflows:
        return UnsandboxedWorkflowRunner()
    asks = converter.external_storage is not None or isinstance(converter.payload_codec, WithSerializationContext)
    return (SandboxedWorkflowRunner if asks else ContextFreeRunner)(restrictions=RESTRICTIONS)


def tuner(settings: Settings) -> WorkerTuner | None:
    """Slots that follow the machine's load and memory, where the settings ask for it; None: the SDK's fixed ones.

    The least of each kind is what keeps orders moving on a machine that others keep busy: a workflow task waits for its local
    activities, so there must be as many of these."""
    if settings.worker_target_cpu is None:
        return None
    some = ResourceBasedSlotConfig(minimum_slots=10, maximum_slots=settings.worker_max_slots)
    return WorkerTuner.create_resource_based(
        target_memory_usage=settings.worker_target_memory,
        target_cpu_usage=settings.worker_target_cpu,
        workflow_config=some,
        activity_config=some,
        local_activity_config=some,
    )


def build(
    client: Client,
    engine: AsyncEngine,
    settings: Settings,
    *,
    known: ProviderTable | None = None,
    store: Store | None = None,
    kept: Retention | None = None,
    meter: Meter | None = None,
) -> Worker:
    """A worker over this database; tests use it too. `store`, `kept`: blocks of the policy file, for mails and card statements,
    and for what the sweep forgets. `meter`: counts what it does."""
    facets.register(AXES)
    payload_visits.leave_out()
    meter = meter or Meter()
    known, store = known or ProviderTable(settings, engine, Watch(meter.provider_call)), store or Store()
    reaching = Reaching(client, engine, settings.task_queue)
    asking = Asking(engine, known, statement_descriptor=store.statement_descriptor)
    execution = Execution(engine, asking, Contents(engine, client), ended=meter.execution)
    mails = _mails(engine, settings, store)
    house = Housekeeping(engine, client, reaching, known, kept=kept, mail_files=mails.outbox_dir, swept=meter.swept)
    events, reconciling = ProviderEvents(engine, known, reaching), Reconciling(engine, known)
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[OrderWorkflow, ProviderEventWorkflow, SweepWorkflow, MailWorkflow, ReconcileWorkflow],
        activities=[
            execution.save,
            execution.authorize,
            execution.capture,
            execution.void,
            execution.refund,
            execution.look_up,
            execution.finish,
            execution.read,
            house.sweep,
            events.read,
            events.tell,
            events.delivered,
            reconciling.reconcile,
            mails.send,
        ],
        workflow_runner=runner(settings, client.data_converter),
        tuner=tuner(settings),
        max_cached_workflows=2000,
        deployment_config=deployment.config(settings),
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=timedelta(seconds=10),
    )


def _mails(engine: AsyncEngine, settings: Settings, store: Store) -> Notifications:
    return Notifications(
        engine,
        smtp_url=settings.smtp_url.get_secret_value() if settings.smtp_url else None,
        outbox_dir=settings.data_dir / "outbox",
        store=store,
        templates=settings.mail_templates,
    )


def webhooks_queue(settings: Settings) -> str:
    """The task queue of webhooks: receivers that hang take no place from an order's activities."""
    return f"{settings.task_queue}-webhooks"


def build_webhooks(client: Client, engine: AsyncEngine, settings: Settings, **options: Any) -> Worker:
    """The worker that sends webhooks; `options` go to Webhooks (tests)."""
    options.setdefault("allow_private", settings.webhooks_allow_private)
    return Worker(
        client,
        task_queue=webhooks_queue(settings),
        workflows=[WebhookEndpointWorkflow],
        activities=[Webhooks(engine, SIGNERS, **options).drain],
        workflow_runner=runner(settings, client.data_converter),
        max_cached_workflows=500,
        deployment_config=deployment.config(settings),
        sticky_queue_schedule_to_start_timeout=STICKY,
        max_concurrent_activities=1000,
        graceful_shutdown_timeout=timedelta(seconds=10),
    )


def poking(client: Client, settings: Settings) -> Callable[[str], Awaitable[None]]:
    """Tells an endpoint's workflow that something was queued; starts it where none runs."""

    async def poke(endpoint_id: str) -> None:
        await client.start_workflow(
            WebhookEndpointWorkflow.run,
            EndpointStart(endpoint_id=endpoint_id),
            id=endpoint_workflow_id(endpoint_id),
            task_queue=webhooks_queue(settings),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="poke",
            static_summary="webhook endpoint",
        )

    return poke


async def rebuild_older(client: Client, engine: AsyncEngine, settings: Settings) -> None:
    """Once, as soon as this build is current: a restored database's orders, and runs that an incompatible release began."""
    while True:
        try:
            if not await deployment.is_current(client, settings):
                await asyncio.sleep(CURRENT_SECONDS)
                continue
            await rebuilding.rebuild_restored(engine, Reaching(client, engine, settings.task_queue))
            await rebuilding.rebuild_older(client, Reaching(client, engine, settings.task_queue))
        except (StoreError, RPCError, RuntimeError) as error:
            log.info("older runs wait", reason=str(error)[:120])
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def beat(engine: AsyncEngine, worker_id: str) -> None:
    """One row per worker, renewed every second: /health/ready and a quick 503 read it."""
    while True:
        try:
            await heartbeats.beat(engine, worker_id, int(time.time()))
        except StoreError as error:
            log.warning("heartbeat not written", reason=str(error))
        await asyncio.sleep(BEAT_SECONDS)


async def queue_mails(engine: AsyncEngine, client: Client, task_queue: str) -> None:
    """Give every mail that waits in the outbox a workflow of its own; a repeat finds it running or done."""
    while True:
        try:
            for mail in await outbox.waiting(engine, "mail"):
                with contextlib.suppress(WorkflowAlreadyStartedError):
                    await client.start_workflow(
                        MailWorkflow.run,
                        mail.id,
                        id=outbox.workflow_id(mail),
                        task_queue=task_queue,
                        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                        static_summary=f"{mail.payload.get('template')} for order {mail.order_id}",
                    )
        except (StoreError, RPCError, RuntimeError) as error:
            log.info("mails wait", reason=type(error).__name__)
        await asyncio.sleep(MAIL_SECONDS)


def try_mail_templates(store: Store, settings: Settings) -> None:
    """At start, before a customer is concerned: ours are sent where the shop's cannot be used (docs/mails.md)."""
    if settings.mail_templates is not None:
        for problem in problems(Letters(store, settings.mail_templates), store):
            log.error("a mail template of the shop cannot be used", problem=problem)


async def no_unfinished_restore(engine: AsyncEngine) -> None:
    """SystemExit where a restored database has not yet heard what payment providers did since its backup."""
    while True:
        try:
            marks = await restored.marks(engine)
        except StoreError as error:
            log.info("waiting for the database", reason=str(error)[:120])
            await asyncio.sleep(1)
            continue
        if marks.unreconciled_since is not None:
            raise SystemExit("a restore was not finished, payments since are unknown: run `ordermill restore --finish`")
        return


async def connected(settings: Settings, metrics: Metrics, tracing: Tracing) -> Client:
    """Try until Temporal answers: a worker that starts first waits."""
    while True:
        try:
            return await connect(
                settings, runtime=metrics.runtime, meter=metrics.meter, interceptors=tracing.interceptors, lazy=False
            )
        except (RuntimeError, RPCError) as error:
            log.info("waiting for Temporal", address=settings.temporal_target, reason=str(error)[:120])
            await asyncio.sleep(1)


def stop_requested() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def lasting(
    client: Client, engine: AsyncEngine, settings: Settings, worker_id: str, metrics: Metrics
) -> list[asyncio.Task[None]]:
    """What a worker does all the time, beside what Temporal gives it."""
    work: list[Coroutine[Any, Any, None]] = [
        beat(engine, worker_id),
        queue_mails(engine, client, settings.task_queue),
        Dispatcher(engine, RENDERERS, poking(client, settings)).run(),
        preparing.keep_prepared(client, settings),
        rebuild_older(client, engine, settings),
        *([watching.watch_rows(engine, metrics.meter)] if metrics.port is not None else []),
    ]
    return [asyncio.create_task(one) for one in work]


async def main() -> None:
    """Work until SIGTERM or SIGINT. CannotStart, and DatabaseUnusable, when it is started wrongly."""
    settings = beginning.settings()
    config = load(settings)
    configure("worker", settings)
    private(settings.data_dir)
    beginning.database(settings)
    engine = create_engine(settings.database)
    metrics, tracing = Metrics(settings, "worker").open(), start_tracing("ordermill-worker")
    tracing.watch(engine)
    await no_unfinished_restore(engine)
    client = await connected(settings, metrics, tracing)
    await preparing.register_search_attributes(client)
    stop = stop_requested()
    worker_id = f"{socket.gethostname()}:{os.getpid()}"
    try_mail_templates(config.store, settings)
    known = ProviderTable(settings, engine, Watch(metrics.meter.provider_call, tracing.span))
    async with (
        build(client, engine, settings, known=known, store=config.store, kept=config.retention, meter=metrics.meter),
        build_webhooks(client, engine, settings),
    ):
        background = lasting(client, engine, settings, worker_id, metrics)
        await preparing.make_schedules(client, settings, anew=settings.payload_keys is not None)
        collector.resume()
        log.info("worker ready", task_queue=settings.task_queue)
        await stop.wait()
        for task in background:
            task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    await asyncio.gather(known.close(), heartbeats.stop(engine, worker_id))
    await engine.dispose()
    metrics.close()
    tracing.close()


if __name__ == "__main__":
    with beginning.in_one_line("worker"):
        uvloop.run(main())
