"""What people look for among a million stored orders, on SQLite and on PostgreSQL: first, middle and last page of every list.

What is timed is what the routes ask of the store (store/lists/), with a row more than a page has, as they ask: a last page has to
find out that nothing follows. Both databases hold the same orders (millions.py) and are asked one after the other.
"""

import asyncio
import math
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, UnaryExpression, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.faces import AXES
from benchmarks import lists
from benchmarks.lists import ALL_TEST, PAGE
from benchmarks.millions import EVERY_SECONDS, SINCE, START, Place, fill, patient
from store.database import migrate
from store.database.engine import COMMAND_SECONDS, StoreUnavailable, create_engine, fetch
from store.lists import agenda, facets, figures, found, listing, tasks
from store.lists.filters import Filter
from store.lists.search import LAST
from store.tables import deadlines as d
from store.tables import order_waits as w
from store.tables import orders as t
from store.tables import search_terms as s
from store.tables import tasks as k
from tests.databases import FAST, Postgres

ORDERS: Final = 1_000_000
TIMES: Final = 51
FEW: Final = 3
"""How often what takes seconds is asked."""
ASKED: Final = PAGE + 1
GOAL_MS: Final = 10
ZONE: Final = ZoneInfo("Europe/Berlin")
READ: Final = FAST | {"shared_buffers": "256MB", "maintenance_work_mem": "512MB", "max_wal_size": "8GB"}
"""PostgreSQL's memory is a small part of the database; what is not safe is only that nothing is flushed while it is filled."""

Get = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Timed:
    """Median milliseconds of one list's pages; None: there is no such page. `count`: matches, or days."""

    name: str
    count: int
    first: float
    middle: float | None
    last: float | None
    goal: int | None = GOAL_MS


@dataclass(frozen=True)
class Walk:
    """A list by keyset: its page from behind some keys, and the rows it walks, in its order, to find the keys of a deep page."""

    name: str
    page: Callable[[Any], Awaitable[Sequence[Any]]]
    keys: tuple[ColumnElement[Any], ...]
    order: tuple[UnaryExpression[Any] | ColumnElement[Any], ...]
    where: tuple[ColumnElement[bool], ...]
    as_keys: Callable[[Sequence[Any]], Sequence[Any]] = tuple
    goal: int | None = GOAL_MS


def _term(
    engine: AsyncEngine, name: str, q: str, *, stands: str | None = None, waits_for: str | None = None,
    goal: int | None = GOAL_MS,
) -> Walk:  # fmt: skip
    """`stands`: the last of the terms at which orders stand that have several such."""
    end = q + LAST if stands is None else stands
    own: tuple[ColumnElement[bool], ...] = (s.c.livemode.is_(False), s.c.term >= q, s.c.term <= end)
    if waits_for is not None:
        own += (s.c.order_id.in_(select(w.c.order_id).where(w.c.word == waits_for)),)
    return Walk(
        name, lambda keys: found.by_term(engine, ALL_TEST, q, Filter(), waits_for=waits_for, after=keys, limit=ASKED),
        (s.c.term, s.c.newest, s.c.order_id), (s.c.term, s.c.newest, s.c.order_id), own, goal=goal,
    )  # fmt: skip


def _terms(engine: AsyncEngine, some: Place) -> list[Walk]:
    """Every kind of thing an operator remembers of this order, then words that many orders share."""
    one = {
        "number": str(some.number), "id": some.ident.lower(), "e-mail": some.email, "phone": some.phone, "name": some.name,
        "tracking number": some.tracking, "payment reference": some.payment,
    }  # fmt: skip
    given = some.name.split()[0]
    return [
        *(_term(engine, f"q: a whole {kind}", q) for kind, q in one.items()),
        _term(engine, "q: a phone's first 8 digits", some.phone[:8]),
        _term(engine, f"q={given}: a given name, its mails and whole names", given, stands=given),
        _term(engine, "q=sku-cap: one of fifty SKUs", "sku-cap"),
        _term(engine, "q=sku-shirt: a SKU of every order", "sku-shirt"),
        _term(engine, "q=sku-cap and waitsFor=payment", "sku-cap", waits_for="payment"),
        _term(engine, "q=pi_: the beginning of a term of every order", "pi_"),
        _term(engine, "q=1: of two or three terms of every order", "1", stands="15" + LAST, goal=None),
    ]


