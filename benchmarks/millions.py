"""A million stored orders within minutes, on either database: written by the database itself from a few dozen templates.

    templates     real rows (store/order/rows.py) with placeholders where orders differ: id, number, moment, e-mail, names …
    orders        one row per number, the placeholders filled in; nothing else is invented by the statement
    other tables  derived from `orders.projection`, which says what is written of an order: so they agree with it by construction

Indexes are dropped before and built after, from the metadata: that is how a million rows are loaded, and they end the same.
Rule: deterministic. Where an order stands and what it is found by is a function of its place among the orders (`Place`).
"""
# ruff: noqa: S608 - every statement is made of this file's own words and numbers

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.ids import ALPHABET, child, ulid_at
from domain.order import Address, Line, Order
from store.database.engine import is_sqlite
from store.lists.counts import PLACES, SHIFTS
from store.lists.facets import ALL
from store.order.projection import OPEN
from store.order.rows import row_of
from store.tables import deadlines, order_counts, order_waits, orders, search_terms, tallies, tasks

START: Final = datetime(2024, 1, 1, tzinfo=UTC)
SINCE: Final = int(START.timestamp())
EVERY_SECONDS: Final = 60
"""Between two orders: a million are 23 months."""
FIRST_NUMBER: Final = 1001
BATCH: Final = 50_000
TEMPLATES: Final = 50
TASK_KINDS: Final = ("return_to_decide", "return_to_receive", "surplus", "refund_failed", "payment_failed")
GIVEN, FAMILY, CUSTOMERS, TEN = 500, 3000, 200, 10
"""Of so many given and family names, and customers. Ten orders in a row share them."""
NO_ID: Final = ulid_at(0, bytes(10))

Fragments = dict[str, str]


@dataclass(frozen=True)
class Place:
    """What of the n-th order is its own; `n` counts from 0. `_FILLED` says the same in SQL: a test compares."""

    n: int

    @property
    def moment(self) -> int:
        return SINCE + self.n * EVERY_SECONDS

    @property
    def ident(self) -> str:
        return ulid_at(self.moment * 1000, self.n.to_bytes(10, "big"))

    @property
    def number(self) -> int:
        return FIRST_NUMBER + self.n

    @property
    def name(self) -> str:
        return f"given{self.n // TEN % GIVEN} family{self.n // TEN % FAMILY}"

    @property
    def email(self) -> str:
        return f"{self.name.replace(' ', '.')}.{self.n}@example.com"

    @property
    def phone(self) -> str:
        return str(15_550_000_000 + self.n)

    @property
    def tracking(self) -> str:
        return f"1z{100_000_000 + self.n}"

    @property
    def payment(self) -> str:
        return f"pi_{100_000_000 + self.n}"

    @property
    def customer(self) -> str:
        return f"cust_{self.n // TEN % CUSTOMERS}"


_DIGIT: Final = f"substr('{ALPHABET}', CAST((({{of}} >> {{bits}}) & 31) AS INTEGER) + 1, 1)"
_TIME: Final = " || ".join(_DIGIT.format(of="((SINCE + i * EVERY) * 1000)", bits=5 * k) for k in range(9, -1, -1))
_TAIL: Final = " || ".join(_DIGIT.format(of="i", bits=5 * k) for k in range(5, -1, -1))
_WHOLE: Final = "CAST({} AS VARCHAR(40))"
_GIVEN, _FAMILY = (f"{_WHOLE.format(f'i / {TEN} % {many}')}" for many in (GIVEN, FAMILY))
_FILLED: Final[dict[str, str]] = {
    "own_id": f"{_TIME} || '{'0' * 10}' || {_TAIL}",
    "moment": "SINCE + i * EVERY",
    "own_number": f"{FIRST_NUMBER} + i",
    "given": f"'given' || {_GIVEN}",
    "family": f"'family' || {_FAMILY}",
    "phone": _WHOLE.format("15550000000 + i"),
    "tracking": f"'1z' || {_WHOLE.format('100000000 + i')}",
    "payment": f"'pi_' || {_WHOLE.format('100000000 + i')}",
    "customer": f"'cust_' || {_WHOLE.format(f'i / {TEN} % {CUSTOMERS}')}",
    "own_total": "i * 7919 % 99900 + 100",
    "changed": "SINCE + i * EVERY + i * 104729 % 1000000",
    "plain": _WHOLE.format("i"),
}
"""What the n-th order is made of, in SQL; `i` is n. No name here is a column of `orders`: the templates stand beside it."""
_EMAIL: Final = "given || '.' || family || '.' || plain || '@example.com'"


def _blank(word: str) -> str:
    return f"@{word}@"


