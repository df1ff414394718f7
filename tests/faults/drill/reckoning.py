"""An order of a drill, reckoned a second time by the independent account (tests/book/account.py).

What was asked of it is read from its claims, in the order in which its records say it was done; what moved at the provider is
the provider's own to say. What the account then says is due, and what is here, must be what the engine answers. Rule: no figure
of the engine's goes in: its order, its events and its ledger are judged.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.book.account import Account
from tests.faults.engine import Engine

Json = dict[str, Any]
STILL: Final = frozenset(("confirm", "deliver", "add_note", "auto_close", "close", "update"))
"""Verbs that change nothing of what is owed, or was sent."""


class Reckoned:
    """One order: `differences` says where engine and account are of two opinions."""

    def __init__(self, engine: Engine, order_id: str, intents: list[Json], refunds: list[Json]) -> None:
        self.order_id = order_id
        self.account = Account()
        mine = [i for i in intents if i["metadata"].get("order_id") == order_id]
        self.captured = [i["captured"] for i in mine if i["captured"]]
        refs = {i["payment_intent"] for i in mine}
        self.refunds = [r for r in refunds if r["payment_intent"] in refs and r["status"] != "failed"]
        self.told = engine.rows(
            "select c.verb, k.id, k.content from commands c left join claims k on k.request_id = c.request_id"
            " where c.order_id = ? and c.outcome = 'applied' order by c.version",
            order_id,
        )
        self.shown = engine.call("GET", f"/order/order_{order_id}").json()

    def differences(self) -> Iterator[str]:
        if any(content is None for verb, _, content in self.told if verb in GOODS):
            return  # done by Temporal alone after a restore: what was asked of goods went with the claims, and nobody can say it
        by_key = {claim for _, claim, _ in self.told}
        told_as_facts = [r["amount"] for r in self.refunds if r["metadata"].get("ordermill_claim") not in by_key]
        facts, taken = iter(told_as_facts), iter(self.captured)
        try:
            for verb, _, content in self.told:
                self._one(verb, json.loads(content) if content else {}, taken, facts)
        except (StopIteration, AssertionError, KeyError) as error:
            yield f"order {self.order_id}: the account cannot follow {[v for v, *_ in self.told]}: {error!r}"
            return
        says = {
            "total": self.account.total,
            "amountDue": 0 if self.account.ended else self.account.due,
            "net": self.account.net,
        }
        shown = self.shown
        net = shown["capturedTotal"] - shown["refundedTotal"]
        found = {"total": shown["total"], "amountDue": shown["amountDue"], "net": net}
        if found != says:
            yield f"order {self.order_id}: the engine says {found}, the account {says} after {[v for v, *_ in self.told]}"

    def _one(self, verb: str, content: Json, taken: Iterator[int], facts: Iterator[int]) -> None:
        account, command = self.account, content.get("command", {})
        if verb in GOODS:
            GOODS[verb](self, content.get("order") or command)
        elif verb in ("pay", "record_payment", "payment_fact"):
            account.taken += self._taken(verb, command, taken)
        elif verb in ("cancel", "end_payment_window"):
            account.given += account.end()
        elif verb in ("refund", "refund_fact"):
            account.given += account.refund(command.get("amount") if verb == "refund" else next(facts))
        elif verb == "return_money":
            account.given += account.surplus
        elif verb not in STILL:
            raise KeyError(verb)

    def _taken(self, verb: str, command: Json, taken: Iterator[int]) -> int:
        if verb == "record_payment":
            return int(command.get("amount") or self.account.due)
        return next(taken) if verb == "pay" else next(taken, 0)  # a fact that changes a state alone moves nothing

    def _place(self, order: Json) -> None:
        (line,) = order["lines"]
        self.account.sold({line["id"]: (line["quantity"], line["quantity"] * line["unit_price"])})

    def _sent(self, command: Json) -> None:
        lines = command.get("lines")
        named = {line["line_id"]: line["quantity"] for line in lines} if lines is not None else None
        for name, line in self.account.lines.items():
            count = line.unsent if named is None else named.get(name, 0)
            line.sent += count
            line.shipped += count
        self.account.ever_sent = True

    def _edit(self, command: Json) -> None:
        lines = {name: (line.quantity, line.total) for name, line in self.account.lines.items()}
        for operation in command["operations"]:
            if operation["op"] != "add_item":
                raise KeyError(operation["op"])
            line = operation["line"]
            lines[f"added {len(lines)}"] = (line["quantity"], line["quantity"] * line["unit_price"])
        self.account.given += self.account.edit(lines, 0, 0)

    def _restock(self, command: Json) -> None:
        (named,) = command["lines"]
        line = self.account.lines[named["line_id"]]
        cancelled = min(named["quantity"], line.unsent)
        back = named["quantity"] - cancelled
        name = named["line_id"]
        self.account.restock({name: cancelled} if cancelled else {}, {name: back} if back else {})


GOODS: Final[dict[str, Callable[[Reckoned, Json], None]]] = {
    "place": Reckoned._place,
    "fulfill": Reckoned._sent,
    "edit": Reckoned._edit,
    "restock": Reckoned._restock,
}
"""Verb -> what it says of units. Lines that were added have no other name here than their place."""
