"""What was acknowledged against what is there: each effect once, and nothing that nobody was told of.

The effects are counted as anybody sees them, through the API; the request ids where they are written, in the database. No
rule of the domain is used: a unit that was acknowledged as sent is a unit sent, a refund of 500 is 500 less.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from tests.faults.drill.clients import Said, Told
from tests.faults.drill.lives import VARIANT
from tests.faults.engine import Engine

LAST_NOTE = "the last"
"""Written on every order when all is over."""

RULED = (400, 402, 409, 422)
"""Statuses by which the faces refuse what an order's rules forbid."""
UNKNOWN = b"unknown_request"
"""Told only of what a restored database forgot, and no database is restored here."""

TWICE = {
    "request ids with events at two versions": (
        "select order_id, request_id, count(distinct version) from events"
        " group by order_id, request_id having count(distinct version) > 1"
    ),
    "versions made by two requests": (
        "select order_id, version, count(distinct request_id) from events"
        " group by order_id, version having count(distinct request_id) > 1"
    ),
    "payment operations left half done": (
        "select order_id, kind, amount from payment_operations where status = 'started'"
    ),
}
RECORDS = {
    "commands applied at one version": (
        "select order_id, version, count(*) from commands where outcome = 'applied'"
        " group by order_id, version having count(*) > 1"
    ),
    "events whose command has no record, or one of another version": (
        "select e.order_id, e.request_id, e.version, c.version from events e"
        " left join commands c on c.order_id = e.order_id and c.request_id = e.request_id"
        " where c.version is null or c.version <> e.version or c.outcome <> 'applied'"
    ),
    "orders whose version is not the number of their applied commands": (
        "select o.id, o.version, count(c.request_id) from orders o"
        " left join commands c on c.order_id = o.id and c.outcome = 'applied'"
        " group by o.id, o.version having o.version <> count(c.request_id)"
    ),
    "refusals that say a version": "select order_id, request_id from commands where outcome = 'refused' and version > 0",
    "orders whose money is still asked for": "select id, version from orders where asking is not null",
}
"""Where there is a table of commands: a store from before it has none."""


def has_table(engine: Engine, name: str) -> bool:
    if engine.database_url is not None:
        return bool(engine.rows("select 1 from information_schema.tables where table_name = ?", name))
    return bool(engine.rows("select 1 from sqlite_master where type = 'table' and name = ?", name))


def in_the_database(engine: Engine) -> Iterator[str]:
    """What no row may say, whoever asked for it."""
    wanted = TWICE | (RECORDS if has_table(engine, "commands") else {})
    for name, query in wanted.items():
        found = engine.rows(query)
        if found:
            yield f"{name}: {len(found)}, the first {found[:3]}"


def overdue(engine: Engine, before: int) -> list[tuple[Any, ...]]:
    """Orders whose next deadline was at or before this moment (epoch seconds) and is there still."""
    return engine.rows(
        "select id, next_deadline from orders where next_deadline is not null and next_deadline <= ?", before
    )


