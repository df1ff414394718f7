"""Idempotency-Key: the same request twice is one command and one answer (contract section 3), in every face alike.

    look the key up
      ├─ mismatch            422 idempotency_key_reused
      ├─ answered            the first answer, byte for byte, with Idempotent-Replayed: true
      ├─ recorded            the answer was lost: given again from the command's record and the order kept beside it
      ├─ sent, not recorded  sent again under the same request id, unjudged: what was accepted is never judged anew
      └─ new                 judged on the row; refused: claimed with the refusal as its answer. Accepted: claimed with the
                             command's content, sent, answered

One transaction before the command is sent, one at its save. The answer itself is written afterwards, in batches: until then the
record answers. Stored: every 2xx but 202, and refusals by the order's rules. Not stored, and never claimed: a malformed request,
401, 403, 405, 413, 429; a 503 gives its key back.
"""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from api.http.body import canonical
from api.http.problems import Problem
from domain import ids
from domain.errors import OrderError, UnknownRequest
from door.errands import Errand, Unsettled
from store.access import claims
from store.access.claims import Claim, StoredAnswer
from store.database.clock import wall
from store.database.engine import StoreError, StoreUnavailable

log = structlog.stdlib.get_logger(__name__)

REPLAYED: Final = "Idempotent-Replayed"
WAIT_SECONDS: Final = 30.0
"""How long a second request waits for the first one in the same process, before 409 idempotency_key_in_use."""
BATCH_SECONDS: Final = 0.02
"""How long answers are gathered before they are written."""
_VISIBLE: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Ticket:
    """One request on its way: the id its command carries, and the id a new order gets."""

    request_id: str
    order_id: str
    remember: bool = False
    """An Idempotency-Key was given: its answer may have to be given again."""


@dataclass(frozen=True)
class Identity:
    """Which request this is."""

    id: str
    """Hash of owner, mode and key."""
    owner: str
    livemode: bool
    fingerprint: str
    order_id: str
    """The order it is about; for a new one, what it will be called unless the key says otherwise."""
    secret: bytes | None = None
    """Set where the answer shows a credential: what it is sealed with while it is stored."""

    def sealed(self, body: bytes) -> bytes:
        """The body as it is stored, and back. Only who still has the Idempotency-Key can read a sealed one: its row
        holds a hash of that key and nothing else, and every key seals one answer, so the pad is used once.
        """
        if self.secret is None:
            return body
        pad = hashlib.shake_256(b"answer\n" + self.secret).digest(len(body))
        return bytes(a ^ b for a, b in zip(body, pad, strict=True))


class Work(Protocol):
    """What is done for a request. All of it raises what it refuses."""

    async def prepare(self, ticket: Ticket) -> Errand | None:
        """Judge it. None: it is no command on an order; `run` does it, claimed."""

    async def send(self, errand: Errand) -> StoredAnswer:
        """Send what was judged."""

    async def resume(self, claim: Claim) -> StoredAnswer:
        """Send a claimed command again."""

    async def run(self, ticket: Ticket) -> StoredAnswer:
        """Do what is no command on an order."""

    async def again(self, claim: Claim) -> StoredAnswer:
        """The answer of a command that settled: from `claim.order` and `claim.subject` alone."""

    def problem(self, error: Exception) -> tuple[StoredAnswer, bool]:
        """(the face's answer to a refusal, whether it is stored)."""

    def about(self, order_id: str) -> None:
        """The claim of this key is for this order."""

    def pending(self, answer: StoredAnswer) -> bool:
        """Whether this 202 is an answer for now: the command has not settled, and the same key will ask again."""

    @property
    def resumable(self) -> bool:
        """Whether running it again finds what the first run did. False: an unfinished first run is 409."""


def new_order_id() -> str:
    return ids.ulid_at(int(time.time() * 1000), secrets.token_bytes(10))


def anonymous() -> Ticket:
    """A request without a key: a random id, nothing remembered."""
    return Ticket(secrets.token_hex(16), new_order_id())


