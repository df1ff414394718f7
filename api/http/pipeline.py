"""How one request travels, in every face alike.

    401 (key) → 429 (its rate limit) → Idempotency-Key (replay, 422, 409) → 404 (order) → 403 (kind of key)
        → 412 (If-Match) → body (413, 400, 422) → command → judged → claimed → sent → rendered → answered

The claim of a key needs the body's fingerprint, so the body is read (at most 1 MiB) before the order's refusals are told; it
is only judged after them. A route is data (api/http/routing.py); what is said to the caller is the face's.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.face import Face
from api.http import body as json_body
from api.http import idempotency, reading
from api.http.auth import Key, forbidden
from api.http.fields import check, query
from api.http.idempotency import Ticket
from api.http.preconditions import etag, required_version, unchanged
from api.http.problems import Problem, not_found, refused
from api.http.request_id import name_key, name_order, request_id_of
from api.http.routing import Answer, Call, Done, DryRun, Route
from api.shop import Shop
from domain.commands import Command, Place
from domain.commands import Request as CommandRequest
from domain.errors import OrderError
from domain.order import Order
from domain.rehearsal import Rehearsal, nothing
from door import placing
from door.errands import Errand, Settled, Unsettled
from store.access.claims import Claim
from store.access.claims import StoredAnswer as Stored
from store.database.engine import StoreUnavailable

log = structlog.stdlib.get_logger(__name__)

DRY = "dryRun"
RETRY_SECONDS = 5
"""Retry-After of 202, 503 and 504."""


def endpoint(route: Route, face: Face, shop: Callable[[], Shop]) -> Callable[[Request], Awaitable[Response]]:
    """The ASGI endpoint of a route."""

    async def respond(request: Request) -> Response:
        try:
            return await _respond(route, face, shop(), request)
        except (Problem, OrderError, Unsettled, StoreUnavailable) as error:
            return error_response(face, request, error)

    respond.__name__ = route.handler.__name__
    return respond


async def _respond(route: Route, face: Face, shop: Shop, request: Request) -> Response:
    key = await admit(shop, request)
    call = Call(shop, face, request, key, shop.clock())
    order = await _locate(route, call) if route.on_order else None
    if route.reads:
        response = await _read(route, call, order)
    else:
        response = await _change(route, call, order)
    response.headers.update(_limits(request))
    return response


async def admit(shop: Shop, request: Request) -> Key:
    """Whose request this is, counted against its rate limit. 401 or 429; whatever is answered after it tells the limit."""
    key = await shop.keys.identify(request)
    name_key(request.scope, key.id)
    request.state.limits = await shop.limiter.hit(key.id)
    return key


def _limits(request: Request) -> Mapping[str, str]:
    """Nothing where no key was known."""
    limits: Mapping[str, str] = getattr(request.state, "limits", {})
    return limits


async def _locate(route: Route, call: Call) -> Order | None:
    """The order the path names, if this key sees it."""
    order = await reading.find(call, call.path(route.order_param))
    if order is not None:
        name_order(call.http.scope, order.id)
    return order


async def _read(route: Route, call: Call, order: Order | None) -> Response:
    if route.on_order and order is None:
        raise not_found()
    if not call.key.may(route.access, reads=True):
        raise forbidden()
    asked = query(route.query, call.http.query_params)
    if order is None:
        return send(dump(await route.handler(call, asked)))
    if unchanged(call.http, order):
        return Response(status_code=304, headers={"ETag": etag(order)})
    return send(dump(_tagged(await route.handler(call, reading.shown(call.key, order), asked), order)))


async def _change(route: Route, call: Call, order: Order | None) -> Response:
    raw = await json_body.read(call.http)
    change = Changing(route, call, order, {}, None)
    rehearsed = call.face.routes.rehearsed
    if rehearsed is not None and route.can_rehearse and DRY in call.http.query_params:
        told = await _rehearsal(change, raw)
        if told is not None:
            answer = rehearsed.answer(call, told)
            return send(dump(answer if order is None else _tagged(answer, order)))
    try:
        change.body = json_body.parse(raw)
        key = idempotency.key_of(call.http)
    except Problem as error:
        # Told only after what is wrong with the key and the order; never claimed, never stored.
        change.malformed, key = error, None
    if key is None:
        ticket = idempotency.anonymous()
        errand = await change.prepare(ticket)
        return send(await (change.run(ticket) if errand is None else change.send(errand)))
    identity = idempotency.identify(
        call.http,
        key,
        owner=call.key.owner,
        livemode=call.livemode,
        body=change.body,
        order_id=None if order is None else order.id,
        seal=route.secret,
    )
    return send(await call.shop.memory.once(identity, change))


async def _rehearsal(change: "Changing", raw: bytes) -> Rehearsal | None:
    """What the request would do. None: `dryRun` is false. Its Idempotency-Key is not looked at: nothing is done once."""
    try:
        change.body = json_body.parse(raw)
        wanted = query(DryRun, change.call.http.query_params).dry_run
    except Problem as error:
        change.malformed, wanted = error, True
    return await change.rehearse() if wanted else None


@dataclass
class Changing:
    """The work of one changing request (idempotency.Work)."""

    route: Route
    call: Call
    order: Order | None
    body: dict[str, Any]
    malformed: Problem | None
    answered: Answer | None = None
    """What a command's handler answered by itself: there is nothing to send."""

    @property
    def resumable(self) -> bool:
        return self.route.kind != "write" or self.route.repeatable

    def about(self, order_id: str) -> None:
        if self.route.kind != "write":
            name_order(self.call.http.scope, order_id)

    def pending(self, answer: Stored) -> bool:
        return answer.status == 202 and self.route.kind != "write"

    async def prepare(self, ticket: Ticket) -> Errand | None:
        route, door = self.route, self.call.shop.door
        request = self._admitted(ticket)
        if route.kind == "write":
            return None
        if route.kind == "place":
            order, place = await self._priced(self._checked(), ticket, number=True)
            self.about(order.id)
            return await door.open(order, place, request)
        command = await self._command()
        return None if command is None else await door.prepare(self._known(), command, request)

    async def rehearse(self) -> Rehearsal:
        """What it would do: checked, judged and settled as `prepare` and the order's own activity do it, and nothing sent."""
        ticket, door = idempotency.anonymous(), self.call.shop.door
        request = self._admitted(ticket)
        if self.route.kind == "place":
            order, place = await self._priced(self._checked(), ticket, number=False)
            return await door.rehearse(order, place, request)
        command = await self._command()
        return nothing(self._known()) if command is None else await door.rehearse(self._known(), command, request)

    def _admitted(self, ticket: Ticket) -> CommandRequest:
        """What is asked before the body is judged: 404, 403, 412, then a body that cannot be read."""
        route, call = self.route, self.call
        if route.on_order and self.order is None:
            raise not_found()
        if not call.key.may(route.access, reads=route.reads_only):
            raise forbidden()
        version = required_version(call.http, self.order) if self.order is not None else None
        if self.malformed is not None:
            raise self.malformed
        return CommandRequest(id=ticket.request_id, actor=call.key.actor, if_match=version, remember=ticket.remember)

    async def _command(self) -> Command | None:
        """None: its handler has answered by itself, because nothing changes."""
        command: Command | Answer = await self.route.handler(self.call, self.order, self._checked())
        if isinstance(command, Answer):
            self.answered = command
            return None
        return command

    async def _priced(self, body: BaseModel, ticket: Ticket, *, number: bool) -> tuple[Order, Place]:
        call = self.call
        draft = await self.route.handler(call, body)
        order = await placing.priced(
            draft, db=call.shop.db, config=call.shop.config, livemode=call.livemode, order_id=ticket.order_id,
            now=call.now, taxes=call.shop.taxes.get(call.livemode), number=number,
        )  # fmt: skip
        return order, Place(confirm=self.route.confirm, payment=draft.payment)

    async def send(self, errand: Errand) -> Stored:
        return await self._settled(await self.call.shop.door.send(errand), self._checked())

    async def resume(self, claim: Claim) -> Stored:
        if not self.call.key.may(self.route.access, reads=self.route.reads_only):
            raise forbidden()
        request = CommandRequest(id=claim.request_id, actor=self.call.key.actor, remember=True)
        verb = json.loads(claim.content or "{}").get("verb", "")
        return await self._settled(await self.call.shop.door.resume(claim.order_id, verb, request), self._checked())

    async def run(self, ticket: Ticket) -> Stored:
        """A write, or a command's handler that has answered by itself."""
        if self.answered is not None:
            return dump(_tagged(self.answered, self._known()))
        return dump(await self.route.handler(self.call, self._checked()))

    def _checked(self) -> BaseModel:
        return check(self.route.body, self.body)

    def _known(self) -> Order:
        if self.order is None:
            raise not_found()
        return self.order

    async def again(self, claim: Claim) -> Stored:
        order = claim.order
        if order is None:
            raise LookupError("a settled request has its snapshot")
        return await self._render(order, claim.subject, self._checked())

    def problem(self, error: Exception) -> tuple[Stored, bool]:
        if not isinstance(error, (Problem, OrderError)):
            raise error
        problem = refused(error) if isinstance(error, OrderError) else error
        return face_answer(self.call.face, self.call.http, problem), problem.stored

    async def _settled(self, settled: Settled, body: BaseModel) -> Stored:
        if not settled.pending:
            return await self._render(settled.order, settled.subject, body)
        done = await self._done(settled.order, settled.subject, body)
        shown = self.route.pending(done) if self.route.pending else self.call.face.routes.show(self.call, done.order)
        headers = {"Retry-After": str(RETRY_SECONDS)}
        if settled.order.version:
            headers["ETag"] = etag(settled.order)
        return dump(Answer(shown, 202, headers))

    async def _done(self, order: Order, subject: str | None, body: BaseModel) -> Done[BaseModel]:
        lookup, order = self.call.face.routes.lookup, reading.shown(self.call.key, order)
        if lookup is None:
            return Done(self.call, order, subject, body)
        try:
            return Done(self.call, order, subject, body, await lookup(self.call, order))
        except StoreUnavailable:
            # The command is done; "nothing was done" (503) would be wrong. The same key answers when the database is back.
            raise Unsettled("the answer cannot be written now", accepted=None) from None

    async def _render(self, order: Order, subject: str | None, body: BaseModel) -> Stored:
        render = self.route.render
        if render is None:
            raise TypeError("this route answers no order")
        try:
            return dump(_tagged(render(await self._done(order, subject, body)), order))
        except Problem as bad_news:
            # A decline is an answer about the order as it now is: it carries the version, and is stored.
            bad_news.headers.setdefault("ETag", etag(order))
            bad_news.stored = True
            raise


