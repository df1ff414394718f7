"""Claims of Idempotency-Keys: taken once, read with what became of their command, kept while it has left no trace."""

import asyncio
import dataclasses
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import NothingDue
from domain.order import Order
from store.access import claims
from store.access.claims import Claim, StoredAnswer, UnsettledClaim
from store.database.engine import reading, writing
from store.order import orders
from store.tables import claims as t
from tests.saving import save
from tests.store.builders import changed, events_of, make_order, request
from tests.store.plans import plan_of

CLAIM = Claim(
    id="c", request_id="r", owner="secret", livemode=False, fingerprint="f", order_id="o", created_at=0,
    content='{"verb": "pay"}',
)  # fmt: skip
ANSWER = StoredAnswer(201, {"ETag": '"1"'}, b'{"a": "\xc3\xa9"}')


async def taken(engine: AsyncEngine, **fields: Any) -> Claim:
    claim = dataclasses.replace(CLAIM, **fields)
    assert await claims.take(engine, claim)
    return claim


async def done(engine: AsyncEngine, request_id: str, *, remember: bool = True, subject: str | None = None) -> Order:
    """An order placed under this request id."""
    order = make_order()
    await save(
        engine, planned_on=0, order=order, events=events_of(order), request=request(request_id, remember=remember),
        subject=subject,
    )  # fmt: skip
    return order


async def test_one_of_many_claims_of_a_key_is_taken(engine: AsyncEngine) -> None:
    mine = [dataclasses.replace(CLAIM, request_id=f"r{n}", order_id=f"o{n}") for n in range(20)]
    took = await asyncio.gather(*(claims.take(engine, claim) for claim in mine))
    assert took.count(True) == 1
    assert await claims.find(engine, "c") == mine[took.index(True)]


async def test_a_request_id_is_claimed_once_whatever_the_key(engine: AsyncEngine) -> None:
    await taken(engine)
    assert not await claims.take(engine, dataclasses.replace(CLAIM, id="other"))
    assert await claims.find(engine, "other") is None


async def test_a_refusal_of_the_advice_is_claimed_with_its_answer(engine: AsyncEngine) -> None:
    claim = await taken(engine, content=None, answer=ANSWER)
    assert await claims.find(engine, "c") == claim


async def test_the_content_is_found_by_the_request(engine: AsyncEngine) -> None:
    await taken(engine)
    assert await claims.content(engine, "r") == '{"verb": "pay"}'
    assert await claims.content(engine, "c") is None


async def test_a_claim_that_holds_nothing_is_filled_once(engine: AsyncEngine) -> None:
    await taken(engine, content=None)
    await claims.fill(engine, "c", "{}")
    await claims.fill(engine, "c", "another")
    assert await claims.content(engine, "r") == "{}"


async def test_the_first_answer_stays_byte_for_byte(engine: AsyncEngine) -> None:
    await taken(engine)
    await taken(engine, id="d", request_id="s")
    await claims.store_answers(engine, [("c", ANSWER), ("d", StoredAnswer(204, {}, b""))])
    await claims.store_answers(engine, [("c", StoredAnswer(500, {}, b"")), ("nobody", ANSWER)])
    first, second = await claims.find(engine, "c"), await claims.find(engine, "d")
    assert first is not None
    assert second is not None
    assert (first.answer, second.answer) == (ANSWER, StoredAnswer(204, {}, b""))


async def test_a_claim_is_read_with_what_its_command_did(engine: AsyncEngine) -> None:
    order = await done(engine, "r", subject="refund_1")
    await taken(engine, order_id=order.id)
    later = changed(order, note="later")
    await save(engine, planned_on=1, order=later, events=events_of(later), request=request("next"))
    found = await claims.find(engine, "c")
    assert found is not None
    assert (found.outcome, found.version, found.subject, found.order) == ("applied", 1, "refund_1", order)


async def test_a_claim_is_read_with_why_its_command_was_refused(engine: AsyncEngine) -> None:
    await taken(engine)
    error = NothingDue("nothing is due").to_dict()
    await orders.refuse(engine, "o", request("r"), "pay", error)
    found = await claims.find(engine, "c")
    assert found is not None
    assert (found.outcome, found.error, found.version, found.order) == ("refused", error, None, None)


async def test_a_record_of_another_order_is_not_this_claims(engine: AsyncEngine) -> None:
    await done(engine, "r")
    await taken(engine, order_id="another")
    found = await claims.find(engine, "c")
    assert found is not None
    assert found.outcome is None


