"""A command is done whole and once, whoever tries it, however often and wherever an attempt ends."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.orders import execute, settling
from activities.orders.asking import keyed
from activities.orders.contents import write
from activities.providers.base import ProviderUnavailable
from domain import commands as c
from domain.commands import Request
from domain.errors import InvalidTransition, OrderError
from domain.events import Event
from domain.lifecycle import RULES
from domain.operations import Operation
from domain.order import Actor
from store.access import claims
from store.access.claims import Claim
from store.database.engine import StoreUnavailable, create_engine, writing
from store.goods import catalog
from store.goods.catalog import Entry
from store.money import operations
from store.order import events, orders, records
from store.tables import orders as orders_table
from store.tables import payment_operations
from tests.activities.bank import NO_MONEY, UNITS, VISA, Counter, finishing, placing, told, window
from tests.domain.orders import ORDER_ID, T0
from workflows.messages import AUTHORIZE, FINISH, Result, Task


@pytest_asyncio.fixture
async def counter(database_url: str) -> AsyncIterator[Counter]:
    engine = create_engine(database_url)
    yield Counter(engine)
    await engine.dispose()


async def away() -> None:
    raise ProviderUnavailable("the provider is away")


async def recorded(engine: AsyncEngine, name: str) -> tuple[str, int | None] | None:
    found = await records.get(engine, ORDER_ID, name)
    return None if found is None else (found.outcome, found.version)


async def types(engine: AsyncEngine) -> list[str]:
    found: list[Event] = list(await events.events(engine, ORDER_ID))
    assert [event.sequence for event in found] == list(range(1, len(found) + 1))
    return [event.type for event in found]


def code(result: Result) -> str:
    assert result.outcome == "refused"
    return str((result.error or {})["code"])


# Once


async def test_a_command_that_comes_again_is_not_done_again_whatever_the_version(counter: Counter) -> None:
    await counter.place()
    first = await counter.do(c.AddNote(body="a"), "a")
    await counter.do(c.AddNote(body="b"), "b")
    again = await counter.do(c.AddNote(body="a"), "a")
    assert (again.outcome, again.version, again.subject) == ("done", 2, first.subject)
    assert again.standing is not None
    assert again.standing.version == 3
    assert [note.body for note in (await counter.order()).notes] == ["a", "b"]


async def test_attempts_at_once_are_one_command_and_others_wait_their_turn(counter: Counter) -> None:
    await counter.place()
    tried = await asyncio.gather(*(counter.do(c.AddNote(body=n), n) for n in ("a", "b", "a", "b", "a")))
    assert {r.outcome for r in tried} == {"done"}
    assert sorted(note.body for note in (await counter.order()).notes) == ["a", "b"]
    assert (await counter.order()).version == 3


async def test_money_asked_for_twice_moves_once(counter: Counter) -> None:
    await counter.place()
    first = await counter.do(VISA, "pay")
    again = await counter.do(VISA, "pay")
    assert (first.subject, first.outcome) == (again.subject, again.outcome)
    assert len(counter.bank.asked) == 1
    assert await types(counter.engine) == ["order.created", "order.confirmed", "payment.captured", "order.paid"]


def test_a_providers_key_is_of_the_request_and_of_no_version() -> None:
    asked = [Operation(kind="void", payment_id="p", provider="sandbox")] * 2
    first, second = (operation.key for operation in keyed("o", "r", asked))
    assert first != second
    assert [operation.key for operation in keyed("o", "r", asked)] == [first, second]
    assert not {first, second} & {op.key for op in [*keyed("o", "s", asked), *keyed("p", "r", asked)]}


# Refused


async def test_a_refusal_is_recorded_and_stays_one(counter: Counter) -> None:
    await counter.place(confirm=True)
    refused = await counter.do(c.Fulfill(), "f")
    assert (code(refused), await recorded(counter.engine, "f")) == ("payment_required", ("refused", None))
    await counter.do(VISA, "pay")
    again = await counter.do(c.Fulfill(), "f")
    assert again.error == refused.error
    assert (await counter.do(c.Fulfill(), "g")).outcome == "done"


async def test_too_little_stock_is_a_refusal_that_names_the_line(counter: Counter) -> None:
    await counter.place(on_hand=1)
    refused = await counter.do(c.Confirm(), "confirm")
    assert code(refused) == "insufficient_inventory"
    (line,) = (refused.error or {})["data"]["lines"]
    assert (line["wanted"], line["available"]) == (UNITS, 1)
    await catalog.load(counter.engine, False, [Entry(id="var_1", product_name="T", unit_price=1, on_hand=9)], now=0)
    assert code(await counter.do(c.Confirm(), "confirm")) == "insufficient_inventory"
    assert (await counter.order()).stage == "draft"


async def test_an_old_if_match_is_refused_by_the_order_too(counter: Counter) -> None:
    await counter.place()
    await counter.do(c.AddNote(body="a"), "a")
    assert code(await counter.do(c.AddNote(body="b"), "b", if_match=1)) == "precondition_failed"
    assert (await counter.do(c.AddNote(body="c"), "c", if_match=2)).outcome == "done"


@pytest.mark.parametrize("task", [
    told(c.AddNote(body="x"), "r", command={"body": 7}), told(c.AddNote(body="x"), "r", command={"text": "x"}),
    Task(order_id=ORDER_ID, verb="explode", request=told(VISA, "r").request, command={}, now=T0),
])  # fmt: skip
async def test_what_cannot_be_read_is_refused(counter: Counter, task: Task) -> None:
    await counter.place()
    assert code(await counter.perform(task)) == "validation_error"
    assert (await counter.order()).version == 1


async def test_an_order_nobody_placed_is_absent(counter: Counter) -> None:
    assert (await counter.do(c.Confirm(), "confirm")).outcome == "absent"
    assert (await counter.perform(finishing())).outcome == "absent"


# By reference


async def claimed(engine: AsyncEngine, command: c.Command, name: str) -> Task:
    """A command kept with the claim of its request, as the door does with what is private."""
    request = Request(id=name, actor=Actor(kind="customer", id="cust_1"))
    claim = Claim(f"key:{name}", name, "cust_1", False, "f", ORDER_ID, 0, write(command, request))
    assert await claims.take(engine, claim)
    return told(command, name, command=None)


async def test_a_command_by_reference_is_read_from_its_claim(counter: Counter) -> None:
    await counter.place()
    result = await counter.perform(await claimed(counter.engine, c.AddNote(body="private"), "r"))
    assert result.outcome == "done"
    (note,) = (await counter.order()).notes
    (_, made) = await events.events(counter.engine, ORDER_ID)
    assert (note.body, made.actor) == ("private", Actor(kind="customer", id="cust_1"))


async def test_a_reference_nobody_knows_is_refused_for_good(counter: Counter) -> None:
    await counter.place()
    task = told(c.AddNote(body="x"), "r", command=None)
    assert code(await counter.perform(task)) == "unknown_request"
    assert await recorded(counter.engine, "r") == ("refused", None)
    await claimed(counter.engine, c.AddNote(body="x"), "r")
    assert code(await counter.perform(task)) == "unknown_request"


# Attempts that end early


class Clock:
    """The monotonic clock of an attempt."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(execute, "time", made)
    return made


