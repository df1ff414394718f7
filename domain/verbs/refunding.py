"""refund: one breakdown, behind every refund that is made and its calculation (contract section 5).

    restocked units   credited their worth (cancelled or returned); the surplus moves, often less than their worth
    other lines       move their share, at most what is here; an allowance of what moved
    an amount         moves as told; with restocked units it is their credit, else an allowance
    nothing named     moves all; while no unit is sent it cancels them all, and all that is owed

What a refund moves first settles a surplus that stands, without a new credit. How it is made: giving_back.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain import ledger
from domain.commands import Refund as RefundCommand
from domain.commands import RefundUnits
from domain.errors import AmountTooLarge, Conflict, InvalidInput, NothingToRefund
from domain.operations import Operation, Outcome
from domain.order import Credit, CreditLine, Order, RefundLine, RefundPart
from domain.revision import Revision, unsent
from domain.verbs.giving_back import Breakdown, operations_for, plan_release, record_refund, settle_voids
from domain.verbs.guards import at_most, refuse, the_line
from domain.verbs.taking_back import Taken, last_shipping, sort_out, take


def break_down(order: Order, command: RefundCommand, at: datetime | None = None) -> Breakdown:
    """What a refund comes to. Raises when too much, or what is not there, is named."""
    at = at or order.updated_at
    asked = _Asked.of(order, command, at)
    told = sum(p.amount for p in command.parts) if command.parts is not None else command.amount
    if told is None and not asked.names:
        told = asked.maximum
    if told is not None and told > asked.maximum:
        raise AmountTooLarge(f"only {asked.maximum} can be refunded", field="amount", maximum=asked.maximum)
    suggested = _suggested(asked) if asked.names else None
    again = suggested is not None and told in (
        None,
        suggested.amount,
    )  # the caller sends our calculation back unchanged
    found = suggested if suggested is not None and again else _told(asked, max(0, told or 0))
    return replace(found, parts=_named_parts(order, command) if command.parts else ledger.split(order, found.amount))


@dataclass(frozen=True)
class _Asked:
    """What a refund names, sorted out: which units are cancelled, come back, or stay with the customer."""

    order: Order
    at: datetime
    lines: tuple[RefundLine, ...]
    taken: Taken
    kept: dict[str, int]
    """Line id -> units that money goes back for and that stay where they are."""
    shipping: tuple[int, int]
    names: bool
    maximum: int

    @staticmethod
    def of(order: Order, command: RefundCommand, at: datetime) -> "_Asked":
        wanted = command.lines or ()
        lines = tuple(_lines(order, wanted))
        living = order.stage in ("draft", "confirmed")
        taken = sort_out(order, ((u.line_id, u.quantity) for u in wanted if u.restock and living))
        kept: dict[str, int] = {}
        for unit in wanted:
            kept[unit.line_id] = kept.get(unit.line_id, 0) + unit.quantity
        for line_id in kept:
            kept[line_id] -= taken.units(line_id)
        return _Asked(
            order=order,
            at=at,
            lines=lines,
            taken=taken,
            kept={line_id: n for line_id, n in kept.items() if n},
            shipping=ledger.shipping_share(order, command.shipping),
            names=bool(wanted) or _names_shipping(command),
            maximum=ledger.net(order),
        )

    def credits_of_taken(self, *, amount: int | None = None) -> tuple[Credit, ...]:
        """Cancelled units, then those that came back; a given amount is shared by their worth."""
        return self.taken.credits(self.order, cause="refund", at=self.at, amount=amount)


def _names_shipping(command: RefundCommand) -> bool:
    """Whether shipping is to go back. `shipping: 0` beside an amount names none: a calculation that found no shipping says 0 when
    it is sent back as the refund."""
    told = command.amount is not None or command.parts is not None
    return command.shipping is not None and not (told and command.shipping == 0)


def _lines(order: Order, wanted: Iterable[RefundUnits]) -> list[RefundLine]:
    """Units are counted in the order they are credited; repeated lines go on where the last stopped."""
    made: list[CreditLine] = []
    out = []
    for item in wanted:
        line = the_line(order, item.line_id)
        at_most(item.quantity, ledger.creditable_units(order, line.id, made), line, "left to refund")
        made.append(ledger.next_units(order, line, item.quantity, made))
        out.append(ledger.refund_line(made[-1], item.restock))
    return out


def _suggested(asked: _Asked) -> Breakdown:
    """Lines and shipping alone: what they come to."""
    order, back = asked.order, 0
    stands = ledger.surplus(order)
    credits = asked.credits_of_taken()
    after = ledger.with_credits(order, *credits)
    if asked.taken:
        back = ledger.surplus(after)
        stands = 0
    extra = last_shipping(order, asked.taken)
    shipping = (0, 0) if sum(extra) else asked.shipping
    worth = ledger.credit(after, "allowance", asked.kept, cause="refund", at=asked.at, shipping=shipping)
    share = sum(item.subtotal + item.tax for item in worth.lines) + sum(shipping)
    moved = min(share, asked.maximum - back)
    if asked.kept or sum(shipping):
        credits = (*credits, worth.model_copy(update={"amount": max(0, moved - stands)}))
    shown = extra if sum(extra) else asked.shipping
    return Breakdown(back + moved, asked.maximum, asked.lines, *shown, credits=credits, taken=asked.taken)


def _told(asked: _Asked, amount: int) -> Breakdown:
    """An amount is told: it moves, whatever the units and shipping named are worth."""
    order, stands = asked.order, ledger.surplus(asked.order)
    whole = not asked.names and 0 < amount == ledger.net(order) and ledger.is_unsent(order)
    if whole and order.stage in ("draft", "confirmed"):
        all_units = Taken(cancelled={line.id: unsent(line) for line in order.lines if unsent(line)})
        credit = ledger.credit_all(order, cause="refund", at=asked.at)
        return Breakdown(amount, asked.maximum, credits=(credit,), taken=all_units)
    credits = asked.credits_of_taken(amount=amount) if asked.taken else ()
    rest = max(0, amount - stands) if not asked.taken else 0
    after = ledger.with_credits(order, *credits)
    if rest or asked.kept or sum(asked.shipping):
        shipping = asked.shipping
        allowance = ledger.credit(
            after, "allowance", asked.kept, cause="refund", at=asked.at, shipping=shipping, amount=rest
        )
        credits = (*credits, allowance)
    return Breakdown(
        amount,
        asked.maximum,
        asked.lines,
        *asked.shipping,
        credits=(*credits, *_shipping_of_nothing(asked, credits, amount)),
        taken=asked.taken,
    )


def _shipping_of_nothing(asked: _Asked, credits: tuple[Credit, ...], amount: int) -> tuple[Credit, ...]:
    """Once the last unit is cancelled, shipping that nobody has paid yet is no longer owed. What was paid of it stays paid: the
    amount says what goes back."""
    after = ledger.with_credits(asked.order, *credits)
    still_due = max(0, ledger.owed(after) - (asked.maximum - amount))
    shipping = last_shipping(asked.order, asked.taken)
    if not sum(shipping) or not still_due:
        return ()
    left = ledger.shipping_left(after)
    return (ledger.credit(after, "cancelled", {}, cause="refund", at=asked.at, shipping=left, amount=still_due),)


def _named_parts(order: Order, command: RefundCommand) -> tuple[RefundPart, ...]:
    sums: dict[str, int] = {}
    for part in command.parts or ():
        payment = ledger.find_payment(order, part.parent_id)
        sums[payment.id] = sums.get(payment.id, 0) + part.amount
    for payment_id, amount in sums.items():
        payment = order.payment(payment_id)
        left = payment.captured - payment.refunded
        if amount > left:
            raise AmountTooLarge(f"only {left} of this payment can be refunded", field="parts", maximum=left)
    return tuple(RefundPart(payment_id=payment_id, amount=amount) for payment_id, amount in sums.items())


def plan_refund(order: Order, command: RefundCommand) -> list[Operation]:
    unpaid = ledger.net(order) <= 0
    if unpaid and not any(u.restock for u in command.lines or ()):
        raise _nothing(order)
    nothing_else = command.amount is None and command.parts is None and command.shipping is None
    if command.lines == () and nothing_else:
        raise InvalidInput("name at least one line", field="lines")
    breakdown = break_down(order, command)
    if unpaid and not breakdown.taken.cancelled:
        raise _nothing(order)
    free = breakdown.amount == 0 and breakdown.lines and command.amount is None
    if breakdown.amount <= 0 and not free:  # units that cost nothing, or are not paid, may still come back
        raise InvalidInput("the amount must be positive", field="amount")
    after = ledger.with_credits(order, *breakdown.credits)
    still_due = max(0, ledger.owed(after) - (ledger.net(order) - breakdown.amount))
    voids = plan_release(ledger.unneeded(order, still_due))
    refunds = [] if command.manual else operations_for(order, breakdown.parts, command.code)
    return [*voids, *refunds]


def _nothing(order: Order) -> Conflict:
    words = ("order.refunded", "payment.voided", "order.items_cancelled", "order.created")
    return refuse(NothingToRefund, order, "nothing captured is left to refund", *words)


def apply_refund(rev: Revision, command: RefundCommand, outcomes: list[Outcome]) -> None:
    """A refund that fails keeps its credit: the surplus stands, and can be paid again."""
    breakdown = break_down(rev.order, command, rev.now)
    take(rev, breakdown.taken)
    settle_voids(rev, outcomes)
    refund = record_refund(
        rev,
        breakdown,
        outcomes,
        origin="refund",
        by_hand=command.manual,
        reason=command.reason,
        code=command.code,
        metadata=command.metadata,
    )
    rev.change(
        credits=(
            *rev.order.credits,
            *(credit.model_copy(update={"refund_id": refund.id}) for credit in breakdown.credits),
        )
    )
    rev.subject = refund.id
    if command.notify:
        rev.mails.append("order_refunded")
