"""Customer mails: rendered from an order, sent over real SMTP, or written as `.eml` files; never twice, never in the way."""

import email
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.outgoing.notifications import Notifications
from domain.commands import Place, Request
from domain.lifecycle import settle
from domain.order import Actor, Order
from domain.policy import Store
from ordermill.launch.ports import free_ports
from store.database.engine import create_engine, writing
from store.outgoing import outbox
from store.tables import outbox as outbox_table
from tests.databases import sqlite_template, sqlite_url
from tests.domain.orders import T0 as NOW
from tests.domain.orders import order
from tests.saving import save

__all__ = ["sqlite_template", "sqlite_url"]
KEY = Actor(kind="key", id="k")
SHOP = Store(name="Hanzo & Daughters", from_email="shop@example.com")


class Postbox:
    """An SMTP server's handler that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.got.append(email.message_from_bytes(envelope.content))
        return "250 OK"


@pytest_asyncio.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    opened = create_engine(sqlite_url)
    yield opened
    await opened.dispose()


async def queued(engine: AsyncEngine, template: str, address: str | None = "jane@example.com") -> tuple[Order, int]:
    """A stored order and a mail about it that waits."""
    change = settle(order().model_copy(update={"email": address}), Place(), [], NOW, KEY)
    await save(engine, planned_on=0, order=change.order, events=change.events, request=Request(id="r", actor=KEY))
    row = {
        "livemode": False, "kind": "mail", "order_id": change.order.id, "sequence": None,
        "payload": {"template": template, "subject": None}, "created_at": 1,
    }  # fmt: skip
    async with writing(engine) as conn:
        await conn.execute(insert(outbox_table), row)
    (waiting,) = await outbox.waiting(engine, "mail")
    return change.order, waiting.id


async def test_a_mail_is_written_as_a_file_without_a_mail_server(engine: AsyncEngine, tmp_path: Path) -> None:
    placed, mail = await queued(engine, "order_placed")
    sender = Notifications(engine, smtp_url=None, outbox_dir=tmp_path / "outbox", store=SHOP)
    assert await ActivityEnvironment().run(sender.send, mail) == "sent"
    (file,) = (tmp_path / "outbox").glob("*.eml")
    message = email.message_from_bytes(file.read_bytes())
    assert (message["To"], message["From"]) == ("jane@example.com", "Hanzo & Daughters <shop@example.com>")
    assert str(placed.number) in message["Subject"]
    assert await outbox.waiting(engine, "mail") == []
    assert await ActivityEnvironment().run(sender.send, mail) == "nobody to write to"
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


async def test_a_mail_goes_over_smtp_with_an_id_that_a_repeat_shares(engine: AsyncEngine, tmp_path: Path) -> None:
    placed, mail = await queued(engine, "order_placed")
    postbox = Postbox()
    controller = Controller(postbox, hostname="127.0.0.1", port=free_ports(1)[0])
    controller.start()
    try:
        url = f"smtp://127.0.0.1:{controller.port}"
        sender = Notifications(engine, smtp_url=url, outbox_dir=tmp_path, store=SHOP)
        assert await ActivityEnvironment().run(sender.send, mail) == "sent"
    finally:
        controller.stop()
    assert [m["Message-ID"] for m in postbox.got] == [f"<{placed.id}.{mail}.1@example.com>"]


async def test_a_mail_server_that_is_away_is_tried_again_later(engine: AsyncEngine, tmp_path: Path) -> None:
    _, mail = await queued(engine, "order_placed")
    url = f"smtp://127.0.0.1:{free_ports(1)[0]}"
    sender = Notifications(engine, smtp_url=url, outbox_dir=tmp_path, store=SHOP)
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(sender.send, mail)
    assert (refused.value.type, refused.value.non_retryable) == ("MailFailed", False)
    assert len(await outbox.waiting(engine, "mail")) == 1


async def test_a_mail_that_is_tried_again_is_the_same_to_the_last_byte(engine: AsyncEngine, tmp_path: Path) -> None:
    """The worker died after the server took it: the receiver must see that the second one is the first."""
    _, mail = await queued(engine, "order_placed")
    sender = Notifications(engine, smtp_url=None, outbox_dir=tmp_path, store=SHOP)
    assert await ActivityEnvironment().run(sender.send, mail) == "sent"
    (first,) = files(tmp_path)
    async with writing(engine) as conn:
        await conn.execute(update(outbox_table).values(drained_at=None))
    another = Notifications(engine, smtp_url=None, outbox_dir=tmp_path, store=SHOP)
    assert await ActivityEnvironment().run(another.send, mail) == "sent"
    assert files(tmp_path) == [first]


async def test_a_mail_of_a_newer_release_waits_for_a_worker_that_knows_it(engine: AsyncEngine, tmp_path: Path) -> None:
    _, mail = await queued(engine, "order_weighed")
    sender = Notifications(engine, smtp_url=None, outbox_dir=tmp_path, store=SHOP)
    with pytest.raises(ApplicationError, match="order_weighed") as refused:
        await ActivityEnvironment().run(sender.send, mail)
    assert not refused.value.non_retryable
    assert len(await outbox.waiting(engine, "mail")) == 1


async def test_an_order_without_an_address_gets_no_mail(engine: AsyncEngine, tmp_path: Path) -> None:
    _, mail = await queued(engine, "order_placed", address=None)
    sender = Notifications(engine, smtp_url=None, outbox_dir=tmp_path / "outbox", store=SHOP)
    assert await ActivityEnvironment().run(sender.send, mail) == "nobody to write to"
    assert not (tmp_path / "outbox").exists()


def files(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.glob("*.eml")]


async def test_an_international_domain_is_sent_as_smtp_takes_it(engine: AsyncEngine, tmp_path: Path) -> None:
    _, row = await queued(engine, "order_placed", "jane@bücher.example")
    sent = Notifications(engine, smtp_url=None, outbox_dir=tmp_path, store=SHOP)
    assert await ActivityEnvironment().run(sent.send, row) == "sent"
    (written,) = files(tmp_path)
    assert b"To: jane@xn--bcher-kva.example" in written
    assert written.isascii()


@pytest.mark.parametrize("address", ["=?utf-8?q?jane?=@example.com", "jäne@example.com", "nobody", "a b@example.com"])
async def test_what_no_mail_can_be_sent_to_is_not_tried_for_ever(
    engine: AsyncEngine, tmp_path: Path, address: str
) -> None:
    """An encoded word would be decoded on its way, and reach somebody else."""
    _, row = await queued(engine, "order_placed", address)
    sent = Notifications(engine, smtp_url=None, outbox_dir=tmp_path, store=SHOP)
    assert await ActivityEnvironment().run(sent.send, row) == "no address a mail can be sent to"
    assert files(tmp_path) == []
    assert await outbox.waiting(engine, "mail") == []