def key_of(request: Request) -> str | None:
    """The Idempotency-Key header (or X-Idempotency-Key). 422 unless it is 1-255 visible ASCII characters."""
    for name in ("idempotency-key", "x-idempotency-key"):
        text = request.headers.get(name)
        if text is not None:
            if not _VISIBLE.fullmatch(text):
                raise Problem("validation_error", "1 to 255 visible ASCII characters", field="Idempotency-Key")
            return text
    return None


def identify(
    request: Request, key: str, *, owner: str, livemode: bool, body: Any, order_id: str | None, seal: bool = False
) -> Identity:
    """The request's identity: a hash of owner, mode and key, and a fingerprint of what it asks."""
    asked = b"\n".join(
        [request.method.encode(), request.url.path.encode(), request.url.query.encode(), canonical(body)]
    )
    return Identity(
        id=hashlib.sha256(f"{owner}\n{'live' if livemode else 'test'}\n{key}".encode()).hexdigest(),
        owner=owner,
        livemode=livemode,
        fingerprint=hashlib.sha256(asked).hexdigest(),
        order_id=order_id or new_order_id(),
        secret=f"{owner}\n{livemode}\n{key}".encode() if seal else None,
    )


class Memory:
    """Runs work at most once per key."""

    def __init__(self, db: AsyncEngine) -> None:
        self._db = db
        self._running: dict[str, tuple[asyncio.Lock, int]] = {}
        self._later: dict[str, StoredAnswer] = {}
        self._writer: asyncio.Task[None] | None = None

    async def once(self, identity: Identity, work: Work) -> StoredAnswer:
        """The answer to a request with a key. Raises Problem, OrderError, Unsettled for what is not stored."""
        async with self._turn(identity.id):
            for _ in range(3):
                claim = await claims.find(self._db, identity.id)
                answer = await (self._first(identity, work) if claim is None else self._repeated(claim, identity, work))
                if answer is not None:
                    return answer
            raise Problem("idempotency_key_in_use", "this Idempotency-Key is in use")

    async def _first(self, identity: Identity, work: Work) -> StoredAnswer | None:
        """A key nobody used. None: somebody else has just claimed it."""
        ticket = Ticket(_request_id(identity.id), identity.order_id, remember=True)
        try:
            errand = await work.prepare(ticket)
        except StoreError:
            raise
        except Exception as error:
            refusal, stored = work.problem(error)  # raises what is no refusal: a bug of ours
            if not stored:
                raise
            taken = await claims.take(self._db, _claim(identity, ticket, answer=_sealed(identity, refusal)))
            return refusal if taken else None
        content = None if errand is None else errand.content
        if not await claims.take(self._db, _claim(identity, ticket, content=content)):
            return None
        if errand is None:
            return await self._run(ticket, identity, work)
        return await self._told(identity, work, work.send(errand))

    async def _repeated(self, claim: Claim, identity: Identity, work: Work) -> StoredAnswer:
        if claim.fingerprint == claims.LOST:
            raise UnknownRequest(
                "this key was used after the backup that the database was restored from", request=claim.id
            )
        if claim.fingerprint != identity.fingerprint:
            raise Problem("idempotency_key_reused", "this Idempotency-Key was used for another request")
        work.about(claim.order_id)
        done = await self._finished(claim, identity, work)
        if done is not None:
            return done
        if claim.content is None:
            if not work.resumable:
                raise Problem("idempotency_key_in_use", "the first request of this key has not been answered")
            return await self._anew(claim, identity, work)
        return await self._told(identity, work, work.resume(claim))

    async def _anew(self, claim: Claim, identity: Identity, work: Work) -> StoredAnswer:
        """The claim holds nothing that could be sent again: its work is no command, or a release that kept no content claimed
        it. It is prepared once more under the request id it has, by which a command that was accepted then is recognised."""
        ticket = Ticket(claim.request_id, claim.order_id, remember=True)
        errand = await work.prepare(ticket)
        if errand is None:
            return await self._run(ticket, identity, work)
        await claims.fill(self._db, claim.id, errand.content)
        return await self._told(identity, work, work.send(errand))

    async def _finished(self, claim: Claim, identity: Identity, work: Work) -> StoredAnswer | None:
        """What is already known: the stored answer, or one given again from the record."""
        stored = claim.answer or self._later.get(claim.id)
        if stored is not None:
            return _replayed(StoredAnswer(stored.status, stored.headers, identity.sealed(stored.body)))
        if claim.error is not None:
            answer = work.problem(OrderError.from_dict(dict(claim.error)))[0]
        elif claim.order is not None:
            try:
                answer = await work.again(claim)
            except Problem as error:
                answer = work.problem(error)[0]
        else:
            return None
        self._keep(identity, answer)
        return _replayed(answer)

    async def _told(self, identity: Identity, work: Work, sending: Awaitable[StoredAnswer]) -> StoredAnswer:
        """The answer of a command that was sent."""
        try:
            answer = await sending
        except StoreError:
            raise
        except Unsettled as error:
            if error.accepted is False and not await self._given_back(identity.id):
                raise Unsettled(str(error), accepted=None) from None
            raise
        except Exception as error:
            answer, stored = work.problem(error)  # raises what is no refusal: a bug of ours
            if not stored:
                raise
        if not work.pending(answer):
            self._keep(identity, answer)
        return answer

    async def _run(self, ticket: Ticket, identity: Identity, work: Work) -> StoredAnswer:
        """What is no command has no record: its answer is stored before it is given."""
        try:
            answer = await work.run(ticket)
        except StoreError:
            raise
        except Exception as error:
            answer, stored = work.problem(error)
            if not stored:
                await self._given_back(identity.id)
                raise
        await claims.store_answers(self._db, [(identity.id, _sealed(identity, answer))])
        return answer

    async def _given_back(self, id: str) -> bool:
        """Nothing was done under this key: it is free again."""
        try:
            return await claims.release(self._db, id)
        except StoreUnavailable:
            log.warning("a key could not be given back", claim=id)
            return False

    # Answers are written in batches, soon: a lost one is given again from the command's record.

    def _keep(self, identity: Identity, answer: StoredAnswer) -> None:
        self._later.setdefault(identity.id, _sealed(identity, answer))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        while self._later:
            await asyncio.sleep(BATCH_SECONDS)
            await self._write()

    async def _write(self) -> None:
        batch = list(self._later.items())
        try:
            await claims.store_answers(self._db, batch)
        except StoreError:
            log.warning("answers could not be stored; their commands' records will answer", answers=len(batch))
        for id, _ in batch:
            self._later.pop(id, None)

    async def close(self) -> None:
        """Write what waits."""
        if self._writer is not None:
            await self._writer

    @asynccontextmanager
    async def _turn(self, request_id: str) -> AsyncIterator[None]:
        """Requests of one key, one after the other in this process; requests of other processes are kept apart by the
        claim's unique key and the order's record."""
        lock, waiting = self._running.get(request_id, (asyncio.Lock(), 0))
        self._running[request_id] = (lock, waiting + 1)
        try:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await lock.acquire()
            except TimeoutError:
                raise Problem("idempotency_key_in_use", "the first request of this key is still running") from None
            try:
                yield
            finally:
                lock.release()
        finally:
            waiting = self._running[request_id][1] - 1
            if waiting:
                self._running[request_id] = (lock, waiting)
            else:
                del self._running[request_id]


def _request_id(claim_id: str) -> str:
    """Drawn at the claim: a key that was given back and is used again is another request."""
    return hashlib.sha256(f"{claim_id}\n{secrets.token_hex(16)}".encode()).hexdigest()[:32]


def _claim(
    identity: Identity, ticket: Ticket, *, content: str | None = None, answer: StoredAnswer | None = None
) -> Claim:
    return Claim(
        id=identity.id,
        request_id=ticket.request_id,
        owner=identity.owner,
        livemode=identity.livemode,
        fingerprint=identity.fingerprint,
        order_id=ticket.order_id,
        created_at=wall(),
        content=content,
        answer=answer,
    )


def _sealed(identity: Identity, answer: StoredAnswer) -> StoredAnswer:
    return StoredAnswer(answer.status, answer.headers, identity.sealed(answer.body))


def _replayed(answer: StoredAnswer) -> StoredAnswer:
    return StoredAnswer(answer.status, {**answer.headers, REPLAYED: "true"}, answer.body)
