"""People, their sessions and links, and the money they gave back, on both databases."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import audit, sessions, spending, staff

NOW = 1_750_000_000


async def test_an_address_is_one_person_in_any_case(engine: AsyncEngine) -> None:
    made = await staff.add(engine, " Jo@Example.com ", "agent", NOW)
    assert made.email == "jo@example.com"
    assert await staff.find(engine, "JO@example.com") == made
    with pytest.raises(ValueError, match="is known already"):
        await staff.add(engine, "jo@EXAMPLE.com", "owner", NOW)
    for wrong in (
        "",
        "jo",
        "jo@",
        "@example.com",
        "jo smith@example.com",
        "jo@example.com\n",
        f"{'x' * 250}@example.com",
    ):
        if wrong.strip() != made.email:
            with pytest.raises(ValueError, match="no e-mail address"):
                await staff.add(engine, wrong, "agent", NOW)


async def test_the_owner_is_the_one_who_is_there_longest_and_may_sign_in(engine: AsyncEngine) -> None:
    assert await staff.owner(engine) is None
    first = await staff.add(engine, "first@example.com", "owner", NOW)
    second = await staff.add(engine, "second@example.com", "owner", NOW + 1)
    assert (await staff.owner(engine)) == first
    await staff.disable(engine, first.id, NOW)
    assert (await staff.owner(engine)) == second
    await staff.set_role(engine, second.id, "viewer")
    assert await staff.owner(engine) is None
    await staff.enable(engine, first.id)
    assert (await staff.owner(engine)) == first


async def test_a_link_opened_by_many_at_once_opens_one_session(engine: AsyncEngine) -> None:
    person = await staff.add(engine, "jo@example.com", "agent", NOW)
    link = await sessions.link(engine, person.id, NOW)
    opened = await asyncio.gather(*(sessions.use_link(engine, link, NOW) for _ in range(5)))
    tokens = [token for token in opened if token is not None]
    assert len(tokens) == 1
    session = await sessions.find(engine, tokens[0], NOW)
    assert session is not None
    assert (session.person.id, session.livemode) == (person.id, False)


async def test_a_mode_belongs_to_its_session(engine: AsyncEngine) -> None:
    person = await staff.add(engine, "jo@example.com", "agent", NOW)
    one, other = [await sessions.begin(engine, person.id, NOW) for _ in range(2)]
    session = await sessions.find(engine, one, NOW)
    assert session is not None
    await sessions.set_mode(engine, session, livemode=True)
    modes = [await sessions.find(engine, token, NOW) for token in (one, other)]
    assert [found.livemode for found in modes if found] == [True, False]


async def test_failed_attempts_are_counted_until_they_are_old_or_forgiven(engine: AsyncEngine) -> None:
    await asyncio.gather(*(sessions.failed(engine, "jo", NOW) for _ in range(4)))
    assert await sessions.failures(engine, "jo", NOW) == 4
    assert await sessions.failures(engine, "ann", NOW) == 0
    assert await sessions.failures(engine, "jo", NOW + 2 * sessions.BUCKET_SECONDS) == 0
    await sessions.forgiven(engine, "jo")
    assert await sessions.failures(engine, "jo", NOW) == 0


async def _enter(engine: AsyncEngine, request: str, person: str, order: str, at: int = NOW) -> spending.Spent | None:
    return await spending.enter(
        engine, request_id=request, person_id=person, order_id=order, amount=300, limit=1000, now=at
    )


@pytest.mark.parametrize("shared", ["person", "order"])
async def test_sums_sent_at_once_never_go_above_the_limit_together(engine: AsyncEngine, shared: str) -> None:
    """By one person on many orders; on one order by many people."""
    for n in range(8):
        await staff.add(engine, f"p{n}@example.com", "agent", NOW)
    people = [person.id for person in await staff.everybody(engine)]
    who = [people[0]] * 8 if shared == "person" else people
    which = [f"order-{n}" for n in range(8)] if shared == "person" else ["order"] * 8
    entered = await asyncio.gather(*(_enter(engine, f"r{n}", who[n], which[n]) for n in range(8)))
    assert sum(spent is None for spent in entered) == 3
    after = await _enter(engine, "late", who[0], which[0])
    assert after is not None
    assert after.most >= 900


async def test_a_request_counts_once_a_refused_one_not_and_an_old_one_no_more(engine: AsyncEngine) -> None:
    person = (await staff.add(engine, "jo@example.com", "agent", NOW)).id
    for _ in range(5):
        assert await _enter(engine, "same", person, "order") is None
    for n in range(2):
        assert await _enter(engine, f"r{n}", person, "order") is None
    assert await _enter(engine, "above", person, "order") == spending.Spent(900, 900)
    await spending.take_out(engine, "same")
    assert await _enter(engine, "fits", person, "order") is None
    assert await _enter(engine, "tomorrow", person, "order", NOW + spending.WINDOW_SECONDS + 1) is None


async def test_what_people_did_is_told_newest_first(engine: AsyncEngine) -> None:
    person = await staff.add(engine, "jo@example.com", "agent", NOW)
    for n in range(3):
        await audit.note(engine, person, "signed_in", str(n), livemode=False, now=NOW)
    await audit.note(engine, person, "signed_in", "live", livemode=True, now=NOW)
    rows = await audit.newest(engine, False, limit=2)
    assert [row.about for row in rows] == ["2", "1"]
    assert [row.about for row in await audit.newest(engine, False, after=(rows[-1].at, rows[-1].id))] == ["0"]