def _walks(engine: AsyncEngine, now: int) -> list[Walk]:
    def open_tasks(kinds: Sequence[str]) -> Callable[[Any], Awaitable[Sequence[Any]]]:
        return lambda keys: tasks.open_tasks(engine, False, now, kinds=kinds, after=keys, limit=ASKED)

    def task_keys(row: Sequence[Any]) -> Sequence[Any]:
        return row[0], row[1], f"{row[2]}:{row[3]}"

    task, mode = (k.c.place, k.c.kind, k.c.order_id, k.c.ref), k.c.livemode.is_(False)
    return [
        *(
            Walk(f"waitsFor={word}",
                 lambda keys, word=word: found.by_wait(engine, ALL_TEST, word, Filter(), after=keys, limit=ASKED),  # type: ignore[misc]
                 (w.c.created_at, w.c.order_id), (w.c.created_at.desc(), w.c.order_id.desc()),
                 (w.c.livemode.is_(False), w.c.word == word))
            for word in ("payment", "confirmation")
        ),
        Walk("agenda", lambda keys: agenda.coming(engine, False, after=keys, limit=ASKED),
             (d.c.at, d.c.order_id, d.c.name), (d.c.at, d.c.order_id, d.c.name), (d.c.livemode.is_(False),)),
        Walk("tasks, all kinds", open_tasks(tasks.KINDS), task, task, (mode,), task_keys),
        Walk("tasks, one kind", open_tasks(("surplus",)), task, task, (mode, k.c.kind == "surplus"), task_keys),
    ]  # fmt: skip


async def _timed(pages: Sequence[Get], times: int) -> list[float]:
    """Medians, the pages in turn; infinite where the store gave up."""
    taken: list[list[float]] = [[] for _ in pages]
    for _ in range(times):
        for get, spent in zip(pages, taken, strict=True):
            begin = time.perf_counter()
            try:
                await get()
            except StoreUnavailable:  # five seconds were over
                spent.append(math.inf)
                continue
            spent.append((time.perf_counter() - begin) * 1000)
    return [statistics.median(spent) for spent in taken]


async def _pages(name: str, count: int, pages: Sequence[Get], goal: int | None = GOAL_MS) -> Timed:
    times = TIMES if goal is not None else min(TIMES, FEW)
    first, *deep = await _timed(pages, times)
    middle, last = deep or (None, None)
    return Timed(name, count, first, middle, last, goal)