@pytest.mark.parametrize("command", [c.AddNote(body="x"), c.Fulfill(), VISA])
async def test_an_attempt_whose_time_is_up_commits_nothing(counter: Counter, command: c.Command) -> None:
    await counter.place()
    with pytest.raises(StoreUnavailable, match="time was up"):
        await counter.perform(told(command, "r"), seconds=-1)
    assert (await recorded(counter.engine, "r"), await counter.asking()) == (None, None)
    assert (await counter.order()).version == 1
    assert counter.bank.asked == []


async def test_an_attempt_that_asked_for_too_long_leaves_the_end_to_the_next(counter: Counter, clock: Clock) -> None:
    await counter.place()

    async def takes_long() -> None:
        clock.now += 61

    counter.bank.after = takes_long
    with pytest.raises(StoreUnavailable, match="time was up"):
        await counter.do(VISA, "pay")
    assert (await counter.asking(), await recorded(counter.engine, "pay")) == ("pay", None)
    counter.bank.after = None
    assert (await counter.do(VISA, "pay")).outcome == "done"
    assert [fresh for _, fresh in counter.bank.asked] == [True, False]
    assert (len(counter.bank.moved), (await counter.order()).payments[0].captured) == (1, 5998)
    assert await counter.asking() is None


async def test_a_cancelled_attempt_ends_what_it_has_begun(counter: Counter) -> None:
    await counter.place()
    called, go_on = asyncio.Event(), asyncio.Event()

    async def in_the_middle() -> None:
        called.set()
        await go_on.wait()

    counter.bank.before = in_the_middle
    attempt = asyncio.create_task(counter.do(VISA, "pay"))
    await called.wait()
    attempt.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert (await counter.order()).payments[0].captured == 5998
    assert (await recorded(counter.engine, "pay"), await counter.asking()) == (("applied", 2), None)


# Money is planned once


