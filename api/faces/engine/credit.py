"""Store credit of one customer: what there is, what moved it, and giving some by hand (contract section 13)."""

from typing import Annotated, Literal
from uuid import uuid4

from pydantic import Field

from api.faces.engine.routes import LONGEST_ID, routes
from api.faces.hanzo.answers import Out
from api.http.fields import COUNTED, CamelQuery, CamelRequest, Currency, FilledText
from api.http.problems import Problem, not_found
from api.http.routing import Answer, Call
from api.spelling import wire
from domain.money import MAX_AMOUNT
from store.money import credit
from store.money.credit import Entry, NotEnough, Purse

__all__ = ["routes"]

MAX_CURSOR = 18
"""Digits."""


class CreditEntryOut(Out):
    """One movement. `amount` is below 0 when credit was spent."""

    id: str
    amount: int
    currency: str
    kind: Literal["granted", "returned", "spent", "released", "refunded"]
    """returned: a return gave it. released: it was held for an order and not needed. refunded: an order gave it back."""
    order_id: str | None
    reason: str | None
    created_at: str


class BalanceOut(Out):
    currency: str
    balance: int


class CreditOut(Out):
    customer_id: str
    balances: list[BalanceOut]
    models: list[CreditEntryOut]
    next_cursor: str | None


class ListCredit(CamelQuery):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(
        None, max_length=MAX_CURSOR, pattern="^[0-9]+$", description="`nextCursor` of the page before."
    )


class GrantCredit(CamelRequest):
    amount: Annotated[int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT), COUNTED]
    """Minor units, not 0. Below 0 takes credit away, never more than there is."""
    currency: Currency
    reason: FilledText


def _customer(call: Call) -> str:
    text = call.path("customerId")
    if not 1 <= len(text) <= LONGEST_ID or not text.isprintable():
        raise not_found("no such customer")
    return text


def _entry(value: Entry) -> CreditEntryOut:
    return CreditEntryOut(
        id=str(value.id),
        amount=value.amount,
        currency=value.currency,
        kind=value.kind,  # type: ignore[arg-type]  # the table's own words
        order_id=None if value.order_id is None else wire.ORDER.encode(value.order_id),
        reason=value.reason,
        created_at=wire.RFC3339.encode(wire.EPOCH.decode(value.at)),
    )


async def _shown(call: Call, customer_id: str, limit: int, before: int | None) -> CreditOut:
    found = await credit.entries(call.shop.db, call.livemode, customer_id, limit=limit + 1, before=before)
    page = found[:limit]
    balances = await credit.balances(call.shop.db, call.livemode, customer_id)
    return CreditOut(
        customer_id=customer_id,
        balances=[BalanceOut(currency=name, balance=left) for name, left in balances.items()],
        models=[_entry(entry) for entry in page],
        next_cursor=str(page[-1].id) if len(found) > limit else None,
    )


@routes.listing("/engine/customers/{customerId}/credit", query=ListCredit, answers={200: CreditOut}, access="read")
async def get_credit(call: Call, query: ListCredit) -> Answer:
    """A customer's store credit per currency, and what moved it, newest first."""
    before = None if query.cursor is None else int(query.cursor)
    return Answer(await _shown(call, _customer(call), query.limit, before))


@routes.write(
    "POST",
    "/engine/customers/{customerId}/credit",
    body=GrantCredit,
    answers={201: CreditOut},
    repeatable=False,
)
async def grant_credit(call: Call, body: GrantCredit) -> Answer:
    """Give a customer store credit, or take some away; the reason is kept."""
    customer_id = _customer(call)
    if body.amount == 0:
        raise Problem("validation_error", "an amount of nothing moves nothing", field="amount")
    purse = Purse(call.livemode, customer_id, body.currency)
    at = wire.EPOCH.encode(call.now)
    try:
        await credit.grant(call.shop.db, purse, body.amount, key=f"grant:{uuid4()}", reason=body.reason, at=at)
    except NotEnough:
        raise Problem("conflict", "the customer has less store credit than this", field="amount", stored=True) from None
    return Answer(await _shown(call, customer_id, 20, None), 201)
