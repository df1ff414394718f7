"""An act, done: the same claims, door and rules as every face (contract sections 3 and 15).

The order's version is the one that was shown; the form's key is its idempotency key, owned by the person. So a double click, a
reload and a back button find what the first one did. An act that previews is done only as it was shown.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from api.http import idempotency
from api.http.idempotency import Identity, Ticket
from api.http.request_id import name_order
from console import preview
from console.act import Act
from console.pages import spoken
from console.preview import Preview
from console.roles import OWNERS
from console.said import Said
from console.visit import Visit
from domain import commands
from domain.commands import Command
from domain.errors import OrderError
from domain.order import Order
from door.errands import Errand, Settled, Unsettled
from store.access import spending
from store.access.claims import Claim, StoredAnswer


class Changed(Exception):
    """It would now do something else than what was shown."""

    def __init__(self, now: Preview) -> None:
        super().__init__("what was shown is not what it would do")
        self.now = now


class OverLimit(Exception):
    """More money back than this person may give (`console.refund_limit`); nothing is claimed, so the form may be sent again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Done:
    """What became of it. `version`: the order's, after it."""

    version: int
    pending: bool = False
    refusal: OrderError | None = None


@dataclass
class Acting:
    """The work of one form (api.http.idempotency.Work)."""

    visit: Visit
    order: Order
    act: Act
    ref: str
    version: int
    """As it was shown."""
    seen: str = ""
    """Digest of the preview that was shown."""
    said: Said = field(init=False)

    def __post_init__(self) -> None:
        self.said = Said(self.visit.form, self.order, self.visit.pages)

    async def command(self) -> Command:
        """Unreadable names the field; OrderError as for every face."""
        return await self.act.build(self.visit.shop, self.order, self.said, self.ref)

    async def rehearse(self, command: Command) -> Preview:
        """OrderError: the refusal it would get."""
        request = self._request(idempotency.anonymous())
        return preview.of(self.order, await self.visit.shop.door.rehearse(self.order, command, request))

    def _request(self, ticket: Ticket) -> commands.Request:
        return commands.Request(
            id=ticket.request_id, actor=self.visit.actor, if_match=self.version, remember=ticket.remember
        )

    # Work

    resumable = True

    def about(self, order_id: str) -> None:
        name_order(self.visit.http.scope, order_id)

    async def prepare(self, ticket: Ticket) -> Errand | None:
        request, command = self._request(ticket), await self.command()
        told = await self.rehearse(command)
        if self.act.previews and told.digest != self.seen:
            raise Changed(told)
        if told.back:
            await self._within_limit(told.back, ticket.request_id)
        try:
            return await self.visit.shop.door.prepare(self.order, command, request)
        except OrderError:
            await self._took_nothing(ticket.request_id)
            raise

    async def send(self, errand: Errand) -> StoredAnswer:
        try:
            return _answer(await self.visit.shop.door.send(errand))
        except OrderError:
            await self._took_nothing(errand.request.id)
            raise
        except Unsettled as error:
            if error.accepted is False:
                await self._took_nothing(errand.request.id)
            raise

    async def resume(self, claim: Claim) -> StoredAnswer:
        request = commands.Request(id=claim.request_id, actor=self.visit.actor, remember=True)
        verb = json.loads(claim.content or "{}").get("verb", self.act.verb)
        return _answer(await self.visit.shop.door.resume(claim.order_id, verb, request))

    async def run(self, ticket: Ticket) -> StoredAnswer:
        raise TypeError("an act is a command on an order")

    async def again(self, claim: Claim) -> StoredAnswer:
        return _stored(200, {"version": claim.version})

    def problem(self, error: Exception) -> tuple[StoredAnswer, bool]:
        if not isinstance(error, OrderError):
            raise error
        return _stored(409, error.to_dict()), True

    def pending(self, answer: StoredAnswer) -> bool:
        return answer.status == 202

    # Money back

    async def _within_limit(self, back: int, request_id: str) -> None:
        """Owners give back what they like, in any currency; what they do counts on the order."""
        config, order, person = self.visit.shop.config, self.order, self.visit.person
        limit = config.console.refund_limit
        free = limit is None or person.role in OWNERS
        if order.currency != config.store.currency:
            if free:
                return
            raise OverLimit(f"money in {order.currency} is given back by an owner")
        spent = await spending.enter(
            self.visit.db, request_id=request_id, person_id=person.id, order_id=order.id, amount=back,
            limit=None if free else limit, now=int(self.visit.now.timestamp()),
        )  # fmt: skip
        if spent is not None and limit is not None:
            left = spoken(max(0, limit - spent.most), order.currency)
            raise OverLimit(
                f"{left} are left of what you, or anybody on this order, may give back in 24 hours; an owner may"
            )

    async def _took_nothing(self, request_id: str) -> None:
        await spending.take_out(self.visit.db, request_id)


async def do(acting: Acting) -> Done:
    """Once per form. Raises Changed, OverLimit, Unreadable; Problem (a key used for another form), Unsettled."""
    visit = acting.visit
    answer = await visit.shop.memory.once(_identity(acting), acting)
    body = json.loads(answer.body)
    if answer.status == 409:
        return Done(acting.order.version, refusal=OrderError.from_dict(body))
    return Done(body["version"], pending=answer.status == 202)


def _identity(acting: Acting) -> Identity:
    visit = acting.visit
    asked = {name: list(values) for name, values in visit.form.items() if name not in ("csrf", "key", "next", "seen")}
    return idempotency.identify(
        visit.http, visit.key, owner=visit.owner, livemode=visit.livemode, body=asked, order_id=acting.order.id
    )


def _answer(settled: Settled) -> StoredAnswer:
    return _stored(202 if settled.pending else 200, {"version": settled.order.version})


def _stored(status: int, body: dict[str, Any]) -> StoredAnswer:
    return StoredAnswer(status, {}, json.dumps(body).encode())
