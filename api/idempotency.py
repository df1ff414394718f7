"""Idempotency-Key: the same request twice is one command and one answer (contract section 3), in every face alike.

    claim a row for (owner, mode, key) with the request's fingerprint
      ├─ mismatch            422 idempotency_key_reused
      ├─ answered            the first answer, byte for byte, with Idempotent-Replayed: true
      ├─ settled, unanswered the answer was lost: rendered again from the snapshot the save wrote
      └─ new, or unfinished  run it; the row's id is the Temporal update id and its order_id a new order's id, so a
                             second run of the same request finds the first one's command and never makes another

Stored: every 2xx but 202, and refusals by the order's rules. Not stored, and the key given back: a malformed request, 401, 403,
405, 413, 429, 5xx. Before a refusal is answered the row is read again: what was accepted is never judged anew.
"""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from api.body import canonical
from api.engine import Unsettled
from api.problems import Problem
from domain import ids
from store import requests as store
from store.engine import StoreError, StoreUnavailable
from store.requests import Answer, Remembered

log = structlog.stdlib.get_logger(__name__)

REPLAYED: Final = "Idempotent-Replayed"
WAIT_SECONDS: Final = 30.0
"""How long a second request waits for the first one in the same process, before 409 idempotency_key_in_use."""
_VISIBLE: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Ticket:
    """One request on its way: the id its command carries, and the id a new order gets."""

    request_id: str
    order_id: str
    remember: bool = False
    """A row waits for the outcome."""


@dataclass(frozen=True)
class Identity:
    """Which request this is."""

    request_id: str
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
    """What is done for a request. `run` and `again` raise what they refuse."""

    async def run(self, ticket: Ticket) -> Answer: ...

    async def again(self, row: Remembered) -> Answer:
        """The answer of a command that settled: from `row.order` and `row.subject` alone."""

    def problem(self, error: Exception) -> tuple[Answer, bool]:
        """(the face's answer to a refusal, whether it is stored)."""

    def pending(self, answer: Answer) -> bool:
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
        request_id=hashlib.sha256(f"{owner}\n{'live' if livemode else 'test'}\n{key}".encode()).hexdigest(),
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

    async def once(self, identity: Identity, work: Work) -> Answer:
        """The answer to a request with a key. Raises Problem, OrderError, Unsettled for what is not stored."""
        async with self._turn(identity.request_id):
            claim = await self._claim(identity)
            if claim.outcome == "mismatch":
                raise Problem("idempotency_key_reused", "this Idempotency-Key was used for another request")
            done = await self._finished(claim.row, identity, work)
            if done is not None:
                return done
            if claim.outcome == "same" and not work.resumable:
                raise Problem("idempotency_key_in_use", "the first request of this key has not been answered")
            return await self._run(claim, identity, work)

    async def _claim(self, identity: Identity) -> store.Claim:
        for _ in range(3):
            try:
                return await store.claim(
                    self._db,
                    id=identity.request_id,
                    owner=identity.owner,
                    livemode=identity.livemode,
                    fingerprint=identity.fingerprint,
                    order_id=identity.order_id,
                    now=int(time.time()),
                )
            except LookupError:
                continue  # another process gave the key back in that moment
        raise Problem("idempotency_key_in_use", "this Idempotency-Key is in use")

    async def _finished(self, row: Remembered, identity: Identity, work: Work) -> Answer | None:
        """What is already known: the stored answer, or one rendered from the snapshot."""
        if row.answer is not None:
            stored = row.answer
            return _replayed(Answer(stored.status, stored.headers, identity.sealed(stored.body)))
        if row.version is None or row.snapshot is None:
            return None
        try:
            answer = await work.again(row)
        except Problem as error:
            answer = work.problem(error)[0]
        return _replayed(await self._keep(identity, answer))

    async def _run(self, claim: store.Claim, identity: Identity, work: Work) -> Answer:
        row = claim.row
        try:
            answer = await work.run(Ticket(row.id, row.order_id, remember=True))
        except StoreError:
            raise
        except Unsettled:
            done = await self._look_again(identity, work)
            if done is not None:
                return done
            raise
        except Exception as error:
            refusal, stored = work.problem(error)  # raises what is no refusal: a bug of ours
            if stored:
                # Not `_keep`: a refusal that cannot be stored is not answered, it could be judged otherwise later.
                done = await self._look_again(identity, work)
                return done if done is not None else await self._store(identity, refusal)
            if claim.outcome == "new":
                await self._give_back(row.id)
            raise
        return answer if work.pending(answer) else await self._keep(identity, answer)

    async def _look_again(self, identity: Identity, work: Work) -> Answer | None:
        row = await store.find(self._db, identity.request_id)
        return None if row is None else await self._finished(row, identity, work)

    async def _keep(self, identity: Identity, answer: Answer) -> Answer:
        """Store the answer of something done. The database may be away just now: the snapshot will answer then."""
        try:
            return await self._store(identity, answer)
        except StoreUnavailable:
            log.warning("an answer could not be stored", request=identity.request_id)
            return answer

    async def _store(self, identity: Identity, answer: Answer) -> Answer:
        """Keep the first answer; that is the one to give."""
        stored = Answer(answer.status, answer.headers, identity.sealed(answer.body))
        first = await store.store_answer(self._db, identity.request_id, stored)
        return Answer(first.status, first.headers, identity.sealed(first.body))

    async def _give_back(self, request_id: str) -> None:
        try:
            await store.release(self._db, request_id)
        except StoreUnavailable:
            log.warning("a key could not be given back", request=request_id)

    @asynccontextmanager
    async def _turn(self, request_id: str) -> AsyncIterator[None]:
        """Requests of one key, one after the other in this process; other processes meet at the engine."""
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


def _replayed(answer: Answer) -> Answer:
    return Answer(answer.status, {**answer.headers, REPLAYED: "true"}, answer.body)
