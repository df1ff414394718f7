"""How a face says what a route does. The checks and their order are the pipeline's (api/http/pipeline.py), the words the face's.

| kind      | a handler is                                      | and the pipeline                                          |
|-----------|---------------------------------------------------|-----------------------------------------------------------|
| `listing` | (call, query) -> Answer                           | authenticates, checks the query                           |
| `read`    | (call, order, query) -> Answer                    | finds the order, answers ETag and 304                     |
| `command` | (call, order, body) -> Command, or an Answer      | If-Match, idempotency, sends it by the door, then `render`|
| `place`   | (call, body) -> Draft                             | idempotency, prices it, sends it, then `render`           |
| `write`   | (call, body) -> Answer                            | idempotency; what is not an order (catalogue, keys)       |

`render(Done) -> Answer` sees only the order as saved, the id of what the command made, the request's body, and what the face's
`lookup` found for that order: it must be able to answer again from a snapshot. It raises Problem where a settled command is bad
news (a decline is 402).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from api.face import Face
from api.http.auth import Access, Key
from api.http.fields import QueryModel, RequestModel
from api.shop import Shop
from domain.commands import Command
from domain.order import Order
from door.placing import Draft


@dataclass(frozen=True)
class Call:
    """One authenticated request."""

    shop: Shop
    face: Face
    http: Request
    key: Key
    now: datetime

    @property
    def livemode(self) -> bool:
        return self.key.livemode

    def path(self, name: str) -> str:
        """A path parameter, decoded."""
        return str(self.http.path_params[name])


@dataclass(frozen=True)
class Answer:
    """What a face answers: a JSON value (models are dumped by alias), a status, headers. `body` None: no content."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


B = TypeVar("B", bound=BaseModel)
Q = TypeVar("Q", bound=BaseModel)


@dataclass(frozen=True)
class Done(Generic[B]):
    """A command that settled. `subject`: id of the refund, fulfilment, return, payment, note or line it made."""

    call: Call
    order: Order
    subject: str | None
    body: B
    looked_up: Any = None
    """What the face's `lookup` found for this order."""


class NoQuery(QueryModel):
    pass


class NoBody(RequestModel):
    """`{}` or nothing."""


Listing = Callable[[Call, Q], Awaitable[Answer]]
Reading = Callable[[Call, Order, Q], Awaitable[Answer]]
Commanding = Callable[[Call, Order, B], Awaitable[Command | Answer]]
Drafting = Callable[[Call, B], Awaitable[Draft]]
Writing = Callable[[Call, B], Awaitable[Answer]]
Render = Callable[[Done[B]], Answer]
Answers = Mapping[int, Any]
"""HTTP status -> the model (or list[model]) of a good answer; None: no body."""


@dataclass(frozen=True)
class Route:
    """One route, as data: what the pipeline runs and OpenAPI describes."""

    kind: Literal["listing", "read", "command", "place", "write"]
    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    access: Access
    answers: Answers
    summary: str
    description: str = ""
    body: type[BaseModel] = NoBody
    query: type[BaseModel] = NoQuery
    render: Callable[[Done[Any]], Answer] | None = None
    pending: Callable[[Done[Any]], Any] | None = None
    """The 202's body; None: the face's order."""
    order_param: str = "id"
    confirm: bool = False
    """place: reserve at once or not at all, whatever the policy says."""
    repeatable: bool = True
    """write: doing it twice is doing it once."""
    reads_only: bool = False
    """write: a search in a body; restricted keys may."""
    secret: bool = False
    """write: the answer shows a credential; its stored copy is sealed."""

    @property
    def on_order(self) -> bool:
        return self.kind in ("read", "command")

    @property
    def reads(self) -> bool:
        return self.kind in ("listing", "read")


class Routes:
    """The routes of one face, in order.

    `show`: an order as this face shows it, for 202. `lookup`: what its `render` and `pending` need that is not in the order.
    """

    def __init__(
        self, show: Callable[[Call, Order], Any], *, lookup: Callable[[Call, Order], Awaitable[Any]] | None = None
    ) -> None:
        self.show = show
        self.lookup = lookup
        self.all: list[Route] = []

    def _add(self, kind: Any, method: str, path: str, handler: Callable[..., Awaitable[Any]], **more: Any) -> None:
        first, _, rest = (handler.__doc__ or handler.__name__).strip().partition("\n")
        description = " ".join(rest.split())
        self.all.append(Route(kind, method, path, handler, summary=first.rstrip("."), description=description, **more))

    def listing(
        self, path: str, *, query: type[Q], answers: Answers, access: Access = "customer", method: str = "GET"
    ) -> Callable[[Listing[Q]], Listing[Q]]:
        """Something that is not one order, read."""

        def add(handler: Listing[Q]) -> Listing[Q]:
            self._add("listing", method, path, handler, access=access, answers=answers, query=query)
            return handler

        return add

    def read(
        self, path: str, *, query: type[Q], answers: Answers, access: Access = "customer", order: str = "id"
    ) -> Callable[[Reading[Q]], Reading[Q]]:
        """One order, read."""

        def add(handler: Reading[Q]) -> Reading[Q]:
            self._add("read", "GET", path, handler, access=access, answers=answers, query=query, order_param=order)
            return handler

        return add

    def command(
        self,
        method: str,
        path: str,
        *,
        body: type[B],
        render: Render[B],
        answers: Answers,
        access: Access = "secret",
        pending: Callable[[Done[B]], Any] | None = None,
        order: str = "id",
    ) -> Callable[[Commanding[B]], Commanding[B]]:
        """One order, changed by a command that goes through the door."""

        def add(handler: Commanding[B]) -> Commanding[B]:
            self._add(
                "command", method, path, handler, access=access, answers=answers, body=body, render=render,
                pending=pending, order_param=order,
            )  # fmt: skip
            return handler

        return add

    def place(
        self, path: str, *, body: type[B], render: Render[B], answers: Answers, confirm: bool = False
    ) -> Callable[[Drafting[B]], Drafting[B]]:
        """A new order."""

        def add(handler: Drafting[B]) -> Drafting[B]:
            self._add(
                "place", "POST", path, handler, access="secret", answers=answers, body=body, render=render,
                confirm=confirm,
            )  # fmt: skip
            return handler

        return add

    def write(
        self,
        method: str,
        path: str,
        *,
        body: type[B],
        answers: Answers,
        access: Access = "secret",
        repeatable: bool = True,
        reads_only: bool = False,
        secret: bool = False,
        query: type[BaseModel] = NoQuery,
    ) -> Callable[[Writing[B]], Writing[B]]:
        """Something that is not an order, changed; or (`reads_only`) a search whose terms are a body.

        `query` describes a search's paging; the handler checks it (api.http.fields.query).
        """

        def add(handler: Writing[B]) -> Writing[B]:
            self._add(
                "write", method, path, handler, access=access, answers=answers, body=body, repeatable=repeatable,
                reads_only=reads_only, secret=secret, query=query,
            )  # fmt: skip
            return handler

        return add