async def half_paid(counter: Counter) -> None:
    """A payment that was begun, of which nobody knows how it ended."""
    await counter.place()
    counter.bank.before = away
    with pytest.raises(ProviderUnavailable):
        await counter.do(VISA, "pay")
    counter.bank.before = None
    assert (await counter.asking(), await counter.reserved()) == ("pay", UNITS)


async def test_a_local_attempt_on_a_reserved_row_says_that_somebody_has_to_ask(counter: Counter) -> None:
    await half_paid(counter)
    result = await counter.do(c.AddNote(body="x"), "note", local=True)
    assert (result.outcome, result.asks and result.asks.activity) == ("asks", FINISH)
    assert (len(counter.bank.asked), (await counter.order()).version) == (1, 1)
    assert await recorded(counter.engine, "note") is None


async def test_another_command_ends_the_payment_first(counter: Counter) -> None:
    await half_paid(counter)
    result = await counter.do(c.Fulfill(), "fulfill")
    assert result.outcome == "done", "it is paid by now"
    assert await recorded(counter.engine, "pay") == ("applied", 2)
    assert await recorded(counter.engine, "fulfill") == ("applied", 3)
    assert [fresh for _, fresh in counter.bank.asked] == [True, False]
    again = await counter.do(VISA, "pay")
    assert (again.outcome, again.version, len(counter.bank.asked)) == ("done", 2, 2)


async def test_the_sweeps_finish_ends_it_and_does_nothing_else(counter: Counter) -> None:
    await half_paid(counter)
    result = await counter.perform(finishing())
    assert result.standing is not None
    assert (result.outcome, result.standing.version, result.standing.asking) == ("done", 2, False)
    assert (await recorded(counter.engine, "pay"), await recorded(counter.engine, "finish")) == (("applied", 2), None)
    assert (await counter.perform(finishing())).outcome == "done"
    assert (await counter.order()).version == 2


async def test_what_asks_nobody_is_local_and_what_asks_says_so(counter: Counter) -> None:
    await counter.place()
    result = await counter.do(VISA, "pay", local=True)
    assert result.asks is not None
    assert (result.outcome, result.asks.activity) == ("asks", AUTHORIZE)
    assert result.asks.summary == "pay: authorize 59.98 USD"
    assert (counter.bank.asked, await counter.asking(), await counter.reserved()) == ([], None, 0)
    assert (await counter.do(c.AddNote(body="x"), "note", local=True)).outcome == "done"


