"""The sweep: what should have happened by now and has not, found in the database and pushed on.

    deadlines past     a window that no workflow closed: terminated, lost with Temporal's database, or asleep
    half done          requests that asked a provider and whose run then ended: finished from what they stored
    unsettled          commands that were accepted and have no record (Temporal's data lost): sent again, by reference
    operations         asked of a provider by a release that kept them apart from their order: looked up, told as facts
    behind             a workflow that shows an older version than its row (a crash between a local save and its history)
    events, mails      parked provider events and mails without a workflow
    projections        what is written beside the rows of orders of older releases (store/order/backfilling.py)
    counts, figures    what saves have appended, into the sums (store/lists/folding.py)

Every order is reached by signal-with-start: nothing is described, and what does not run is started. Nudges of one order back
off; after the third its run is reset. At the end it forgets what is done with and old (activities/upkeep/retention.py).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError

from activities.failures import unavailable
from activities.orders.asking import Providers
from activities.upkeep import orphans, retention
from activities.upkeep.reaching import Reaching
from domain.policy import Retention
from store.access import claims
from store.database.clock import wall
from store.database.engine import StoreError
from store.lists import folding
from store.money import parked
from store.order import backfilling, lagging
from store.order.lagging import Late
from store.outgoing import outbox
from workflows import card
from workflows.messages import COMMAND, NUDGE, SWEEP, Envelope, EventRef, Sender, Sent, Swept, workflow_id

log = structlog.stdlib.get_logger(__name__)
GRACE_SECONDS: Final = 20
"""What is younger is probably still being worked on. For as long after its start a worker sweeps nothing: after an outage the
workflows themselves close what is late, and should not be nudged meanwhile."""
PER_SECOND: Final = 50
"""Orders reached per second at most: a rebuilt Temporal is not flooded."""
AT_ONCE: Final = 1500
"""Orders of each kind per sweep."""
LOOK_BACK_SECONDS: Final = 3600
"""Rows saved within this are compared with what their workflow shows."""
ASKED_AT_ONCE: Final = 100
RESET_AFTER: Final = 3
"""Nudges without effect before a run is replaced."""
FILES_SECONDS: Final = 3600
"""How often mail files are looked through for old ones."""
SWEEPER: Final = Sender(kind="system", id="sweep")


@contextmanager
def _told_when_unreachable(order_id: str) -> Iterator[None]:
    """One order that Temporal cannot be reached for keeps no other from being pushed on; the next sweep finds it again."""
    try:
        yield
    except (RPCError, RuntimeError) as error:
        log.warning("an order could not be reached", order_id=order_id, reason=type(error).__name__)


class Housekeeping:
    """Looks at the database, and reaches orders through the client."""

    def __init__(
        self, engine: AsyncEngine, client: Client, reaching: Reaching, providers: Providers, *,
        kept: Retention | None = None, mail_files: Path | None = None,
        swept: Callable[[float, int], None] = lambda at, orders: None,
    ) -> None:  # fmt: skip
        """`kept`: what the policy says of forgetting. `mail_files`: where mails are files. `swept` hears of each sweep: when it
        ended (epoch seconds) and how many orders it pushed on."""
        self._swept = swept
        self._engine = engine
        self._client = client
        self._reaching = reaching
        self._providers = providers
        self._started = time.monotonic()
        self._kept = kept or Retention()
        self._mail_files = mail_files
        self._files_seen = float("-inf")
        self._agreed: dict[str, int] = {}
        """Order -> the version its workflow was seen at: asked once per version, not per sweep."""

    @activity.defn(name=SWEEP)
    async def sweep(self) -> Swept:
        """Push on whatever is late. The period of the schedule is half a minute."""
        if time.monotonic() - self._started < GRACE_SECONDS:
            return Swept()
        now = wall()
        try:
            late = await lagging.overdue(self._engine, now, GRACE_SECONDS, AT_ONCE)
            late += await lagging.half_done(self._engine, now, GRACE_SECONDS, AT_ONCE)
            pushed = await self._nudge(late, now)
            pushed += await self._catch_up(now)
            commands = await self._send_again(now)
            operations = await orphans.tell(self._engine, self._reaching, self._providers, now - GRACE_SECONDS)
            events = await parked.waiting(self._engine)
            mails = await outbox.waiting(self._engine, "mail", limit=1000)
            await backfilling.backfill(self._engine)
            await folding.fold(self._engine)
            await retention.forget(self._engine, now, self._kept)
            await self._forget_files(now)
        except StoreError as error:
            raise unavailable(error) from None
        self._swept(time.time(), pushed + commands)
        return Swept(
            orders=pushed,
            commands=commands,
            operations=operations,
            events=tuple(EventRef(provider=e.provider, id=e.id) for e in events if e.received_at < now - GRACE_SECONDS),
            mails=tuple(outbox.workflow_id(mail) for mail in mails),
        )

    async def _forget_files(self, now: int) -> None:
        """Once an hour: a folder of a month's mails is long to look through."""
        if self._mail_files is not None and time.monotonic() - self._files_seen > FILES_SECONDS:
            self._files_seen = time.monotonic()
            await retention.forget_mail_files(self._mail_files, now, self._kept)

    async def _nudge(self, late: Sequence[Late], now: int) -> int:
        async for order in self._paced(late):
            with _told_when_unreachable(order.order_id):
                if order.nudges >= RESET_AFTER:
                    await self._reaching.rebuild(order.order_id)
                else:
                    await self._reaching.signal(order.order_id, NUDGE, 0)
            await lagging.nudged(self._engine, order, now)
        return len(late)

    async def _send_again(self, now: int) -> int:
        found = await claims.unsettled(self._engine, now - GRACE_SECONDS)
        for claim in found:
            sent = Sent(request=Envelope(id=claim.request_id, actor=SWEEPER))
            with _told_when_unreachable(claim.order_id):
                await self._reaching.signal(claim.order_id, COMMAND, sent)
        return len(found)

    async def _catch_up(self, now: int) -> int:
        """Nudge those whose workflow shows an older version than their row."""
        saved = await lagging.recently_saved(self._engine, now - LOOK_BACK_SECONDS, now - GRACE_SECONDS)
        current = {row.order_id: row.version for row in saved}
        self._agreed = {order_id: version for order_id, version in self._agreed.items() if order_id in current}
        ask = [row for row in saved if self._agreed.get(row.order_id) != row.version][:AT_ONCE]
        behind: list[Late] = []
        for n in range(0, len(ask), ASKED_AT_ONCE):
            batch = ask[n : n + ASKED_AT_ONCE]
            shown = await self._shown(batch)
            behind += [row for row in batch if shown.get(row.order_id, 0) < row.version]
            self._agreed |= {row.order_id: row.version for row in batch if shown.get(row.order_id, 0) >= row.version}
        async for order in self._paced(behind):
            with _told_when_unreachable(order.order_id):
                await self._reaching.signal(order.order_id, NUDGE, order.version)
        return len(behind)

    async def _shown(self, batch: Sequence[Late]) -> dict[str, int]:
        """Order -> version that its running workflow shows, in one look at Temporal's visibility."""
        names = ", ".join(f"'{workflow_id(row.order_id)}'" for row in batch)
        query = f"WorkflowId IN ({names}) AND ExecutionStatus = 'Running'"
        shown: dict[str, int] = {}
        async for found in self._client.list_workflows(query):
            version = found.typed_search_attributes.get(card.ORDER_VERSION)
            shown[found.id.removeprefix("order-")] = version or 0
        return shown

    async def _paced(self, late: Sequence[Late]) -> AsyncIterator[Late]:
        """At most so many per second, with a heartbeat each second."""
        for n, order in enumerate(late):
            if n and n % PER_SECOND == 0:
                activity.heartbeat(n)
                await asyncio.sleep(1)
            yield order
