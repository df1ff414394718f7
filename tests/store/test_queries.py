"""Every list against the same list computed from the orders themselves, in plain Python."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.faces.commercehq import translate
from api.http import reading
from api.spelling import cursors
from domain.ids import to_uuid
from domain.money import EXPONENTS
from domain.order import Order
from store.database.clock import epoch
from store.database.engine import writing
from store.lists import counts, listing
from store.lists.facets import unpack
from store.lists.filters import Filter, Sort
from store.order import imports
from store.order.rows import row_of, slot_of
from store.tables import count_deltas
from tests import words as status
from tests.saving import save
from tests.store import lists
from tests.store.builders import START, events_of, make_order, request, sample

COUNT = 250
ORDERS = [o.model_copy(update={"version": 1 + i % 3}) for i, o in enumerate(sample(COUNT))]
MINE = [o for o in ORDERS if not o.livemode]
MIDDLE = sorted(epoch(o.created_at) for o in MINE)[len(MINE) // 2]
DAY = 86_400

Keep = Callable[[Order], bool]


@pytest_asyncio.fixture
async def stocked(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncEngine]:
    """The sample, half of it not folded yet, with lowered thresholds: deep pages and dense ranges take their own ways."""
    monkeypatch.setattr(listing, "DIRECT", 15)
    monkeypatch.setattr(listing, "FEW", 40)
    await imports.insert_orders(engine, [(o, ()) for o in ORDERS], batch=150)
    async with writing(engine) as conn:
        await conn.run_sync(unfold, ORDERS[::2])
    yield engine


def unfold(conn: Connection, some: list[Order]) -> None:
    """As if these were saved lately: out of the sums, into the deltas."""
    rows = [row for o in some for row in counts.added(None, slot_of(row_of(o, saved_at=0)))]
    taken = Counter({key: -by for key, by in counts.tree_of(rows).items()})
    counts.apply(conn, taken)
    conn.execute(insert(count_deltas), rows)


def expected(keep: Keep, key: Callable[[Order], Any], descending: bool = True) -> list[str]:
    found = [o for o in MINE if keep(o)]
    return [o.id for o in sorted(found, key=lambda o: (key(o), o.id), reverse=descending)]


def created(order: Order) -> int:
    return epoch(order.created_at)


async def whole_list(list_page: Any, size: int) -> tuple[list[str], int]:
    """All pages of a list, one after the other."""
    found: list[str] = []
    page = 1
    while True:
        answer = await list_page(page)
        found += [row.id for row in answer.rows]
        if len(answer.rows) < size:
            return found, answer.count
        page += 1


HANZO: list[tuple[dict[str, Any], Keep]] = [
    ({}, lambda o: True),
    *[({"status": w}, lambda o, w=w: status.hanzo_status(o) == w) for w in
      ("pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded", "returned", "failed")],
    *[({"status": w}, lambda o, w=w: status.lifecycle(o) == w) for w in ("draft", "paid")],
    *[({"payment_status": w}, lambda o, w=w: status.payment_status(o) == w) for w in
      ("pending", "authorized", "captured", "refunded")],
    *[({"fulfillment_status": w}, lambda o, w=w: status.fulfillment_status(o) == w) for w in
      ("unfulfilled", "partial", "fulfilled")],
    ({"status": "confirmed", "payment_status": "captured", "fulfillment_status": "unfulfilled"},
     lambda o: (status.hanzo_status(o), status.payment_status(o), status.fulfillment_status(o))
     == ("confirmed", "captured", "unfulfilled")),
    ({"status": "no such word"}, lambda o: False),
    ({"customer_id": "cust_1"}, lambda o: o.customer_id == "cust_1"),
    ({"customer_id": "cust_1", "status": "shipped"},
     lambda o: o.customer_id == "cust_1" and status.hanzo_status(o) == "shipped"),
    ({"since": MIDDLE}, lambda o: created(o) >= MIDDLE),
    ({"until": MIDDLE}, lambda o: created(o) < MIDDLE),
    ({"since": MIDDLE - 20 * DAY // 24, "until": MIDDLE + DAY // 2, "payment_status": "captured"},
     lambda o: MIDDLE - 20 * DAY // 24 <= created(o) < MIDDLE + DAY // 2 and status.payment_status(o) == "captured"),
    ({"until": MIDDLE, "fulfillment_status": "fulfilled"},
     lambda o: created(o) < MIDDLE and status.fulfillment_status(o) == "fulfilled"),
    ({"since": MIDDLE, "until": MIDDLE}, lambda o: False),
    ({"q": "ada@"}, lambda o: (o.email or "").lower().startswith("ada@")),
    ({"q": "A"}, lambda o: (o.email or "").lower().startswith("a")),
    ({"q": "a_"}, lambda o: (o.email or "").startswith("a_")),
    ({"q": "a%"}, lambda o: (o.email or "").startswith("a%")),
    ({"q": "%"}, lambda o: False),
    ({"q": "_"}, lambda o: False),
    ({"q": "\\"}, lambda o: False),
    ({"q": "13"}, lambda o: str(o.number).startswith("13")),
    ({"q": "1"}, lambda o: str(o.number).startswith("1")),
    ({"q": "#1042"}, lambda o: o.number == 1042),
    ({"q": MINE[5].id[:13]}, lambda o: o.id.startswith(MINE[5].id[:13])),
    ({"q": f"order_{MINE[5].id.lower()}"}, lambda o: o.id == MINE[5].id),
    ({"q": to_uuid(MINE[5].id)}, lambda o: o.id == MINE[5].id),
    ({"q": "bob", "status": "shipped"},
     lambda o: (o.email or "").startswith("bob") and status.hanzo_status(o) == "shipped"),
    ({"q": "a", "since": MIDDLE}, lambda o: (o.email or "").lower().startswith("a") and created(o) >= MIDDLE),
]  # fmt: skip


async def test_hanzo_answers_every_filter_exactly_page_after_page(stocked: AsyncEngine) -> None:
    for filters, keep in HANZO:

        async def page(number: int, filters: dict[str, Any] = filters) -> reading.Page:
            return await lists.hanzo(stocked, False, page=number, display=17, **filters)

        wanted = expected(keep, created)
        assert await whole_list(page, 17) == (wanted, len(wanted)), filters


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("createdAt", created),
        ("updatedAt", lambda o: epoch(o.updated_at)),
        ("total", lambda o: o.total),
        ("displayId", lambda o: o.number),
    ],
)
async def test_hanzo_sorts_in_both_directions_under_any_filter(
    stocked: AsyncEngine, sort: str, key: Callable[[Order], Any], descending: bool
) -> None:
    for filters, keep in HANZO[:4] + HANZO[-4:] + [h for h in HANZO if "since" in h[0]]:

        async def page(number: int, filters: dict[str, Any] = filters) -> reading.Page:
            return await lists.hanzo(
                stocked, False, page=number, display=23, sort=sort, descending=descending, **filters
            )

        wanted = expected(keep, key, descending)
        assert await whole_list(page, 23) == (wanted, len(wanted)), filters


async def test_a_page_past_the_end_is_empty_with_the_true_count(stocked: AsyncEngine) -> None:
    page = await lists.hanzo(stocked, False, page=1000)
    assert (page.count, list(page.rows)) == (len(MINE), [])


async def test_a_row_is_the_summary_and_the_document_when_asked_for(stocked: AsyncEngine) -> None:
    (row,) = (await lists.hanzo(stocked, False, display=1)).rows
    order = next(o for o in MINE if o.id == row.id)
    assert (row.number, row.email, row.total, row.customer_id) == (
        order.number, order.email, order.total, order.customer_id,
    )  # fmt: skip
    assert unpack(row.facet)["hanzo.status"] == status.hanzo_status(order)
    assert not hasattr(row, "doc")
    (row,) = (await lists.hanzo(stocked, False, display=1, docs=True)).rows
    assert Order.model_validate_json(row.doc) == order


async def test_the_modes_never_meet(stocked: AsyncEngine) -> None:
    live = await lists.hanzo(stocked, True, display=100)
    assert live.count == COUNT - len(MINE)
    assert all(row.livemode for row in live.rows)


def major(order: Order) -> Decimal:
    return Decimal(order.total).scaleb(-EXPONENTS[order.currency])


STOREFRONT: list[tuple[dict[str, Any], Keep]] = [
    *[({"status": w}, lambda o, w=w: status.storefront_status(o) == w) for w in
      ("open", "closed", "cancelled")],
    *[({"financial_status": w}, lambda o, w=w: status.financial_status(o) == w) for w in
      ("pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided")],
    ({"fulfillment_status": "partial"}, lambda o: status.fulfillment_status(o) == "partial"),
    ({"email": "ADA@example.com"}, lambda o: o.email == "Ada@example.com"),
    ({"customer_id": "cust_2"}, lambda o: o.customer_id == "cust_2"),
    ({"order_number": 1042}, lambda o: o.number == 1042),
    ({"min_total": 5000}, lambda o: o.total >= 5000),
    ({"max_total": 300}, lambda o: o.total <= 300),
    ({"min_total": 1000, "max_total": 6000, "status": "open"},
     lambda o: 1000 <= o.total <= 6000 and status.storefront_status(o) == "open"),
    ({"min_total": Decimal(10)}, lambda o: major(o) >= 10),
    ({"max_total": Decimal("9.999")}, lambda o: major(o) <= Decimal("9.999")),
    ({"min_total": Decimal("1.5"), "max_total": Decimal(3000), "status": "open"},
     lambda o: Decimal("1.5") <= major(o) <= 3000 and status.storefront_status(o) == "open"),
    ({"created_after": MIDDLE}, lambda o: created(o) >= MIDDLE),
    ({"created_before": MIDDLE}, lambda o: created(o) < MIDDLE),
    ({"updated_after": MIDDLE}, lambda o: epoch(o.updated_at) >= MIDDLE),
    ({"updated_after": MIDDLE, "min_total": 2000, "email": "bob@example.com"},
     lambda o: epoch(o.updated_at) >= MIDDLE and o.total >= 2000 and o.email == "bob@example.com"),
]  # fmt: skip


async def test_storefront_answers_every_filter_exactly_page_after_page(stocked: AsyncEngine) -> None:
    for filters, keep in STOREFRONT:

        async def page(number: int, filters: dict[str, Any] = filters) -> reading.Page:
            return await lists.storefront(stocked, False, page=number, per_page=19, **filters)

        wanted = expected(keep, created)
        assert await whole_list(page, 19) == (wanted, len(wanted)), filters


@pytest.mark.parametrize("descending", [True, False])
async def test_storefront_sorts_by_total_and_by_change(stocked: AsyncEngine, descending: bool) -> None:
    ways: list[tuple[str, Callable[[Order], Any]]] = [
        ("total_price", lambda o: o.total), ("updated_at", lambda o: epoch(o.updated_at)),
    ]  # fmt: skip
    for sort, key in ways:
        for filters, keep in STOREFRONT:
            page = await lists.storefront(
                stocked, False, sort=sort, descending=descending, page=2, per_page=5, **filters
            )
            assert [row.id for row in page.rows] == expected(keep, key, descending)[5:10], (sort, filters)


ZEPHYR: list[tuple[dict[str, Any], Keep]] = [
    ({}, lambda o: True),
    *[({"status": w}, lambda o, w=w: status.zephyr_status(o) == w) for w in
      ("created", "paid", "partially_refunded", "refunded", "cancelled")],
    ({"customer_id": "cust_1", "status": "paid"},
     lambda o: o.customer_id == "cust_1" and status.zephyr_status(o) == "paid"),
    ({"placed_after": MIDDLE - DAY, "placed_before": MIDDLE + DAY},
     lambda o: MIDDLE - DAY <= created(o) < MIDDLE + DAY),
]  # fmt: skip


async def test_zephyr_walks_every_filter_by_cursor(stocked: AsyncEngine) -> None:
    for filters, keep in ZEPHYR:
        found: list[str] = []
        cursor = None
        while True:
            part = await lists.zephyr(stocked, False, cursor=cursor, limit=8, **filters)
            assert len(part.orders) <= 8
            found += [order.id for order in part.orders]
            cursor = part.next_cursor
            if cursor is None:
                break
        assert found == expected(keep, created), filters


async def test_a_cursor_holds_its_place_while_orders_arrive(stocked: AsyncEngine) -> None:
    before = expected(lambda o: True, created)
    found: list[str] = []
    cursor = None
    for turn in range(5):
        part = await lists.zephyr(stocked, False, cursor=cursor, limit=10)
        found += [order.id for order in part.orders]
        cursor = part.next_cursor
        newest = make_order(number=50_000 + turn, seconds=10**8 + turn)
        await save(stocked, planned_on=0, order=newest, events=events_of(newest), request=request(newest.id))
    assert found == before[:50]


@pytest.mark.parametrize("cursor", ["", "x", "!!", "MTIz", "é", "YS5i"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(cursors.BadCursor):
        cursors.read(cursor)


def test_a_cursor_reads_back() -> None:
    assert cursors.read(cursors.write(1767225600, "01ABC")) == (1767225600, "01ABC")


def changed(order: Order) -> int:
    """When it was changed, as commercehq shows it: nothing, before everything, until the first change."""
    return epoch(order.updated_at) if order.version > 1 else 0


SORTED: list[tuple[str, Callable[[Order], Any], bool]] = [
    ("!id", lambda o: (-o.number,), False),
    ("", lambda o: (-o.number,), False),
    ("id", lambda o: (o.number,), False),
    ("title,!id", lambda o: ((o.email or "").lower(), -o.number), False),
    ("!status,total", lambda o: (-status.commercehq_status(o), o.total, o.number), False),
    ("status", lambda o: (status.commercehq_status(o), o.number), False),
    ("!status,!paid", lambda o: (status.commercehq_status(o), status.commercehq_paid(o), o.number), True),
    ("!total", lambda o: (o.total, o.number), True),
    ("paid,!order_date", lambda o: (-status.commercehq_paid(o), created(o), o.number), True),
    ("updated_at,!total", lambda o: (changed(o), -o.total, -o.number), False),
    ("!updated_at", lambda o: (changed(o), o.number), True),
    ("total,!status", lambda o: (o.total, -status.commercehq_status(o), -o.number), False),
]  # fmt: skip


async def test_commercehq_sorts_by_several_keys(stocked: AsyncEngine) -> None:
    assert any(o.version == 1 for o in MINE)
    for sort, key, reverse in SORTED:
        ways: list[tuple[dict[str, Any], Keep]] = [
            ({}, lambda o: True), ({"paid": [1, 0]}, lambda o: status.commercehq_paid(o) >= 0),
        ]  # fmt: skip
        for search, keep in ways:
            wanted = [o.number for o in sorted(filter(keep, MINE), key=key, reverse=reverse)]
            found: list[int] = []
            for number in range(1, len(MINE) // 50 + 2):
                page = await lists.commercehq(stocked, False, sort=sort, page=number, size=50, **search)
                found += [row.number for row in page.rows]
            assert found == wanted, (sort, search)


async def test_commercehq_tells_the_page_an_order_is_on(stocked: AsyncEngine) -> None:
    for customer in (None, "cust_1"):
        call = lists.calling(stocked, False, customer)
        seen = [o for o in MINE if customer in (None, o.customer_id)]
        for sort, _, _ in SORTED:
            keys = translate.sort(sort.split(",") if sort else [])
            for order in seen[:: len(seen) // 9]:
                on = await reading.page_of(call, order, sort=keys, size=13)
                assert on is not None
                rows = (await lists.commercehq(stocked, False, sort=sort, page=on, size=13, customer=customer)).rows
                assert order.number in [row.number for row in rows], sort


async def test_an_order_out_of_reach_is_on_no_page(stocked: AsyncEngine) -> None:
    keys = translate.sort([])
    unknown = make_order(number=5, seconds=0)
    assert await reading.page_of(lists.calling(stocked, False), unknown, sort=keys, size=13) is None
    assert await reading.page_of(lists.calling(stocked, True), MINE[0], sort=keys, size=13) is None
    theirs = next(o for o in MINE if o.customer_id != "cust_1")
    assert await reading.page_of(lists.calling(stocked, False, "cust_1"), theirs, sort=keys, size=13) is None


async def test_commercehq_searches(stocked: AsyncEngine) -> None:
    ways: list[tuple[dict[str, Any], Keep]] = [
        ({}, lambda o: True),
        ({"status": [5, 3]}, lambda o: status.commercehq_status(o) in (3, 5)),
        ({"paid": [-1, -2]}, lambda o: status.commercehq_paid(o) < 0),
        ({"status": [0], "paid": [1]}, lambda o: (status.commercehq_status(o), status.commercehq_paid(o)) == (0, 1)),
        ({"id": [MINE[3].number, f"order_{MINE[9].id}", 5]}, lambda o: o.id in (MINE[3].id, MINE[9].id)),
        ({"email": "BOB@example.com"}, lambda o: o.email == "bob@example.com"),
        ({"customer_id": "cust_1", "paid": [0]},
         lambda o: o.customer_id == "cust_1" and status.commercehq_paid(o) == 0),
    ]  # fmt: skip
    for search, keep in ways:
        wanted = expected(keep, lambda o: o.number)
        page = await lists.commercehq(stocked, False, size=500, **search)
        assert ([row.id for row in page.rows], page.count) == (wanted, len(wanted)), search


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(), Filter(q="a"), Filter(email="bob@example.com"), Filter(words={"lifecycle": frozenset({"paid"})}),
        Filter(customer_id="cust_1"), Filter(customer_id="cust_2"), Filter(created_from=MIDDLE), Filter(min_total=2000),
        Filter(ids=[o.id for o in ORDERS[:40]]), Filter(numbers=[o.number for o in ORDERS[:40]]), Filter(updated_from=MIDDLE),
    ],
    ids=lambda wanted: ",".join(k for k, v in vars(wanted).items() if v) or "everything",
)  # fmt: skip
@pytest.mark.parametrize("sort", ["created_at", "updated_at", "changed_at", "total", "number", "commercehq.status"])
async def test_a_customers_reach_holds_under_every_filter_and_sort(
    stocked: AsyncEngine, wanted: Filter, sort: str
) -> None:
    """The one condition that may never be forgotten, by whatever way a list is walked."""
    everything, own = lists.calling(stocked, False), lists.calling(stocked, False, "cust_1")
    keys = (Sort(sort), Sort("number"))
    seen = await reading.page(everything, wanted, sort=keys, limit=COUNT)
    mine = [row.id for row in seen.rows if row.customer_id == "cust_1"]
    page = await reading.page(own, wanted, sort=keys, limit=COUNT)
    assert ([row.id for row in page.rows], page.count) == (mine, len(mine))
    single = await reading.page(own, wanted, sort=keys[:1], limit=COUNT)
    assert sorted(row.id for row in single.rows) == sorted(mine)
    later = await reading.after(own, wanted, after=None, limit=COUNT)
    plain = Filter(words=wanted.words, customer_id=wanted.customer_id, email=wanted.email, ids=wanted.ids,
                   numbers=wanted.numbers, created_from=wanted.created_from)  # fmt: skip
    if plain == wanted:  # a keyset list takes no more than these
        assert sorted(order.id for order in later.orders) == sorted(mine)
    assert all(order.customer_id == "cust_1" for order in later.orders)


async def test_counts_of_created_ranges_are_exact_at_every_edge(stocked: AsyncEngine) -> None:
    moments = sorted({created(o) for o in MINE})
    edges = [moments[0] - 1, moments[0], moments[7], moments[-1], moments[-1] + 1, epoch(START) >> 22 << 22]
    for edge in edges:
        page = await lists.hanzo(stocked, False, until=edge, display=1)
        assert page.count == sum(created(o) < edge for o in MINE)


async def test_an_empty_database_lists_nothing(engine: AsyncEngine) -> None:
    assert (await lists.hanzo(engine, False)).count == 0
    assert (await lists.zephyr(engine, False)).orders == []
    assert (await lists.commercehq(engine, False)).count == 0
