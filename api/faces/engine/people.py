"""What people and consoles ask of the engine's own face, as it is taken and answered (contract section 14)."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from api.faces.hanzo.answers import Out
from api.http.fields import CamelQuery, CamelRequest, CommaList, QueryTime
from api.spelling.wire import RFC3339
from domain.status import FulfillmentStatus, Lifecycle, PaymentStatus
from domain.tasks import TASKS
from domain.waiting import WORDS
from store.lists.tasks import KINDS

LIMIT = Field(20, ge=1, le=100)
CURSOR = Field(None, max_length=1000, description="`nextCursor` of the page before.")


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("a date, or a date-time with offset (RFC 3339)")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        return RFC3339.decode(value)
    except ValueError:
        raise ValueError("a date, or a date-time with offset (RFC 3339)") from None


Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]


class WaitOut(Out):
    for_: str = Field(alias="for", description=f"One of: {', '.join(WORDS)}.")
    since: str
    until: str | None
    """When it ends by itself."""
    then: str | None
    """What happens at `until`."""
    by: list[str]
    """Verbs that end it; those of timers and of the payment provider's facts are nobody's to call."""
    ref: str | None
    """The return, payment, refund or dispute it is about."""


class WaitListOut(Out):
    models: list[WaitOut]


class TimerOut(Out):
    name: str
    at: str
    then: str


class TimerListOut(Out):
    models: list[TimerOut]


class MoveTimer(CamelRequest):
    """One of the two: `at` moves the window, `fire` lets what it does happen now."""

    at: Moment | None = None
    fire: bool = False


class Agenda(CamelQuery):
    from_: QueryTime | None = Field(None, alias="from", description="At or after.")
    until: QueryTime | None = Field(None, description="Before.")
    limit: int = LIMIT
    cursor: str | None = CURSOR


class MoneyOut(Out):
    kind: str
    """capture, void or refund; authorize: asked of an exchange's payment method."""
    amount: int


class ComingOut(Out):
    order_id: str
    number: int
    name: str
    at: str
    then: str
    money: list[MoneyOut]
    """What it moves as things stand, in minor units of `currency`."""
    currency: str


class AgendaOut(Out):
    models: list[ComingOut]
    next_cursor: str | None


class Tasks(CamelQuery):
    kind: Annotated[
        CommaList, Field(default_factory=list, description=f"Any of {', '.join(KINDS)}; a comma list, or repeated.")
    ]
    until: QueryTime | None = Field(None, description="Due before; or begun before, where nothing says until when.")
    limit: int = LIMIT
    cursor: str | None = CURSOR


class ResolvedByOut(Out):
    verb: str
    path: str | None
    """Method and path of a call that does it; null where it is not ours to do (a dispute ends at the provider)."""


class TaskOut(Out):
    id: str
    kind: str
    order_id: str | None
    number: int | None
    since: str
    due: str | None
    amount: int | None
    currency: str | None
    text: str
    resolved_by: list[ResolvedByOut]


class TaskListOut(Out):
    models: list[TaskOut]
    next_cursor: str | None


class FindOrders(CamelQuery):
    q: str | None = Field(
        None, max_length=254,
        description="Beginning of a number, an id, an e-mail, a phone number, a name, a tracking number, a SKU or a payment "
        "reference; those that are exactly it come first.",
    )  # fmt: skip
    waits_for: str | None = Field(None, description=f"One of: {', '.join(WORDS)}.")
    status: Lifecycle | None = None
    payment_status: PaymentStatus | None = None
    fulfillment_status: FulfillmentStatus | None = None
    customer_id: str | None = Field(None, max_length=64)
    since: QueryTime | None = Field(None, description="Created at or after.")
    until: QueryTime | None = Field(None, description="Created before.")
    limit: int = LIMIT
    cursor: str | None = CURSOR


class FoundOut(Out):
    id: str
    number: int
    display_id: str
    status: Lifecycle
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    email: str | None
    customer_id: str | None
    name: str | None
    currency: str
    total: int
    amount_due: int
    waits_for: list[str]
    next_deadline_at: str | None
    created_at: str
    updated_at: str
    closed_at: str | None
    version: int


class FoundListOut(Out):
    models: list[FoundOut]
    next_cursor: str | None


class Stats(CamelQuery):
    from_: QueryTime | None = Field(
        None, alias="from", description="First day, in the shop's time zone; 30 days before `until` when missing."
    )
    until: QueryTime | None = Field(None, description="The day after the last; tomorrow when missing.")
    by: str = Field("day", pattern="^day$")


class DayOut(Out):
    day: str
    currency: str
    orders: int
    units: int
    captured: int
    refunded: int
    net: int
    """captured − refunded."""


class StatsOut(Out):
    time_zone: str
    models: list[DayOut]
    """Days on which something happened, in each currency."""
    waiting: dict[str, int]
    """Word -> how many orders wait for it now; an order counts under each word it waits for."""


TEXTS = {
    **TASKS,
    "webhook_failing": "a webhook endpoint gave deliveries up; see what it answers",
    "ledger_difference": "our ledger and the payment provider's differ: settle it there or here, then run ordermill reconcile",
    "mail_stuck": "a mail cannot be sent; see the mail server",
}