def _order(stage: str) -> Order:
    line = Line(
        id=child(NO_ID, "line", 1), serial=1, title="Shirt", sku="SKU-SHIRT", variant_id="var_xyz789", quantity=1,
        unit_price=1000,
    )  # fmt: skip
    place = Address(
        line1="456 Oak Ave", city="Portland", state="OR", postal_code="97201", country="US", first_name=_blank("given"),
        last_name=_blank("family"), phone=_blank("phone"),
    )  # fmt: skip
    return Order(
        id=NO_ID, number=1, livemode=False, version=1, currency="USD", lines=(line,), subtotal=1000, total=1000,
        email=_blank("email"), phone=_blank("phone"), customer_id=_blank("customer"), shipping_address=place,
        created_at=START, updated_at=START,
    ).model_copy(update={"stage": stage})  # fmt: skip


def _template(k: int, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The k-th: every other one has a deadline, every tenth a step for somebody, and some a second SKU."""
    stage = {0: "draft", 9: "cancelled"}.get(k % 10, "confirmed")
    row = rows[stage]
    words = ["sku-shirt", *(["sku-cap"] if k == 7 else []), f"{_blank('given')} {_blank('family')}", NO_ID.lower()]
    words += [_blank(w) for w in ("number", "given", "family", "email", "phone", "tracking", "payment", "customer")]
    moved = [["refund", 1000]] if k % 8 == 1 else []
    kind = TASK_KINDS[k // 10 % len(TASK_KINDS)]
    projection = row["projection"] | {
        "terms": [[word] for word in words],
        "deadlines": [["payment_window", "@due@", "the order is cancelled", moved]] if k % 2 else [],
        "tasks": [[kind, "r", "@moment@", None, None, ["refund"]]] if k % 10 == 3 else [],
        "figures": [
            *(["orders", "@bucket@", 1], ["units", "@bucket@", 1], ["captured", "@bucket@", 1000]),
            *([["refunded", "@bucket@", 500]] if k % 10 == 5 else []),
            *([figure, bucket, value] for figure, bucket, value in row["projection"]["figures"] if figure.startswith(OPEN)),
        ],
    }  # fmt: skip
    has_deadline = {"next_deadline": 1 if k % 2 else None}
    return row | {"id": f"{k:026d}", "number": k, "projection": projection} | has_deadline


def _replaced(text: str, *pairs: tuple[str, str]) -> str:
    for blank, value in pairs:
        text = f"replace({text}, '{blank}', {value})"
    return text


def _projected(projection: str) -> str:
    words = [(_blank(w), w) for w in ("given", "family", "phone", "tracking", "payment", "customer")]
    numbers = {"due": "moment + 86400", "moment": "moment", "bucket": "moment / 900"}
    return _replaced(
        projection, (NO_ID, "lower(own_id)"), (_blank("email"), _EMAIL), (_blank("number"), _WHOLE.format("own_number")), *words,
        *((f'"{_blank(w)}"', _WHOLE.format(value)) for w, value in numbers.items()),
    )  # fmt: skip


def _documented(doc: str) -> str:
    whole, total = _WHOLE.format("own_number"), _WHOLE.format("own_total")
    words = [(_blank(w), w) for w in ("given", "family", "phone", "customer")]
    return _replaced(
        doc, (NO_ID, "own_id"), (_blank("email"), _EMAIL), *words, ('"number":1,', f"'\"number\":' || {whole} || ','"),
        ('"total":1000,', f"'\"total\":' || {total} || ','"),
    )  # fmt: skip


def _fragments(sqlite: bool) -> Fragments:
    """Where the two databases' SQL differs."""
    if sqlite:
        return {"JSON": "TEXT", "EACH": "json_each(o.projection, '$.PART') AS e"}
    return {"JSON": "JSON", "EACH": "json_array_elements(o.projection -> 'PART') AS e(value)"}


def _orders(first: int, end: int, json_type: str) -> str:
    """The orders [first, end)."""
    own = {
        "id": "own_id", "number": "own_number", "number_text": _WHOLE.format("own_number"), "customer_id": "customer",
        "email": _EMAIL, "email_lower": _EMAIL, "total": "own_total", "created_at": "moment", "updated_at": "changed",
        "next_deadline": "CASE WHEN s.next_deadline IS NULL THEN NULL ELSE moment + 86400 END", "asking": "NULL",
        "projection": f"CAST({_projected('s.projection_text')} AS {json_type})", "doc": _documented("s.doc"),
    }  # fmt: skip
    names = [column.name for column in orders.columns]
    values = [own.get(name, f"s.{name}") for name in names]
    made = ", ".join(f"{sql} AS {name}" for name, sql in _FILLED.items())
    made = made.replace("SINCE", str(SINCE)).replace("EVERY", str(EVERY_SECONDS))
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO orders ({quoted}) "
        f"WITH RECURSIVE counted(i) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM counted WHERE i < {end - 1}), "
        f"made AS (SELECT i, {made} FROM counted) "
        f"SELECT {', '.join(values)} FROM made AS m JOIN shapes AS s ON s.shape = m.i % {TEMPLATES}"
    )  # fmt: skip