async def _places(engine: AsyncEngine, walk: Walk) -> tuple[int, list[Any]]:
    """How many rows there are, and the keys that the first, a middle and the last page begin behind."""
    rows = select(*walk.keys).where(*walk.where).order_by(*walk.order).limit(1)
    async with patient(engine) as own:
        count = int((await fetch(own, select(func.count()).where(*walk.where)))[0][0])
        deep = (count // 2, count - PAGE - 1) if count > 3 * PAGE else ()
        return count, [None, *[walk.as_keys((await fetch(own, rows.offset(place)))[0]) for place in deep]]


async def _walked(engine: AsyncEngine, walk: Walk) -> Timed:
    count, after = await _places(engine, walk)
    if len(await walk.page(None)) != min(count, ASKED):
        raise AssertionError(f"{walk.name}: the first page does not have what there is")
    if len(after) > 1 and len(await walk.page(after[1])) != ASKED:
        raise AssertionError(f"{walk.name}: the middle page is not full")
    return await _pages(walk.name, count, [lambda keys=keys: walk.page(keys) for keys in after], walk.goal)  # type: ignore[misc]


async def _of_faces(engine: AsyncEngine) -> list[Timed]:
    """The lists of lists.py that have a goal, and the newest orders as the engine's own face asks for them."""
    done = []
    for name, (wanted, sort, goal) in lists.LISTS.items():
        if goal != lists.REPORTED:
            count = await listing.count(engine, ALL_TEST, wanted)
            last = max(0, count - PAGE)
            done.append(
                await _pages(name, count, [lists.numbered(engine, wanted, sort, at) for at in (0, last // 2, last)])
            )
    for name, wanted in lists.KEYSETS.items():
        count = await listing.count(engine, ALL_TEST, wanted)
        pages = [await lists.keyset(engine, wanted, at) for at in (0, count // 2, count - PAGE)]
        done.append(await _pages(name, count, pages))
    return done


async def _newest(engine: AsyncEngine, orders: int) -> Timed:
    places = [None, *((one.moment, one.ident) for one in (Place(orders // 2), Place(PAGE)))]
    return await _pages("newest", orders, [
        lambda after=after: listing.after(engine, ALL_TEST, Filter(), after=after, limit=ASKED, docs=True)  # type: ignore[misc]
        for after in places
    ])  # fmt: skip


async def _stats(engine: AsyncEngine, orders: int, name: str, days: int) -> Timed:
    """The newest span, one in the middle, the oldest."""
    begin, end = START.date(), (START + timedelta(seconds=orders * EVERY_SECONDS)).date() + timedelta(days=1)
    earliest = min(begin, end - timedelta(days=days))

    def of(since: date) -> Get:
        return lambda: figures.figures(engine, False, ZONE, since, since + timedelta(days=days))

    spans = [end - timedelta(days=days), earliest + (end - timedelta(days=days) - earliest) / 2, earliest]
    return await _pages(name, days, [of(since) for since in spans])


async def measure(engine: AsyncEngine, orders: int) -> list[Timed]:
    """Every list of a filled database."""
    some = Place(orders * 7 // 10)
    by_id = select(t.c.doc).where(t.c.id == some.ident)
    done = [await _pages("one order by its id, to compare", 1, [lambda: fetch(engine, by_id)])]
    done.append(await _newest(engine, orders))
    walks = (*_walks(engine, SINCE + orders * EVERY_SECONDS), *_terms(engine, some))
    done += [await _walked(engine, walk) for walk in walks]
    done += [await _stats(engine, orders, f"stats of {days} days", days) for days in (30, 365)]
    return done + await _of_faces(engine)


@contextmanager
def postgresql() -> Iterator[str]:
    """A migrated database on a server of its own, for the length of the block."""
    directory = Path(tempfile.mkdtemp(prefix="ordermill-people-", dir="/tmp"))  # a socket's path has 107 bytes
    server = None
    try:
        server = Postgres(directory, READ)
        yield server.url(server.clone())
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


async def _of(url: str, orders: int) -> list[Timed]:
    engine = create_engine(url)
    try:
        await fill(engine, orders)
        return await measure(engine, orders)
    finally:
        await engine.dispose()


def run(folder: Path, orders: int = ORDERS) -> dict[str, list[Timed]]:
    """Fill a database of each kind and time its lists; the first is gone before the second is filled."""
    facets.register(AXES)
    path = folder / "people.sqlite"
    url = f"sqlite+aiosqlite:///{path}"
    migrate.upgrade(url)
    done = {"SQLite": asyncio.run(_of(url, orders))}
    for file in folder.glob(f"{path.name}*"):
        file.unlink()
    with postgresql() as url:
        done["PostgreSQL"] = asyncio.run(_of(url, orders))
    return done


def _ms(found: float | None) -> str:
    if found is None:
        return "–"
    return f"{found:.1f}" if math.isfinite(found) else f"> {COMMAND_SECONDS * 1000:,.0f}"


def table(found: dict[str, list[Timed]]) -> str:
    """Markdown."""
    pages = " | ".join(f"{base}: first | middle | last" for base in found)
    head = f"| list, ms a page | rows | {pages} | goal |\n|---|--:|{'--:|' * 3 * len(found)}---|\n"
    rows = []
    for same in zip(*found.values(), strict=True):
        cells = " | ".join(_ms(ms) for one in same for ms in (one.first, one.middle, one.last))
        goal = "reported" if same[0].goal is None else f"≤ {same[0].goal}"
        rows.append(f"| {same[0].name} | {same[0].count:,} | {cells} | {goal} |\n")
    return head + "".join(rows)
