"""The order database of yesterday beside the Temporal of today: what a restored backup is.

Seen once: an order that was paid after the backup could not be paid again after it ("nothing is due", said its workflow),
the key of the lost payment answered 202 for ever, and mails whose numbers had been used before the restore were never sent.
"""

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest

from tests.faults import selling
from tests.faults.engine import Engine, running, until
from tests.faults.stripe import books, paying_at
from tests.stripe.running import running_simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
DATABASE = "ordermill.sqlite"


def backed_up(engine: Engine, to: Path) -> None:
    """A whole copy of the order database, as `sqlite3 .backup` makes one."""
    with (
        contextlib.closing(sqlite3.connect(engine.folder / DATABASE)) as live,
        contextlib.closing(sqlite3.connect(to)) as copy,
    ):
        live.backup(copy)


def restored(engine: Engine, backup: Path) -> None:
    """API and worker end, the order database becomes the backup, both start again. Temporal forgets nothing."""
    for name in ("api", "worker"):
        engine.end(name)
    for file in engine.folder.glob(f"{DATABASE}*"):
        file.unlink()
    (engine.folder / DATABASE).write_bytes(backup.read_bytes())
    engine.prepare()
    engine.start("worker")
    engine.start("api")
    engine.wait_ready()


def test_an_order_paid_after_the_backup_is_paid_again_after_the_restore(tmp_path: Path) -> None:
    """The same request with its old key, and a new request: both orders are unpaid in the only books there are."""
    with running(tmp_path) as engine:
        old_key, new_key = selling.place(engine), selling.place(engine)
        for order in (old_key, new_key):
            selling.act(engine, order, "confirm")
        backed_up(engine, tmp_path / "backup.sqlite")
        selling.act(engine, old_key, "pay", selling.CARD, "the-payment")
        selling.act(engine, new_key, "pay", selling.CARD)
        restored(engine, tmp_path / "backup.sqlite")
        assert [selling.shown(engine, order)["capturedTotal"] for order in (old_key, new_key)] == [0, 0]
        paid = selling.act(engine, old_key, "pay", selling.CARD, "the-payment")
        assert (paid["lifecycle"], paid["capturedTotal"]) == ("paid", old_key["total"])
        paid = selling.act(engine, new_key, "pay", selling.CARD)
        assert (paid["lifecycle"], paid["capturedTotal"]) == ("paid", new_key["total"])
        for order in (old_key, new_key):
            assert selling.in_the_sandbox(engine, order) == (1, order["total"], 0)
            assert selling.story(engine, order).count("order.paid") == 1


def test_an_order_placed_after_the_backup_can_be_placed_again(tmp_path: Path) -> None:
    """The restored database knows neither the order nor the key; Temporal knows a workflow of it."""
    with running(tmp_path) as engine:
        backed_up(engine, tmp_path / "backup.sqlite")
        selling.good(engine, "POST", "/order", selling.ORDER, "the-order")
        restored(engine, tmp_path / "backup.sqlite")
        again = selling.good(engine, "POST", "/order", selling.ORDER, "the-order")
        assert engine.rows("select count(*) from orders where id = ?", selling.bare(again)) == [(1,)]
        assert selling.act(engine, again, "pay", selling.CARD)["lifecycle"] == "paid"


def test_money_taken_after_the_backup_finds_its_order_and_is_not_taken_again(tmp_path: Path) -> None:
    """The provider's object names the order, whatever our own books have forgotten; `ordermill reconcile` reads it."""
    with running_simulator() as stripe, running(tmp_path, settings=paying_at(stripe)) as engine:
        paid, refunded = selling.place(engine), selling.place(engine)
        selling.act(engine, refunded, "pay", selling.CARD)
        selling.act(engine, paid, "confirm")
        backed_up(engine, tmp_path / "backup.sqlite")
        selling.act(engine, paid, "pay", selling.CARD, "the-payment")
        selling.act(engine, refunded, "refund", {"amount": 700}, "the-refund")
        restored(engine, tmp_path / "backup.sqlite")
        assert [selling.shown(engine, o)[f] for o, f in ((paid, "capturedTotal"), (refunded, "refundedTotal"))] == [
            0,
            0,
        ]
        done = engine.ordermill("reconcile", "--days", "1")
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: selling.shown(engine, paid)["capturedTotal"] == paid["total"], 30, "the payment comes home")
        until(lambda: selling.shown(engine, refunded)["refundedTotal"] == 700, 30, "the refund comes home")
        again = engine.insist("POST", f"/order/{paid['id']}/pay", selling.CARD, "the-payment")
        assert again.status_code == 409, again.text
        assert books(stripe, paid) == (paid["total"], 0)
        assert books(stripe, refunded) == (refunded["total"], 700)


def test_mails_are_sent_whose_numbers_were_used_before_the_restore(tmp_path: Path) -> None:
    with running(tmp_path) as engine:
        before, after = selling.place(engine), selling.place(engine)
        backed_up(engine, tmp_path / "backup.sqlite")
        cancel_telling(engine, before)
        until(lambda: before["displayId"] in "".join(subjects(engine)), 30, "the mail before the restore is sent")
        restored(engine, tmp_path / "backup.sqlite")
        for file in outbox(engine):
            file.unlink()
        cancel_telling(engine, after)
        assert engine.rows("select max(id) from outbox where kind = 'mail'") == [(1,)], "no number came again"
        until(lambda: after["displayId"] in "".join(subjects(engine)), 60, "the mail after the restore is sent")
        time.sleep(2)
        assert len(subjects(engine)) == 1


def cancel_telling(engine: Engine, order: selling.Json) -> None:
    selling.act(engine, order, "cancel", {"reason": "customer_request", "notifyCustomer": True})


def outbox(engine: Engine) -> list[Path]:
    return sorted((engine.folder / "outbox").glob("*.eml"))


def subjects(engine: Engine) -> list[str]:
    """The subject line of every mail that was sent."""
    return [
        next(line for line in file.read_text().splitlines() if line.startswith("Subject:")) for file in outbox(engine)
    ]