async def test_what_was_begun_is_performed_as_it_was_planned(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    await half_paid(counter)
    (planned, _), *_ = counter.bank.asked

    def other_rule(order: Any, command: Any, now: Any, actor: Any) -> list[Operation]:
        raise AssertionError("money is planned once")

    monkeypatch.setitem(RULES, "pay", dataclasses.replace(RULES["pay"], plan=other_rule))
    await counter.perform(finishing())
    assert [operation for operation, _ in counter.bank.asked] == [planned, planned]
    order = await counter.order()
    assert (order.payments[0].captured, order.stage, await counter.reserved()) == (5998, "confirmed", UNITS)


@pytest.mark.parametrize("prelude", [False, True])
@pytest.mark.parametrize("confirmed", [False, True])
async def test_what_no_longer_fits_is_settled_as_what_the_provider_did(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, confirmed: bool, prelude: bool
) -> None:
    """`prelude`: the newer rule refuses already what had to be so before money moved."""
    await counter.place(confirm=confirmed)
    counter.bank.before = away
    with pytest.raises(ProviderUnavailable):
        await counter.do(VISA, "pay")
    counter.bank.before = None

    def refuses(*_: object) -> None:
        raise InvalidTransition("a newer release does not want this")

    monkeypatch.setitem(RULES, "pay", dataclasses.replace(RULES["pay"], apply=refuses))
    if prelude:
        monkeypatch.setattr(settling, "prelude", refuses)
    await counter.perform(finishing())
    order = await counter.order()
    assert [(p.captured, p.state) for p in order.payments] == [(5998, "captured")]
    assert (await recorded(counter.engine, "pay"), await counter.asking()) == (("applied", order.version), None)
    wanted = UNITS if order.stage == "confirmed" else 0
    assert await counter.reserved() == wanted, "stock is held for what the order promises, once"
    assert len(await types(counter.engine)) >= 2


async def test_what_a_release_before_began_is_ended_under_the_key_it_had(counter: Counter) -> None:
    """Its operations knew no request and its row no stock that was moved ahead: both are planned as they were then."""
    await half_paid(counter)
    async with writing(counter.engine) as conn:
        asking = dict(await orders.asking(counter.engine, ORDER_ID) or {})
        del asking["ahead"]
        old = {"key": f"{ORDER_ID}:1:0", "request_id": None, "operation": None}
        await conn.execute(payment_operations.update().values(old))
        await conn.execute(orders_table.update().values(asking=asking))
    await counter.perform(finishing())
    operation, fresh = counter.bank.asked[-1]
    assert (operation.key, operation.amount, fresh) == (f"{ORDER_ID}:1:0", 5998, False)
    assert await operations.unsettled(counter.engine, before=2**40) == []
    assert await recorded(counter.engine, "pay") == ("applied", 2)
    assert ((await counter.order()).stage, await counter.reserved()) == ("confirmed", UNITS)


# Placing and paying in one


async def test_one_request_places_and_pays(counter: Counter) -> None:
    result = await counter.place(payment=VISA)
    order = await counter.order()
    assert (result.outcome, order.version, order.stage) == ("done", 2, "confirmed")
    assert (order.payments[0].captured, await counter.reserved()) == (order.total, UNITS)
    assert (await recorded(counter.engine, "place"), await counter.asking()) == (("applied", 2), None)
    assert (await types(counter.engine))[:2] == ["order.created", "order.confirmed"]
    assert (await counter.perform(placing("place", payment=VISA))).version == 2
    assert len(counter.bank.asked) == 1


async def test_a_declined_checkout_is_a_draft_whose_stock_is_free(counter: Counter) -> None:
    result = await counter.place(payment=NO_MONEY)
    order = await counter.order()
    assert (result.outcome, order.stage, order.declines) == ("done", "draft", 1)
    assert (order.payments[0].id, order.payments[0].state) == (result.subject, "failed")
    assert (await counter.reserved(), await counter.asking()) == (0, None)
    assert await recorded(counter.engine, "place") == ("applied", 2)


async def test_a_checkout_without_stock_leaves_no_order_and_asks_nobody(counter: Counter) -> None:
    result = await counter.place(on_hand=1, payment=VISA)
    assert (code(result), counter.bank.asked) == ("insufficient_inventory", [])
    assert await orders.load(counter.engine, ORDER_ID) is None
    assert (await counter.reserved(), await recorded(counter.engine, "place")) == (0, ("refused", None))


@pytest.mark.parametrize("confirm", [False, True])
async def test_a_checkout_that_stopped_half_way_is_ended_by_whoever_comes(counter: Counter, confirm: bool) -> None:
    counter.bank.after = away
    with pytest.raises(ProviderUnavailable):
        await counter.place(payment=VISA, confirm=confirm)
    assert ((await counter.order()).version, await counter.asking(), await counter.reserved()) == (1, "place", UNITS)
    counter.bank.after = None
    await counter.perform(finishing())
    again = await counter.perform(placing("place", payment=VISA, confirm=confirm))
    assert (again.outcome, again.version, await counter.reserved()) == ("done", 2, UNITS)
    assert (len(counter.bank.moved), (await counter.order()).payments[0].captured) == (1, 5998)


async def test_a_local_checkout_says_that_somebody_has_to_be_asked(counter: Counter) -> None:
    result = await counter.place(payment=VISA, local=True)
    assert (result.outcome, result.asks and result.asks.activity) == ("asks", AUTHORIZE)
    assert await orders.load(counter.engine, ORDER_ID) is None


# Windows


async def test_a_window_is_fired_once_and_only_as_it_was_read(counter: Counter) -> None:
    placed = await counter.place(confirm=True)
    assert placed.standing is not None
    due = placed.standing.deadline
    assert due is not None
    for moved in (
        window(due.name, due.at, version=2), window(due.name, due.at - timedelta(seconds=1), version=1),
        window("return window", due.at, version=1),
    ):  # fmt: skip
        result = await counter.perform(moved)
        assert (result.outcome, result.standing) == ("stale", placed.standing)
    assert (await counter.order()).version == 1
    early = window(due.name, due.at, version=1, now=T0)
    assert (await counter.perform(early)).outcome == "done", "a rebuilt run's clock may be behind"
    order = await counter.order()
    assert (order.stage, order.updated_at, await counter.reserved()) == ("cancelled", due.at, 0)
    assert (await counter.perform(early)).outcome == "done"
    assert (await counter.order()).version == 2


async def test_a_window_of_no_order_is_absent(counter: Counter) -> None:
    assert (await counter.perform(window("payment window", T0, 1))).outcome == "absent"


def test_an_error_survives_its_record() -> None:
    error = InvalidTransition("no", version=3)
    assert OrderError.from_dict(error.to_dict()).to_dict() == error.to_dict()
