"""Temporal holds no personal data: what is private in a command stays with its claim in the orders' database."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from domain import commands as c
from domain.order import Address, Order
from ordermill.launch.dev_server import running
from tests.workflows.shop import SEARCH_ATTRIBUTES, VARIANT, Shop, opened

NAME, STREET, CITY, EMAIL, PHONE = "Zebulon", "17 Quagga Lane", "Xanadu", "zebulon@quagga.example", "+15550177"
TEXTS = ("gift for my aunt Wilhelmina", "call the neighbour first", "wrong colour, says Zebulon", "he moved house")
PRIVATE = (NAME, STREET, CITY, EMAIL, PHONE, *TEXTS)
"""What a_life writes, and no table of Temporal may hold."""


def private(order: Order) -> Order:
    address = Address(line1=STREET, city=CITY, country="US", first_name=NAME, last_name="Quux", phone=PHONE)
    fields = {"email": EMAIL, "phone": PHONE, "shipping_address": address, "billing_address": address}
    return order.model_copy(update=fields | {"note": TEXTS[0]})


async def a_life(shop: Shop) -> Order:
    """Every verb that carries somebody's words."""
    order = await shop.placed(private(await shop.order(quantity=3)))
    address = Address(line1=f"{STREET} B", city=CITY, country="US", first_name=NAME)
    order = await shop.do(order, c.Update(shipping_address=address, email=f"b.{EMAIL}", note=TEXTS[1]))
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    order = await shop.do(order, c.AddNote(body=TEXTS[1], author=NAME))
    order = await shop.do(order, c.Refund(amount=100, reason=TEXTS[2]))
    order = await shop.do(await shop.do(order, c.Fulfill()), c.Deliver())
    asked = c.RequestReturn(lines=(c.ReturnUnits(variant_id=VARIANT, quantity=1, reason=TEXTS[2]),))
    returned = await shop.settle(order, asked)
    await shop.do(order, c.RejectReturn(return_id=returned.subject or "", reason=TEXTS[3]))
    other = await shop.placed(private(await shop.order()))
    await shop.do(other, c.Cancel(reason="other", note=TEXTS[3]))
    return order


def everything(database: Path) -> Iterator[tuple[str, bytes]]:
    """(table, every value in it) of Temporal's own database."""
    with sqlite3.connect(database) as conn:
        tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in conn.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names come from the database itself
                for value in row:
                    yield table, value if isinstance(value, bytes) else str(value).encode()


async def test_no_name_street_e_mail_phone_or_note_is_in_any_table_of_temporal(sqlite_url: str, tmp_path: Path) -> None:
    database = tmp_path / "temporal.sqlite"
    with running(database=database, search_attributes=SEARCH_ATTRIBUTES) as server:
        async with opened(server.address, sqlite_url, tmp_path) as shop:
            order = await a_life(shop)
        values = list(everything(database))
    found = {(word, table) for word in PRIVATE for table, value in values if word.encode() in value}
    assert found == set()
    assert any(b"add_note" in value for _, value in values), "the histories are readable: what is absent is absent"
    assert any(order.id.encode() in value for _, value in values)
