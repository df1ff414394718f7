"""A form that is no command on an order, done once: a double click, a reload or a back button finds what the first one did.

The form's key is claimed as every face claims an Idempotency-Key (contract section 3), owned by the person. A first sending that
was cut off before its answer was kept is not repeated: the page says so, and where to look.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from api.http import idempotency
from api.http.idempotency import Ticket
from api.http.problems import Problem
from console.visit import Refused, Visit
from domain.errors import OrderError
from door.errands import Errand, Unsettled
from store.access.claims import Claim, StoredAnswer

Do = Callable[[str], Awaitable[dict[str, Any]]]
"""Does it; its argument is an id of this sending. Answers what a second sending is to be told, as JSON."""


class _Once:
    """api.http.idempotency.Work of what is no command."""

    resumable = False

    def about(self, order_id: str) -> None:
        """About no order."""

    def __init__(self, do: Do) -> None:
        self._do = do

    async def prepare(self, ticket: Ticket) -> Errand | None:
        return None

    async def run(self, ticket: Ticket) -> StoredAnswer:
        return StoredAnswer(200, {}, json.dumps(await self._do(ticket.request_id)).encode())

    async def send(self, errand: Errand) -> StoredAnswer:
        raise TypeError("this is no command on an order")

    async def resume(self, claim: Claim) -> StoredAnswer:
        raise TypeError("this is no command on an order")

    async def again(self, claim: Claim) -> StoredAnswer:
        raise TypeError("this is no command on an order")

    def problem(self, error: Exception) -> tuple[StoredAnswer, bool]:
        if isinstance(error, Refused | Unsettled | Problem):
            return StoredAnswer(0, {}, b""), False  # nothing was done: the key is free again, and the page says why
        if not isinstance(error, OrderError):
            raise error
        return StoredAnswer(409, {}, json.dumps(error.to_dict()).encode()), True

    def pending(self, answer: StoredAnswer) -> bool:
        return False


async def once(visit: Visit, do: Do, *, secret: bool = False) -> dict[str, Any]:
    """What it did, the first time or a later one. OrderError: its refusal. `secret`: the answer holds a credential, and is kept
    so that only this form can read it."""
    asked = {name: list(values) for name, values in visit.form.items() if name not in ("csrf", "key")}
    identity = idempotency.identify(
        visit.http, visit.key, owner=visit.owner, livemode=visit.livemode, body=asked, order_id=None, seal=secret
    )
    try:
        answer = await visit.shop.memory.once(identity, _Once(do))
    except Problem as error:
        if error.code not in ("idempotency_key_reused", "idempotency_key_in_use"):
            raise
        what = "What it did then stands. Open the page again to see it, and to do more."
        raise Refused(409, "This form was sent before", what) from None
    told: dict[str, Any] = json.loads(answer.body)
    if answer.status == 409:
        raise OrderError.from_dict(told)
    return told
