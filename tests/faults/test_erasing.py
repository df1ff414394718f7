"""A customer erased on real processes: canaries in every field that takes a word, then every table and file is read.

Rule: what is planted is looked for everywhere, in any case, so that a table nobody thought of fails too.
"""

import asyncio
import contextlib
import json
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy.engine import make_url

from tests.databases import Postgres
from tests.faults import selling
from tests.faults.engine import Engine, running, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CUSTOMER: Final = "cust_77"
ADDRESS: Final = {
    "firstName": "canaryfirst", "lastName": "canarylast", "line1": "canaryline1 7", "line2": "canaryline2",
    "city": "canarycity", "postalCode": "canaryzip", "company": "canarycompany", "phone": "+1 555 0177 2233",
    "country": "US", "state": "OR",
}  # fmt: skip
PHONE: Final = "15550177"
EMAIL: Final = "canarymail@example.com"


@contextlib.contextmanager
def echo() -> Iterator[str]:
    """A webhook receiver that says back what it got, so that excerpts hold it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def plant(engine: Engine, hook: str) -> list[selling.Json]:
    """Two orders of one customer, with a canary in whatever takes words; answers them."""
    selling.good(engine, "POST", "/webhook", {"url": hook, "events": ["*"]})
    selling.good(engine, "POST", "/v1/webhook_endpoints", {"url": hook, "events": ["*"]})
    selling.good(engine, "POST", "/api/v1/webhooks", {"url": hook, "events": ["order.created", "order.updated"]})
    private = {
        "customerId": CUSTOMER, "email": EMAIL, "shippingAddress": ADDRESS, "billingAddress": ADDRESS,
        "notes": "canarynotes", "metadata": {"canarymetakey": "canarymetadata"},
    }  # fmt: skip
    first = selling.place(engine, **private)
    selling.act(engine, first, "pay", selling.CARD)
    selling.good(engine, "PATCH", f"/order/{first['id']}", {"notes": "canarysecondnote", "metadata": {"x": "canaryx"}})
    path = f"/api/v1/orders/{first['id']}"
    selling.good(engine, "POST", f"{path}/notes", {"body": "canarystaff", "author": "canaryauthor"})
    selling.good(engine, "PUT", path, {"phone": "+1 555 0177 9999"})
    hold = selling.act(engine, first, "holds", {"kind": "manual", "reason": "canaryhold"})
    assert engine.call("DELETE", f"/order/{first['id']}/holds/{hold['id']}").status_code == 204
    selling.act(engine, first, "edits", {"note": "canaryedit", "operations": [{"op": "add_discount", "amount": 1}]})
    selling.act(engine, first, "fulfill", {"trackingNumber": "1Z9", "notifyCustomer": True})
    selling.act(engine, first, "deliver")
    selling.act(engine, first, "refund", {"amount": 100, "reason": "canaryrefund", "notifyCustomer": True})
    back = {"variantId": selling.VARIANT, "quantity": 1, "reason": "canaryreturnreason"}
    photos = ["https://photos.example/canaryphoto"]
    asked = selling.act(engine, first, "return", {"items": [back], "note": "canaryreturnnote", "photos": photos})
    label = {"carrier": "UPS", "trackingNumber": "1Z8", "url": "https://labels.example/canarylabel"}
    way = f"return/{asked['id']}"
    selling.act(engine, first, f"{way}/approve", {"instructions": "canaryinstructions", "label": label})
    selling.act(engine, first, f"{way}/receive")
    second = storefront_order(engine)
    selling.act(engine, second, "cancel", {"reason": "other", "note": "canarycancelnote", "notifyCustomer": True})
    credit = {"amount": 500, "currency": "USD", "reason": "canarycredit"}
    selling.good(engine, "POST", f"/engine/customers/{CUSTOMER}/credit", credit)
    made = engine.ordermill("keys", "create", "--scope", "customer", "--customer", CUSTOMER, "--name", "canarykeyname")
    assert made.returncode == 0, made.stderr
    return [first, second]


def storefront_order(engine: Engine) -> selling.Json:
    """As another face spells it, with what only it takes."""
    place = {
        "first_name": "canaryfirst", "last_name": "canarylast", "address1": "canaryline1 7", "city": "canarycity",
        "zip": "canaryzip", "country": "US",
    }  # fmt: skip
    made = selling.good(
        engine, "POST", "/api/v1/orders",
        {
            "customer_id": CUSTOMER, "email": EMAIL, "phone": "+1 555 0177 2233", "currency": "USD",
            "line_items": [{"variant_id": selling.VARIANT, "quantity": 1}], "shipping_address": place,
            "note": "canarynote", "note_attributes": {"canarykey": "canaryvalue"}, "referring_site": "https://canaryref.example/",
            "landing_site": "/?email=canarylanding", "client_details": {"browser_ip": "canaryip"},
        },
    )  # fmt: skip
    return {"id": made["data"]["id"]}


def tables(engine: Engine) -> Iterator[tuple[str, str]]:
    """(table, a row as text) of the whole order database."""
    if engine.database_url is not None:
        yield from asyncio.run(_postgres_tables(engine.database_url))
        return
    with contextlib.closing(sqlite3.connect(engine.folder / "ordermill.sqlite")) as conn:
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in conn.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - the database's own names
                texts = (v.decode(errors="replace") if isinstance(v, bytes) else str(v) for v in row)
                yield name, " ".join(texts).lower()


async def _postgres_tables(url: str) -> list[tuple[str, str]]:
    conn = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        names = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found: list[tuple[str, str]] = []
        for (name,) in names:
            for row in await conn.fetch(f'SELECT * FROM "{name}"'):  # noqa: S608
                texts = (v.decode(errors="replace") if isinstance(v, bytes) else str(v) for v in row.values())
                found.append((name, " ".join(texts).lower()))
        return found
    finally:
        await conn.close()


def in_tables(engine: Engine) -> set[str]:
    return {name for name, text in tables(engine) if "canary" in text or PHONE in text}


def in_files(engine: Engine) -> set[str]:
    """Every file of the state directory, databases, logs and mails among them."""
    found = set()
    for file in engine.folder.rglob("*"):
        if file.is_file():
            text = file.read_bytes().lower()
            if b"canary" in text or PHONE.encode() in text:
                found.add(file.name)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres | None]:
    if request.param == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="om-erase-", dir="/tmp") as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()


def test_nothing_of_an_erased_customer_is_left_in_any_table_or_file(tmp_path: Path, postgres: Postgres | None) -> None:
    url = postgres.url(postgres.clone()) if postgres else None
    with (
        echo() as hook,
        running(tmp_path, url, settings={"ORDERMILL_WEBHOOKS_ALLOW_PRIVATE": "true"}) as engine,
    ):
        orders = plant(engine, hook)
        until(lambda: engine.rows("select count(*) from webhook_attempts")[0][0] >= 10, 60, "webhooks go out")
        until(lambda: len(list((tmp_path / "outbox").glob("*.eml"))) >= 3, 60, "mails go out")
        planted = in_tables(engine)
        assert planted >= {
            "orders", "events", "claims", "commands", "search_terms", "webhook_deliveries", "webhook_attempts",
            "store_credit_entries", "api_keys", "outbox",
        }  # fmt: skip
        refused = engine.ordermill("customers", "erase", CUSTOMER, "--yes")
        assert (refused.returncode, in_tables(engine)) == (1, planted), refused.stdout
        assert "not over yet: #1001" in refused.stderr
        selling.good(engine, "POST", f"/api/v1/orders/{orders[0]['id']}/close")
        before = [selling.shown(engine, order) for order in orders]
        exported = json.loads(engine.ordermill("customers", "export", CUSTOMER).stdout)
        assert [len(order["events"]) > 2 for order in exported["orders"]] == [True, True]
        assert exported["storeCredit"]["entries"][0]["reason"] == "canarycredit"
        done = engine.ordermill("customers", "erase", CUSTOMER, "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "order-" in done.stdout, "it says what Temporal holds"
        assert in_tables(engine) == set()
        until(lambda: not in_files(engine), 20, "no file holds a word of it")
        check_what_is_left(engine, orders, before)
        again = engine.ordermill("customers", "erase", CUSTOMER, "--yes")
        assert again.returncode == 0, "erasing twice is erasing once"


def check_what_is_left(engine: Engine, orders: list[selling.Json], before: list[selling.Json]) -> None:
    """Figures, in every face; and the order still takes what is legal later."""
    kept = ("displayId", "status", "lifecycle", "total", "tax", "capturedTotal", "refundedTotal", "customerId")
    for order, was in zip(orders, before, strict=True):
        now = selling.shown(engine, order)
        assert {name: now[name] for name in kept} == {name: was[name] for name in kept}
        assert (now["email"], now["shippingAddress"]["country"]) == (None, "US")
        assert [event["type"] for event in now["events"]] == [event["type"] for event in was["events"]]
        number = was["displayId"].removeprefix("#")
        for path in (f"/v1/orders/{was['id']}", f"/api/v1/orders/{number}", f"/commercehq/api/v1/orders/{number}"):
            assert engine.call("GET", path).status_code == 200, path
    assert engine.call("GET", f"/engine/orders?q={EMAIL}").json()["models"] == []
    selling.act(engine, orders[0], "refund", {"amount": 1})
    assert selling.shown(engine, orders[0])["refundedTotal"] == before[0]["refundedTotal"] + 1