async def test_a_claim_is_given_back_only_while_nothing_came_of_it(engine: AsyncEngine) -> None:
    await taken(engine)
    assert await claims.release(engine, "c")
    assert await claims.find(engine, "c") is None
    assert not await claims.release(engine, "c")
    await taken(engine, id="given up", request_id="refused")
    await orders.refuse(engine, "o", request("refused"), "pay", NothingDue("nothing is due").to_dict())
    assert await claims.release(engine, "given up")
    order = await done(engine, "applied")
    kept = [
        await taken(engine, id="1", request_id="applied", order_id=order.id),
        await taken(engine, id="2", request_id="answered", answer=ANSWER),
    ]
    for claim in kept:
        assert not await claims.release(engine, claim.id)
        assert await claims.find(engine, claim.id) is not None


async def test_in_flight_is_what_was_sent_and_left_no_trace(engine: AsyncEngine) -> None:
    async def busy(besides: str = "me") -> bool:
        return await claims.in_flight(engine, "o", besides)

    assert not await busy()
    await taken(engine)
    assert await busy()
    assert not await busy("r"), "a command does not wait for itself"
    assert not await claims.in_flight(engine, "another", "me")
    await orders.refuse(engine, "o", request("r"), "pay", NothingDue("nothing is due").to_dict())
    assert not await busy(), "a record is a trace"
    await taken(engine, id="d", request_id="s")
    assert await busy()
    await claims.store_answers(engine, [("d", ANSWER)])
    assert not await busy(), "an answer is one"
    await taken(engine, id="e", request_id="u", content=None)
    assert not await busy(), "nothing was sent"


async def test_unsettled_are_commands_without_a_trace_oldest_first(engine: AsyncEngine) -> None:
    await taken(engine, id="young", request_id="young", created_at=100)
    await taken(engine, id="b", request_id="b", created_at=20)
    await taken(engine, id="a", request_id="a", created_at=10, order_id="p")
    await taken(engine, id="answered", request_id="answered", answer=ANSWER)
    await taken(engine, id="write", request_id="write", content=None)
    order = await done(engine, "applied", remember=False)
    await taken(engine, id="applied", request_id="applied", order_id=order.id)
    await taken(engine, id="refused", request_id="refused")
    await orders.refuse(engine, "o", request("refused"), "pay", NothingDue("nothing is due").to_dict())
    assert await claims.unsettled(engine, before=100) == [UnsettledClaim("a", "p"), UnsettledClaim("b", "o")]
    assert await claims.unsettled(engine, before=100, limit=1) == [UnsettledClaim("a", "p")]


async def test_claims_are_kept_for_a_day_and_while_their_command_has_left_no_trace(engine: AsyncEngine) -> None:
    await taken(engine, id="unsettled", request_id="u", created_at=1)
    await taken(engine, id="answered", request_id="a", created_at=1000, answer=ANSWER)
    await taken(engine, id="write", request_id="w", created_at=1000, content=None)
    order = await done(engine, "r")
    await taken(engine, id="recorded", request_id="r", created_at=1000, order_id=order.id)
    assert await claims.sweep(engine, now=1000 + 86_400, kept_seconds=86_400) == 0
    with pytest.raises(ValueError, match="a day"):
        await claims.sweep(engine, now=10**9, kept_seconds=86_399)
    assert await claims.sweep(engine, now=1001 + 2 * 86_400, limit=2) == 2
    assert await claims.sweep(engine, now=1001 + 2 * 86_400) == 1
    async with reading(engine) as conn:
        assert (await conn.execute(select(t.c.id))).scalars().all() == ["unsettled"]


async def test_what_has_no_answer_is_found_by_its_own_index(engine: AsyncEngine) -> None:
    rows = [
        {
            "id": f"c{n}", "request_id": f"r{n}", "owner": "secret", "livemode": False, "fingerprint": "f",
            "order_id": f"o{n}", "created_at": n, "content": "{}", "status": None if n % 1000 == 0 else 200,
        }
        for n in range(5000)
    ]  # fmt: skip
    async with writing(engine) as conn:
        await conn.execute(t.insert(), rows)
    async with writing(engine) as conn:
        await conn.execute(text("ANALYZE"))
    assert "ix_claims_unanswered" in await plan_of(engine, claims.in_flight(engine, "o1000", "me"))
