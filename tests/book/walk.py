"""Random lives of an order, each decided by its seed, held after every command against the second account.

    python -m tests.book.walk --runs 20000 [--seed 1]     many lives; prints each that differs and how to see it again
    python -m tests.book.walk --seed 217 --tell           one life, told command by command

A life draws its own shop: capture policy, currency, prices, discounts, tax, shipping, a bank that captures several times or not.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import OrderError
from domain.lifecycle import plan, settle
from domain.operations import Operation
from domain.order import Actor, Order, RefundPart
from domain.rehearsal import Rehearsal, rehearse
from domain.revision import Change
from domain.windows import next_deadline, waits_for
from tests.book.account import Account
from tests.book.draws import Draws
from tests.book.facts import ENDED, charges
from tests.domain.orders import SHOP, TIMER, keyed


class Difference(AssertionError):
    """The engine and the second account disagree."""


class Walk(Draws):
    """One life. `told`: its commands so far; `verbs`: those that were accepted; `steps`: what became of exchanges and claims."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.told: list[str] = []
        self.verbs: Counter[str] = Counter()
        self.steps: Counter[str] = Counter()

    def live(self) -> None:
        """From placing to rest. Raises Difference or an AssertionError at the first command that is wrong."""
        self.act(c.Place(confirm=True))
        self.begin()
        for _ in range(self.dice.randint(4, 22)):
            self.step()
            self.ring()
            self.at_rest()
        for _ in range(3):
            if (due := next_deadline(self.order)) is not None:
                self.now = max(self.now, due[0].at)
            self.ring()
            self.at_rest()

    # One command

    def act(self, command: Command, *, by: Actor = SHOP, mood: str | None = None) -> bool:
        """Ask it; when it is accepted, the bank answers, the witness tells, and both accounts are held together."""
        before = self.order
        self.told.append(f"{command.verb} {command.model_dump(exclude_unset=True, exclude={'line'})}")
        try:
            rehearsed = rehearse(before, command, self.now, by)
            operations = keyed(before, plan(before, command, self.now, by))
        except OrderError as error:
            self.told[-1] += f" -> refused: {error}"
            if must_be_accepted(command, self.witness.account, before):
                raise Difference(f"{command.verb} is refused: {error}") from error
            return False
        if not _steps_an_exchange(command, before):  # the witness says what their steps may ask for
            asks_no_more_than_due(operations, self.witness.account)
        moods = [mood or self.mood() for _ in operations]
        outcomes = [self.bank.perform(o, m, self.now) for o, m in zip(operations, moods, strict=True)]
        change = settle(before, command, outcomes, self.now, by)
        after, due = change.order, self.witness.account.due
        self.told[-1] += "".join(f" [{o.kind} {o.amount}: {m}]" for o, m in zip(operations, moods, strict=True))
        self.order = after
        self.witness.tell(before, command, operations, outcomes, after)
        self.verbs[command.verb] += 1
        self.steps.update(_steps(before, after))
        self.compare()
        if all(one == "good" for one in moods) and all(o.kind != "sync" for o in operations):
            as_rehearsed(rehearsed, operations, change)
        says_paid(self.witness.account, after, due, {event.type for event in change.events})
        return True

    def compare(self) -> None:
        """What the engine says is what the account says, to the unit."""
        ours, theirs = engine_says(self.order), account_says(self.witness.account, self.order)
        wrong = [name for name in theirs if ours.get(name, theirs[name]) != theirs[name]]
        if wrong:
            told = "; ".join(f"{name}: the engine says {ours[name]}, the account {theirs[name]}" for name in wrong)
            raise Difference(told)

    def ring(self) -> None:
        """Everything that is due by itself happens."""
        for _ in range(12):
            due = next_deadline(self.order)
            if due is None or due[0].at > self.now:
                return
            if not self.act(due[1], by=TIMER, mood="good"):
                raise Difference(f"{due[0].name} is due and was refused")
        raise Difference(f"the timer never rests: {next_deadline(self.order)}")

    def at_rest(self) -> None:
        """Nothing is held that nothing due can use; a surplus or a debt is waited for; a closed order owes nothing, and is
        owed only what failed to go back after it was closed."""
        account, now = self.witness.account, self.order
        if useless := account.useless_holds():
            raise Difference(f"{useless} hold {account.held} and {account.due} is due")
        if account.surplus and not self.witness.doubts:
            raise Difference(f"a surplus of {account.surplus} stands, and nothing says why")
        if (account.surplus or (account.due and now.stage not in ENDED)) and not waits_for(now):
            raise Difference(f"{account.due} is due and {account.surplus} surplus, and the order waits for nothing")
        failed = account.surplus if "refund failed" in self.witness.doubts else 0
        if now.closed_at and (account.due, account.surplus - failed, sum(account.held.values())) != (0, 0, 0):
            raise Difference(f"closed with {account.due} due, {account.surplus} surplus, holding {account.held}")
        if now.stage in ENDED and account.owed:
            raise Difference(f"{now.stage} and {account.owed} owed")