_DERIVED: Final[dict[Table, str]] = {
    search_terms: "SELECT o.id, e.value ->> 0, o.livemode, -o.created_at FROM orders AS o CROSS JOIN EACH",
    order_waits: "SELECT o.id, e.value ->> 0, o.livemode, o.created_at FROM orders AS o CROSS JOIN EACH",
    deadlines: "SELECT o.id, e.value ->> 0, o.livemode, o.number, CAST(e.value ->> 1 AS BIGINT), e.value ->> 2, "
    "e.value -> 3, o.currency FROM orders AS o CROSS JOIN EACH",
    tasks: "SELECT o.id, e.value ->> 0, e.value ->> 1, o.livemode, o.number, CAST(e.value ->> 2 AS BIGINT), "
    "CAST(e.value ->> 3 AS BIGINT), CAST(coalesce(e.value ->> 3, e.value ->> 2) AS BIGINT), "
    "CAST(e.value ->> 4 AS BIGINT), o.currency, e.value -> 5 FROM orders AS o CROSS JOIN EACH",
    tallies: f"SELECT livemode, figure, bucket, currency, sum(value) FROM (SELECT o.livemode, e.value ->> 0 AS figure, "
    "CAST(e.value ->> 1 AS BIGINT) AS bucket, "
    f"CASE WHEN substr(e.value ->> 0, 1, {len(OPEN)}) = '{OPEN}' THEN '' ELSE o.currency END AS currency, "
    "CAST(e.value ->> 2 AS BIGINT) AS value FROM orders AS o CROSS JOIN EACH) AS each_of GROUP BY 1, 2, 3, 4",
}
"""Table -> its rows, from what the orders' projections say; the columns in the table's order."""
_PART: Final = {
    search_terms: "terms", order_waits: "waits", deadlines: "deadlines", tasks: "tasks", tallies: "figures",
}  # fmt: skip


def _counted() -> Iterator[str]:
    """The counted tree, level by level (store/lists/counts.py)."""
    for axis, place in PLACES.items():
        for level, shift in enumerate(SHIFTS[axis], start=1):
            for facet in (str(ALL), "facet") if axis == "created" else (str(ALL),):
                yield (
                    "INSERT INTO order_counts (livemode, axis, level, facet, bucket, orders) "
                    f"SELECT livemode, '{axis}', {level}, {facet}, {place} >> {shift}, count(*) FROM orders "
                    f"GROUP BY livemode, {place} >> {shift}" + ("" if facet == str(ALL) else ", facet")
                )  # fmt: skip


async def fill(engine: AsyncEngine, count: int) -> None:
    """So many orders into an empty, migrated database, with all that is written beside them."""
    async with patient(engine) as own, own.connect() as conn:
        await _fill(conn, count)


@asynccontextmanager
async def patient(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """One that waits: the store's own connections to PostgreSQL give a statement five seconds, and an index over a million rows
    takes more."""
    if engine.dialect.name == "sqlite":
        yield engine
        return
    own = create_async_engine(engine.url, connect_args={"server_settings": {"jit": "off"}})
    try:
        yield own
    finally:
        await own.dispose()


async def _fill(conn: AsyncConnection, count: int) -> None:
    fragments = _fragments(is_sqlite(conn))
    for table in (orders, *_DERIVED, order_counts):
        for index in table.indexes:
            await conn.run_sync(index.drop)
    await _shapes(conn)
    await conn.commit()
    for first in range(0, count, BATCH):
        await conn.exec_driver_sql(_orders(first, min(first + BATCH, count), fragments["JSON"]))
        await conn.commit()
    await _indexed(conn, orders)  # before the counting, which then reads an index and not five gigabytes
    for statement in _counted():
        await conn.exec_driver_sql(statement)
    for table, rows in _DERIVED.items():
        each = fragments["EACH"].replace("PART", _PART[table])
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        await conn.exec_driver_sql(f"INSERT INTO {table.name} ({names}) {rows.replace('EACH', each)}")
        await _indexed(conn, table)
    await _settle(conn)


async def _indexed(conn: AsyncConnection, table: Table) -> None:
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        await conn.run_sync(index.create)
    await conn.commit()


async def _shapes(conn: AsyncConnection) -> None:
    """The templates, in a table of this connection's own."""
    rows = {stage: row_of(_order(stage), saved_at=0) for stage in ("draft", "confirmed", "cancelled")}
    made = [_template(k, rows) for k in range(TEMPLATES)]
    await conn.execute(insert(orders), made)
    text_of = "projection" if is_sqlite(conn) else "CAST(projection AS TEXT)"
    await conn.exec_driver_sql(
        f"CREATE TEMPORARY TABLE shapes AS SELECT orders.*, number AS shape, {text_of} AS projection_text FROM orders"
    )
    await conn.exec_driver_sql("DELETE FROM orders")


async def _settle(conn: AsyncConnection) -> None:
    """What a database does by itself in time: know its rows, and on PostgreSQL which pages every reader may see."""
    await conn.exec_driver_sql("DROP TABLE shapes")
    if is_sqlite(conn):
        await conn.exec_driver_sql("ANALYZE")
        await conn.commit()
        return
    await conn.commit()
    await conn.execution_options(isolation_level="AUTOCOMMIT")
    await conn.exec_driver_sql("VACUUM (ANALYZE)")
