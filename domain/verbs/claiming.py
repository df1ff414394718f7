"""claim: shipped units are damaged, missing or the wrong ones. Others are sent for them, or their share goes back, at once.

Each unit is claimed once, and no window binds. What replaces a unit costs nothing and takes its worth over: the credit of the
replaced unit is its replacement's (ledger.py), so that one of the two is credited and not both. Units of a line that come back
are taken to be those nobody claimed, as long as there are any.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.commands import MakeClaim, RefundUnits
from domain.commands import Refund as RefundCommand
from domain.errors import InvalidInput, InvalidTransition
from domain.exchanges import Claim, ClaimedUnits
from domain.operations import Operation, Outcome
from domain.order import Actor, Line, Order, Units
from domain.revision import Revision
from domain.verbs.charging import MAX_LINES
from domain.verbs.exchanging import reopen
from domain.verbs.guards import at_most, not_ended, refuse, the_line
from domain.verbs.refunding import apply_refund, plan_refund
from domain.verbs.taking_back import at_customer


def claimable(order: Order, line: Line) -> int:
    """Units that are with the customer, or on their way, and were not claimed before."""
    claimed = sum(item.quantity for made in order.claims for item in made.items if item.line_id == line.id)
    return max(0, at_customer(order, line) - claimed)


def plan_claim(order: Order, command: MakeClaim, now: datetime, actor: Actor) -> list[Operation]:
    rev = Revision(order, now, actor)
    _claim(rev, command)
    return plan_refund(rev.order, _refund(command)) if command.resolution == "refund" else []


def apply_claim(rev: Revision, command: MakeClaim, outcomes: list[Outcome]) -> None:
    made = _claim(rev, command)
    if command.resolution == "refund":
        apply_refund(rev, _refund(command), outcomes)
        rev.claim(made.id, refund_id=rev.subject)
    rev.subject = made.id
    rev.mails.append("claim_created")


def _refund(command: MakeClaim) -> RefundCommand:
    units = tuple(RefundUnits(line_id=item.line_id, quantity=item.quantity) for item in command.lines)
    return RefundCommand(lines=units, reason=command.lines[0].reason)


def _claim(rev: Revision, command: MakeClaim) -> Claim:
    """Everything but money."""
    order = rev.order
    not_ended(order)
    if not any(line.shipped for line in order.lines):
        raise refuse(InvalidTransition, order, "nothing is shipped", "order.confirmed", "order.created")
    _check(order, command)
    reopen(rev)
    child, serial = rev.new("claim")
    lines = _replacements(rev, command, child) if command.resolution == "replace" else ()
    made = Claim(
        id=child,
        serial=serial,
        resolution=command.resolution,
        items=command.lines,
        line_ids=tuple(line.id for line in lines),
        created_at=rev.now,
    )
    rev.change(claims=(*order.claims, made), lines=(*order.lines, *lines))
    rev.emit("order.claim_created", claimId=child, resolution=command.resolution)
    return made


def _check(order: Order, command: MakeClaim) -> None:
    if not command.lines:
        raise InvalidInput("name at least one line", field="lines")
    if command.new_lines is not None and command.resolution == "refund":
        raise InvalidInput("a refund replaces nothing", field="new_lines")
    if command.new_lines is not None and not command.new_lines:
        raise InvalidInput("name at least one new line, or leave it out for the same again", field="new_lines")
    wanted: dict[str, int] = {}
    for i, item in enumerate(command.lines):
        line = the_line(order, item.line_id, f"lines[{i}].line_id")
        wanted[line.id] = wanted.get(line.id, 0) + item.quantity
        at_most(wanted[line.id], claimable(order, line), line, "left to claim")


def _replacements(rev: Revision, command: MakeClaim, claim_id: str) -> tuple[Line, ...]:
    """The new lines with their ids, at no price, each with the units it replaces."""
    chosen = command.new_lines
    if chosen is None:
        chosen = tuple(_same_again(rev.order.line(item.line_id), item.quantity) for item in command.lines)
    if len(rev.order.lines) + len(chosen) > MAX_LINES:
        raise InvalidInput(f"at most {MAX_LINES} lines", field="new_lines")
    made = []
    for line, replaces in zip(chosen, _shared_out(rev.order, command.lines, chosen), strict=True):
        child, serial = rev.new("line")
        update = {"id": child, "serial": serial, "unit_price": 0, "claim_id": claim_id, "replaces": replaces}
        made.append(line.model_copy(update=update))
    return tuple(made)


def _same_again(line: Line, quantity: int) -> Line:
    """A line of the same goods of which nothing has happened yet."""
    same = ("variant_id", "product_id", "title", "variant_title", "sku", "requires_shipping", "is_gift_card",
            "weight_grams", "stock", "product")  # fmt: skip
    return Line(id="", serial=0, quantity=quantity, unit_price=0, **{name: getattr(line, name) for name in same})


@dataclass
class _Left:
    """Claimed units of a line that no new line stands for yet."""

    line_id: str
    quantity: int

    def give(self, most: int) -> list[Units]:
        """At most so many of them."""
        n = max(0, min(self.quantity, most))
        self.quantity -= n
        return [Units(line_id=self.line_id, quantity=n)] if n else []


def _shared_out(order: Order, items: tuple[ClaimedUnits, ...], lines: tuple[Line, ...]) -> list[tuple[Units, ...]]:
    """Which units each new line replaces: first those of its own variant, unit for unit; then what is left, in order and spread
    evenly over the new units that are left. Where none is left, the last line takes the rest."""
    left = [_Left(item.line_id, item.quantity) for item in items]
    shares: list[list[Units]] = [[] for _ in lines]
    for share, line in zip(shares, lines, strict=True):
        for entry in left:
            if order.line(entry.line_id).variant_id == line.variant_id:
                share.extend(entry.give(line.quantity - _units(share)))
    free = [line.quantity - _units(share) for share, line in zip(shares, lines, strict=True)]
    rest, room = sum(entry.quantity for entry in left), sum(free)
    given = 0
    for n, share in enumerate(shares):
        upto = rest * sum(free[: n + 1]) // room if room else rest * (n == len(lines) - 1)
        for entry in left:
            more = entry.give(upto - given)
            given += _units(more)
            share.extend(more)
    return [tuple(share) for share in shares]


def _units(share: list[Units]) -> int:
    return sum(units.quantity for units in share)
