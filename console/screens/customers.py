"""Customers: found by the beginning of an id or an address, with their orders and their store credit, which is given here too."""

from typing import Any, Final

from starlette.responses import Response

from console import paging
from console.once import once
from console.roles import AGENTS, OWNERS
from console.routing import PREFIX, Screens
from console.screens.orders import row_of
from console.visit import Refused, Visit, not_there
from domain import money
from domain.errors import InvalidInput
from domain.money import MAX_AMOUNT
from store.access import audit, spending
from store.lists import customers, listing
from store.lists.filters import Filter, Reach
from store.money import credit
from store.money.credit import NotEnough, Purse
from store.order.rows import order_of

screens = Screens()
FOUND: Final = 20
ORDERS: Final = 20
ENTRIES: Final = 20
LONGEST_ID: Final = 64
LONGEST_REASON: Final = 500
NEWEST: Final = (int, str)


@screens.page("/customers")
async def list_customers(visit: Visit) -> Response:
    q = visit.asked("q")[:254]
    wanted = (
        customers.beginning(visit.db, visit.livemode, q, FOUND)
        if q
        else customers.recent(visit.db, visit.livemode, FOUND)
    )
    return visit.show("customers.html", rows=await wanted, q=q, most=customers.MOST)


@screens.page("/customers/one")
async def customer(visit: Visit) -> Response:
    return await _shown(visit, _named(visit.asked("id")), done=visit.asked("done") == "1")


def _named(customer_id: str) -> str:
    if not 1 <= len(customer_id) <= LONGEST_ID or not customer_id.isprintable():
        raise not_there("There is no such customer")
    return customer_id


async def _shown(
    visit: Visit, customer_id: str, *, wrong: dict[str, str] | None = None, status: int = 200, **more: Any
) -> Response:
    after = paging.keys(visit, NEWEST)
    place = None if after is None else (int(after[0]), str(after[1]))
    rows = await listing.after(
        visit.db, Reach(livemode=visit.livemode, customer_id=None), Filter(customer_id=customer_id), after=place,
        limit=ORDERS + 1, docs=True,
    )  # fmt: skip
    balances = await credit.balances(visit.db, visit.livemode, customer_id)
    if not rows and not balances and after is None and visit.http.method == "GET":
        raise not_there("No order names this customer")
    entries = await credit.entries(visit.db, visit.livemode, customer_id, limit=ENTRIES)
    context = {"warning": None, "done": False, "gives": None} | more
    return visit.show(
        "customer.html", status=status, customer=customer_id, rows=[row_of(order_of(row.doc)) for row in rows[:ORDERS]],
        cursor=paging.following(rows, ORDERS, lambda row: (row.created_at, row.id)), first=after is None,
        balances=balances, entries=entries, may=visit.may(AGENTS), key=visit.new_key(), wrong=wrong or {},
        currency=visit.said("currency") or visit.shop.config.store.currency, **context,
    )  # fmt: skip


@screens.form("/customers/one", roles=AGENTS)
async def give_credit(visit: Visit) -> Response:
    customer_id = _named(visit.said("id"))
    amount, wrong = await _read(visit, customer_id)
    currency = visit.said("currency").upper()
    balance = (await credit.balances(visit.db, visit.livemode, customer_id)).get(currency, 0)
    gives = None if amount is None else (balance, balance + amount, currency)
    if visit.said("step") != "do" or wrong or amount is None:
        status = 422 if visit.said("step") == "do" else 200
        return await _shown(visit, customer_id, wrong=wrong, gives=gives, status=status)
    given, seen = amount, visit.said("seen")

    async def do(request_id: str) -> dict[str, Any]:
        if seen != f"{balance}{currency}":
            raise InvalidInput("the balance has changed meanwhile")
        await _give(visit, Purse(visit.livemode, customer_id, currency), given, request_id)
        return {}

    try:
        await once(visit, do)
    except InvalidInput as error:
        return await _shown(visit, customer_id, warning=f"Nothing was done: {error.message}.", gives=gives, status=409)
    return visit.go(f"{PREFIX}/customers/one", id=customer_id, done=1)


async def _read(visit: Visit, customer_id: str) -> tuple[int | None, dict[str, str]]:
    wrong: dict[str, str] = {}
    currency, amount = visit.said("currency").upper(), None
    text = visit.said("amount").replace("\N{MINUS SIGN}", "-").replace(",", "").replace(" ", "")
    if not money.is_currency(currency):
        wrong["currency"] = "A currency like USD."
    else:
        try:
            amount = money.from_decimal(text, currency)
        except ValueError as error:
            wrong["amount"] = f"An amount in {currency}: {error}."
        else:
            if not 0 < abs(amount) <= MAX_AMOUNT:
                wrong["amount"] = "The amount is out of range."
    if not visit.said("reason"):
        wrong["reason"] = "Say why: it is kept with the movement."
    elif len(visit.said("reason")) > LONGEST_REASON:
        wrong["reason"] = f"At most {LONGEST_REASON} characters."
    return (None if "amount" in wrong else amount), wrong


async def _give(visit: Visit, purse: Purse, amount: int, request_id: str) -> None:
    now, reason = int(visit.now.timestamp()), visit.said("reason")
    await _within_limit(visit, purse, amount, request_id, now)
    try:
        await credit.grant(visit.db, purse, amount, key=f"grant:{request_id}", reason=reason, at=now)
    except NotEnough:
        raise InvalidInput("the customer has less store credit than this", field="amount") from None
    told = f"{purse.customer_id}: {money.format_decimal(amount, purse.currency)} {purse.currency} ({reason})"
    await audit.note(visit.db, visit.person, "credit_given", told[:500], livemode=visit.livemode, now=now)


async def _within_limit(visit: Visit, purse: Purse, amount: int, request_id: str, now: int) -> None:
    """Store credit is money back, whatever it is given for: `console.refund_limit` counts it (contract section 15)."""
    limit, owner = visit.shop.config.console.refund_limit, visit.person.role in OWNERS
    if amount < 0 or limit is None:
        return
    if purse.currency != visit.shop.config.store.currency:
        if not owner:
            raise Refused(403, "That is an owner's", f"Credit in {purse.currency} is given by an owner.")
        return
    spent = await spending.enter(
        visit.db, request_id=request_id, person_id=visit.person.id, order_id="", amount=amount,
        limit=None if owner else limit, now=now,
    )  # fmt: skip
    if spent is not None:
        left = money.format_decimal(max(0, limit - spent.most), purse.currency)
        raise InvalidInput(
            f"{left} {purse.currency} are left of what you may give back in 24 hours; an owner may", field="amount"
        )