def must_be_accepted(command: Command, account: Account, order: Order) -> bool:
    """Units that wait can always be cancelled while the order is open: by name, and by a refund that puts them back, which is
    capped at the units not refunded before."""
    if order.stage != "confirmed" or order.closed_at or command.verb not in ("cancel_items", "refund"):
        return False
    lines: Any = getattr(command, "lines", None) or ()
    wanted: Counter[str] = Counter()
    for units in lines:
        wanted[units.line_id] += units.quantity
    if isinstance(command, c.Refund):
        put_back = command.amount is None and all(units.restock for units in command.lines or ())
        if not put_back or any(account.lines[line].uncredited < count for line, count in wanted.items()):
            return False
    return bool(lines) and all(account.lines[line].unsent >= count for line, count in wanted.items())


def _steps_an_exchange(command: Command, order: Order) -> bool:
    named = getattr(command, "return_id", "") or str(getattr(command, "name", "")).removeprefix("ship_by:")
    return command.verb == "request_exchange" or any(one.return_id == named for one in order.exchanges)


def asks_no_more_than_due(operations: list[Operation], account: Account) -> None:
    """No payment and no capture goes beyond what is due."""
    asked = {kind: sum(o.amount for o in operations if o.kind == kind) for kind in ("authorize", "capture")}
    uncovered = account.due - sum(account.held.values())
    if asked["authorize"] > max(0, uncovered) or asked["capture"] > account.due:
        raise Difference(f"{asked} are asked for, {account.due} is due and {account.held} held")


def as_rehearsed(told: Rehearsal, operations: Sequence[Operation], change: Change) -> None:
    """A dry run says what the command then does: every figure, every event, every mail, and the money a provider is asked for.

    Where a provider is only asked how a payment stands, nobody can say beforehand what it answers.
    """
    wrong = [what for what, said in engine_says(told.order).items() if said != engine_says(change.order)[what]]
    if told.events != tuple(event.type for event in change.events) or told.mails != change.mails:
        wrong.append(f"events {told.events} {told.mails}")
    for kind in ("authorize", "refund"):
        asked = sum(o.amount for o in operations if o.kind == kind)
        by_hand = sum(p.amount for r in change.order.refunds[-1:] for p in r.parts if p.by_hand or _manual(change, p))
        said = sum(m.amount for m in told.money if m.kind == kind)
        if not asked <= said <= asked + (by_hand if kind == "refund" else 0):
            wrong.append(f"{kind} {said}, and {asked} is asked for")
    if wrong:
        raise Difference(f"the dry run said otherwise: {wrong}")


def _manual(change: Change, part: RefundPart) -> bool:
    return change.order.payment(part.payment_id).provider == "manual"


def says_paid(account: Account, order: Order, due_before: int, events: set[str]) -> None:
    """`order.paid` when due becomes 0 with money here, or for an order that costs nothing; never else."""
    becomes = due_before > 0 and account.due == 0 and account.net > 0 and order.stage == "confirmed"
    may = account.due == 0 and (account.net > 0 or account.total == 0)
    if (becomes and "order.paid" not in events) or ("order.paid" in events and not may):
        raise Difference(f"order.paid is {'said' if 'order.paid' in events else 'not said'}: {account}")


