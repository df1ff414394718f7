"""Sends what is due for one endpoint: several orders' lanes at once, each lane in its order, every attempt recorded.

At least once: an attempt is recorded after it was made, so a crash between the two makes it again, under the same
`webhook-id`. One endpoint occupies one activity, however many of its requests hang, and only the webhooks' own worker.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.failures import unavailable
from activities.outgoing import webhook_signing
from activities.outgoing.posting import Post, Reply, Resolve, look_up
from domain.signing import Signers, Signing
from domain.targets import Private, Refused, target
from domain.webhooks import ANSWER_WITHIN_SECONDS, due_at, judge
from store.database.clock import moment, wall
from store.database.engine import StoreUnavailable
from store.outgoing import deliveries, webhooks
from store.outgoing.deliveries import Attempt, Delivery, DeliveryResult
from store.outgoing.webhooks import Endpoint
from workflows.messages import DRAIN_WEBHOOKS
from workflows.webhook_messages import Drained, DrainTask

BUDGET_SECONDS = 15.0
"""A drain begins nothing new after this; the workflow asks again."""
RECORD_SECONDS = 20.0
"""How long answers wait for a database that is away."""
LOOK_SECONDS = 0.25
"""While requests are out, new deliveries of other orders are looked for this often."""
TOGETHER_SECONDS = 0.03
"""Answers that come this close to one another are written in one transaction."""
BATCH = 100
DELIVERY_PREFIX = "dlv_"


@dataclass
class _Drain:
    """One run: what is out, what came back."""

    task: DrainTask
    endpoint: Endpoint
    post: Post
    share: float
    """Of the jitter, the same for all of this drain: what failed together is tried again together."""
    began: float
    out: dict[str, "asyncio.Task[DeliveryResult]"] = field(default_factory=dict)
    """Order -> its request."""
    ready: list[Delivery] = field(default_factory=list)
    delivered: int = 0
    failed: int = 0
    streak: int = 0
    error: str | None = None
    over: bool = False
    """Disabled meanwhile, or the time is up."""

    def now(self) -> datetime:
        """The workflow's time, as far as it went on since."""
        return self.task.now + timedelta(seconds=time.monotonic() - self.began)