class Seen:
    """One order as it is in the end."""

    def __init__(self, engine: Engine, told: Told) -> None:
        self.told = told
        order = told.order["id"]
        self.order = _got(engine, f"/order/{order}")
        self.events = _got(engine, f"/order/{order}/events")["models"]
        self.notes = _all(engine, f"/api/v1/orders/{order}/notes")
        self.transactions = _all(engine, f"/api/v1/orders/{order}/transactions")
        self.sandbox = engine.rows(
            "select captured, refunded from sandbox_payments where order_id = ?", order.removeprefix("order_")
        )

    @property
    def cancelled(self) -> bool:
        return bool(self.order["lifecycle"] == "cancelled")

    def differences(self) -> Iterator[str]:
        for name, there, acknowledged in (*self._texts(), *self._counts(), *self._money()):
            if there != acknowledged:
                number = self.told.life.number
                yield f"order {number} {self.order['id']}, {name}: there {there}, acknowledged {acknowledged}"
        yield from self._versions()
        yield from self._refusals()

    def _texts(self) -> Iterator[tuple[str, Any, Any]]:
        """Every command that leaves a text, by its text: none missing, none twice, none that was refused."""
        yield "notes", Counter(n["body"] for n in self.notes if n["body"] != LAST_NOTE), _keys(self.told.done("note"))
        sent = Counter(f["tracking"]["number"] for f in self.order["fulfillments"])
        yield "fulfilments", sent, _keys(self.told.done("fulfill", "send_rest"))
        refunds = Counter(r["reason"] for r in self.order["refunds"] if (r["reason"] or "").startswith("drill-"))
        yield "refunds", refunds, _keys(self.told.done("refund"))
        yield "addresses", self.order["email"], f"{self.told.said[0].key}@example.com"

    def _counts(self) -> Iterator[tuple[str, Any, Any]]:
        items = self.order["items"]
        yield "lines", len(items), 1 + len(self.told.done("add_line"))
        units = self.told.life.quantity + sum(s.step.units for s in self.told.done("add_line"))
        yield "units ordered", sum(i["quantity"] for i in items), units
        sent = sum(i["fulfilledQuantity"] for i in items)
        rest = sum(u["quantity"] for f in self._sent_rest() for u in f["items"])
        yield "units sent", sent, rest + sum(s.step.units for s in self.told.done("fulfill"))
        back = sum(i["cancelledQuantity"] + i["returnedQuantity"] for i in items)
        if not self.cancelled:
            yield "units restocked", back, sum(s.step.units for s in self.told.done("restock"))
        types = Counter(e["type"] for e in self.events)
        yield "confirmations", types["order.confirmed"], len(self.told.done("confirm")) or types["order.confirmed"]
        if self.told.done("cancel"):
            yield "cancellations", types["order.cancelled"], 1

    def _sent_rest(self) -> list[dict[str, Any]]:
        keys = _keys(self.told.done("send_rest"))
        return [f for f in self.order["fulfillments"] if f["tracking"]["number"] in keys]

    def _money(self) -> Iterator[tuple[str, Any, Any]]:
        manual = [t["id"] for t in self.transactions if t["kind"] == "sale" and t["gateway"] == "manual"]
        yield "manual payments", len(manual), len(self.told.done("manual"))
        by_hand = sum(s.step.amount for s in self.told.done("manual"))
        by_card = sum(captured for captured, _ in self.sandbox)
        yield "captured", self.order["capturedTotal"], by_hand + by_card
        yield "card payments", len(self.sandbox), len(self.told.done("pay"))
        refunded = self.order["refundedTotal"]
        if self.cancelled:
            yield "money kept of a cancelled order", self.order["capturedTotal"] - refunded, 0
        else:
            yield "refunded", refunded, sum(s.step.amount for s in self.told.done("refund"))
        card = sum(r["amount"] for r in self._card_refunds())
        yield "refunded to cards", sum(refunded for _, refunded in self.sandbox), card

    def _card_refunds(self) -> list[dict[str, Any]]:
        """By the transactions: what went back through the sandbox, in minor units."""
        return [
            {"amount": round(float(t["amount"]) * 100)}
            for t in self.transactions
            if t["kind"] == "refund" and t["gateway"] != "manual" and t["status"] == "success"
        ]

    def _versions(self) -> Iterator[str]:
        """Each acknowledged command made a version of its own: after a group of so many there are so many more."""
        before = 0
        for _, members in groupby(self.told.said, key=lambda said: said.group):
            group = [said for said in members if said.done]
            versions = [said.version or 0 for said in group]
            if group and (min(versions) <= before or max(versions) < before + len(group)):
                yield f"order {self.order['id']}: {[s.key for s in group]} made {versions} after {before}"
            before = max([before, *versions])

    def _refusals(self) -> Iterator[str]:
        """Refused by the order's rules, and by nothing else: what is always legal is never refused, and no key was used twice."""
        always = ("place", "note") if self.cancelled else ("place", "note", "confirm", "pay")
        for said in self.told.said:
            odd = said.step.verb in always or said.status not in RULED or UNKNOWN in said.content.lower()
            if not said.done and odd:
                yield f"order {self.order['id']}: {said.key} {said.path} refused, {said.status} {said.content[:300]!r}"


def _keys(said: Iterable[Said]) -> Counter[str]:
    return Counter(one.key for one in said)


def _got(engine: Engine, path: str) -> dict[str, Any]:
    answer = engine.call("GET", path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
    return dict(answer.json())


def _all(engine: Engine, path: str) -> list[dict[str, Any]]:
    found = _got(engine, f"{path}?per_page=100")["data"]
    assert len(found) < 100, f"{path} has more than a page"
    return list(found)


def stock_differences(engine: Engine, seen: Iterable[Seen], on_hand: int) -> Iterator[str]:
    """`on_hand`: what was there before. Sent units are gone, units that came back are back, the rest is reserved."""
    reserved = 0
    for one in seen:
        for item in one.order["items"]:
            on_hand += item["returnedQuantity"] - item["fulfilledQuantity"]
            if one.order["confirmedAt"] and not one.cancelled:
                reserved += item["quantity"] - item["cancelledQuantity"] - item["fulfilledQuantity"]
    there = _got(engine, f"/engine/inventory/{VARIANT}")
    if (there["onHand"], there["reserved"]) != (on_hand, reserved):
        yield f"stock: there {(there['onHand'], there['reserved'])}, acknowledged {(on_hand, reserved)}"