def engine_says(order: Order) -> dict[str, Any]:
    return {
        "charges": charges(order),
        "total": order.total,
        "owed": ledger.owed(order),
        "net": ledger.captured(order) - ledger.refunded(order),
        "due": ledger.due(order),
        "surplus": ledger.surplus(order),
        "held": ledger.held(order),
        "units": {i.id: (i.cancelled, i.returned) for i in order.lines},
        "exchanges": [(x.id, x.status, x.owed, x.difference) for x in order.exchanges],
        "claims": [(x.id, x.line_ids) for x in order.claims],
    }


def account_says(account: Account, order: Order) -> dict[str, Any]:
    """Of an ended order no unit is cancelled by name: its end is all there is to say."""
    lines = account.lines.items()
    said = {
        "charges": ({name: (s.quantity, s.total) for name, s in lines}, account.shipping, account.shipping_tax),
        "total": account.total,
        "owed": account.owed,
        "net": account.net,
        "due": account.due,
        "surplus": account.surplus,
        "held": sum(account.held.values()),
    }
    if order.stage not in ENDED:
        said["units"] = {name: (sold.cancelled, sold.returned) for name, sold in lines}
    return said


def replay(seed: int) -> str:
    return f"see it again: python -m tests.book.walk --seed {seed} --tell"


def walk(seeds: Sequence[int]) -> tuple[Counter[str], Counter[str], list[str]]:
    """Verbs accepted over all lives, steps of exchanges and claims, and one text per life that differs."""
    verbs: Counter[str] = Counter()
    steps: Counter[str] = Counter()
    wrong = []
    for seed in seeds:
        one = Walk(seed)
        try:
            one.live()
        except (AssertionError, LookupError, TypeError, ValueError) as error:  # an engine that breaks differs, too
            last = one.told[-1] if one.told else "nothing yet"
            wrong.append("\n  ".join([f"seed {seed}: command {len(one.told)}, {last}", repr(error), replay(seed)]))
        verbs += one.verbs
        steps += one.steps
    return verbs, steps, wrong


def _steps(before: Order, after: Order) -> list[str]:
    was = {one.id: one.status for one in before.exchanges}
    made = [f"{one.ship} {one.status}" for one in after.exchanges if was.get(one.id) != one.status]
    made += [f"claim {one.resolution}" for one in after.claims[len(before.claims) :]]
    back = {one.id: one.status for one in before.returns}
    coming = [one for one in after.returns if one.exchange_id and back.get(one.id) != one.status]
    made += ["early parcel" for one in coming if one.status == "partially_received"]
    if before.closed_at and not after.closed_at and len(after.exchanges) > len(before.exchanges):
        made.append("reopened")
    if coming and any(p.state == "failed" for p in after.payments[len(before.payments) :]):
        made.append("declined")
    return made


def main() -> int:
    """Exit code 1 when any life differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.book.walk")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the first life; the next take the next ones")
    parser.add_argument("--tell", action="store_true", help="print every command of the first life")
    given = parser.parse_args()
    began = time.monotonic()
    if given.tell:
        one = Walk(given.seed)
        try:
            one.live()
        finally:
            sys.stdout.write("\n".join([*one.told, f"account: {one.witness.account}", ""]))
        return 0
    verbs, steps, wrong = walk(range(given.seed, given.seed + given.runs))
    sys.stdout.write("\n".join([*wrong[:20], ""]))
    told, seen = (" · ".join(f"{name} {count}" for name, count in sorted(some.items())) for some in (verbs, steps))
    sys.stdout.write(f"lives {given.runs} · commands accepted {verbs.total()}: {told}\n")
    sys.stdout.write(f"exchanges and claims: {seen}\n")
    sys.stdout.write(f"differences {len(wrong)} · {time.monotonic() - began:.0f} s\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