def _tagged(answer: Answer, order: Order) -> Answer:
    return Answer(answer.body, answer.status, {"ETag": etag(order), **answer.headers})


def dump(answer: Answer) -> Stored:
    """The answer's bytes."""
    body = b"" if answer.body is None else orjson.dumps(answer.body, default=_dumped)
    return Stored(answer.status, dict(answer.headers), body)


def _dumped(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"{type(value).__name__} has no JSON")


def send(answer: Stored) -> Response:
    """A stored answer as a response. 204 and empty bodies carry no media type."""
    media = "application/json" if answer.body else None
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers), media_type=media)


def face_answer(face: Face, request: Request, problem: Problem) -> Stored:
    """A problem in a face's own shape, status and code."""
    status, code = face.answer_to(problem)
    return dump(Answer(face.error_body(problem, code, request_id_of(request)), status, problem.headers))


def error_response(face: Face, request: Request, error: Exception) -> Response:
    """What a face says to an error that nothing else answered. Never anything internal: an operator reads why in the log."""
    if isinstance(error, (Unsettled, StoreUnavailable)):
        log.warning("no answer", method=request.method, path=request.url.path, reason=str(error))
    response = send(face_answer(face, request, as_problem(error)))
    response.headers.update(_limits(request))
    return response


def as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, OrderError):
        return refused(error)
    if isinstance(error, Unsettled):
        retry = {"Retry-After": str(error.retry_after_seconds)}
        if error.accepted is None:
            message = "it is not known whether this was done; repeat it with the same Idempotency-Key"
            return Problem("timeout", message, headers=retry)
        return Problem("unavailable", "the engine cannot take this now; nothing was done", headers=retry)
    if isinstance(error, StoreUnavailable):
        return Problem(
            "unavailable", "the database cannot be reached; try again", headers={"Retry-After": str(RETRY_SECONDS)}
        )
    return Problem("internal", "something went wrong on our side")