class Webhooks:
    """Drains endpoints; each face signs by its row of `signers`. `timeout_seconds` and `resolve` are for tests."""

    def __init__(
        self, engine: AsyncEngine, signers: Signers, *, allow_private: Private, timeout_seconds: float = ANSWER_WITHIN_SECONDS,
        resolve: Resolve = look_up, budget_seconds: float = BUDGET_SECONDS,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._signers = signers
        self._allow_private = allow_private
        self._timeout = timeout_seconds
        self._resolve = resolve
        self._budget = budget_seconds

    @activity.defn(name=DRAIN_WEBHOOKS)
    async def drain(self, task: DrainTask) -> Drained:
        """Everything that is due, or as much as fits into the budget."""
        try:
            endpoint = await webhooks.get(self._engine, task.endpoint_id)
            if endpoint is None:
                return Drained(status="deleted")
            if endpoint.status == "disabled":
                return await self._summary(endpoint, None, task)
            return await self._drain(endpoint, task)
        except StoreUnavailable as error:
            raise unavailable(error) from None

    async def _drain(self, endpoint: Endpoint, task: DrainTask) -> Drained:
        async with Post(
            endpoint.url, allow_private=self._allow_private, resolve=self._resolve, timeout_seconds=self._timeout
        ) as post:
            run = _Drain(task, endpoint, post, random.Random(task.seed).random(), time.monotonic())  # noqa: S311  # nosec B311
            try:
                while await self._begin(run):
                    await self._collect(run)
            finally:
                for request in run.out.values():
                    request.cancel()
                await asyncio.gather(*run.out.values(), return_exceptions=True)
        after = await webhooks.get(self._engine, endpoint.id)
        return Drained(status="deleted") if after is None else await self._summary(after, run, task)

    async def _begin(self, run: _Drain) -> bool:
        """Fill the free places. False: nothing is out and nothing more shall be."""
        run.over = run.over or time.monotonic() - run.began > self._budget
        free = run.task.width - len(run.out)
        if not run.over and free > 0:
            if not run.ready:
                run.ready = await self._heads(run)
            for _ in range(min(free, len(run.ready))):
                delivery = run.ready.pop(0)
                run.out[delivery.order_id] = asyncio.create_task(self._attempt(run, delivery))
        return bool(run.out)

    async def _heads(self, run: _Drain) -> list[Delivery]:
        """What is due next. Where the database is away, none, as long as answers are waited for: those shall be written."""
        at, out = int(run.now().timestamp()), tuple(run.out)
        try:
            return await deliveries.heads(self._engine, run.endpoint.id, at, limit=BATCH, without=out)
        except StoreUnavailable:
            if not out:
                raise
            run.over = True
            return []

    async def _collect(self, run: _Drain) -> None:
        """Wait for an answer, a moment at most; write down everything that came."""
        done, out = await asyncio.wait(run.out.values(), timeout=TOGETHER_SECONDS)
        if not done:
            done, _ = await asyncio.wait(out, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if activity.in_activity():
            activity.heartbeat()
        results = [request.result() for request in done]
        if not results:
            return
        await self._record(results)
        for result in results:
            del run.out[result.delivery.order_id]
            run.over = run.over or result.gone
            if result.status == "delivered":
                run.delivered, run.streak = run.delivered + 1, 0
            else:
                run.failed, run.streak = run.failed + 1, run.streak + 1
                run.error = result.attempt.error or f"answered {result.attempt.status}"

    async def _record(self, results: list[DeliveryResult]) -> None:
        """Write them down; a busy database is asked again, for what is not written down is sent again."""
        until = time.monotonic() + RECORD_SECONDS
        while True:
            try:
                return await deliveries.record(self._engine, results, wall())
            except StoreUnavailable:
                if time.monotonic() > until:
                    raise
            if activity.in_activity():
                activity.heartbeat()
            await asyncio.sleep(LOOK_SECONDS)

    async def _attempt(self, run: _Drain, delivery: Delivery) -> DeliveryResult:
        """Sign, send, judge."""
        at, number = wall(), delivery.attempts + 1
        signed = webhook_signing.headers(
            Signing(
                face=run.endpoint.face,
                webhook_id=delivery.event_id,
                delivery_id=DELIVERY_PREFIX + delivery.id,
                attempt=number,
                timestamp=at,
                body=delivery.body,
                secrets=run.endpoint.secrets_at(at),
            ),
            self._signers,
        )
        reply = await run.post(delivery.body, signed)
        return self._result(run, delivery, reply, Attempt(
            delivery_id=delivery.id, attempt=number, at=at, duration_ms=reply.duration_ms, status=reply.status,
            request_headers=signed, response_excerpt=reply.excerpt, error=reply.error,
        ))  # fmt: skip

    def _result(self, run: _Drain, delivery: Delivery, reply: Reply, attempt: Attempt) -> DeliveryResult:
        verdict = judge(reply.status, delivery.failures, reply.retry_after_seconds, run.share)
        if verdict.outcome == "delivered":
            return DeliveryResult(delivery, attempt, "delivered", None)
        if verdict.outcome == "again":
            return DeliveryResult(
                delivery, attempt, "pending", due_at(int(run.now().timestamp()), verdict.wait_seconds)
            )
        return DeliveryResult(delivery, attempt, "failed", None, gone=verdict.outcome == "gone")

    async def _summary(self, endpoint: Endpoint, run: _Drain | None, task: DrainTask) -> Drained:
        now = run.now() if run else task.now
        waits = await deliveries.backlog(self._engine, endpoint.id, int(now.timestamp()))
        try:
            host = target(endpoint.url, allow_private=True).host
        except Refused:
            host = ""
        return Drained(
            status=endpoint.status,
            host=host,
            face=endpoint.face,
            livemode=endpoint.livemode,
            delivered=run.delivered if run else 0,
            failed=run.failed if run else 0,
            failures_in_a_row=run.streak if run else 0,
            pending=waits.pending,
            due=waits.due,
            next_attempt_at=None if waits.next_attempt_at is None else moment(waits.next_attempt_at),
            last_error=run.error if run else None,
        )
