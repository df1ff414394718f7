"""The lifecycle as one table, and the two functions every command goes through.

    plan(order, command, now, actor)            -> operations for a provider; raises OrderError (refused)
    settle(order, command, outcomes, now, actor) -> the change: next order, events, mails

Both are pure. Verbs without a plan ask no provider; they refuse while settling, so `plan` settles them on
a scratch copy. `unruled()` and `unreachable()` name what the table forgets; a test holds both empty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import commands as c
from domain import samples
from domain.commands import COMMANDS, Command
from domain.errors import OrderError
from domain.operations import Operation, Outcome
from domain.order import Actor, Order
from domain.revision import Change, Revision
from domain.samples import Samples
from domain.status import lifecycle
from domain.verbs import (
    cancelling,
    charging,
    claiming,
    editing,
    exchanging,
    facts,
    fulfilling,
    holding,
    paying,
    placing,
    receiving,
    refunding,
    returning,
    several,
    timing,
    uncharging,
)
from domain.verbs.guards import naming_the_winner

Plan = Callable[[Order, Any, datetime, Actor], list[Operation]]
Apply = Callable[[Revision, Any, list[Outcome]], None]


@dataclass(frozen=True)
class Rule:
    """One verb. `to`: the lifecycle words it can lead to from another, held to what random lives reach; `customer`: a customer's own key may do it."""

    command: type[Command]
    apply: Apply
    plan: Plan | None
    samples: Samples
    """The simplest commands of this verb on an order, for `allowed`; `never` where no operator starts it."""
    to: tuple[str, ...] = ()
    customer: bool = False
    by_itself: bool = False
    """A timer or a fact from outside; no face offers it."""
    reserves: bool = False
    """May need stock: the save can refuse it with insufficient_inventory."""


def _pure(apply: Callable[[Revision, Any], None]) -> Apply:
    return lambda rev, command, outcomes: apply(rev, command)


def _plan(plan: Callable[[Order, Any], list[Operation]]) -> Plan:
    return lambda order, command, now, actor: plan(order, command)


def _timed(plan: Callable[[Order, Any, datetime], list[Operation]]) -> Plan:
    return lambda order, command, now, actor: plan(order, command, now)


def _plan_timer(order: Order, command: c.MoveTimer, now: datetime, actor: Actor) -> list[Operation]:
    """A window that is fired asks what it would ask by itself."""
    window, moved = timing.moved(order, command, now)
    if not command.fire or window.command is None:
        return []
    return asked(moved, window.command, now, actor)


def _apply_timer(rev: Revision, command: c.MoveTimer, outcomes: list[Outcome]) -> None:
    window = timing.move(rev, command)
    if command.fire and window.command is not None:
        RULES[window.command.verb].apply(rev, window.command, outcomes)


def _plan_several(order: Order, command: c.Several, now: datetime, actor: Actor) -> list[Operation]:
    return several.plan_several(order, command, now, actor, RULES)


def _apply_several(rev: Revision, command: c.Several, outcomes: list[Outcome]) -> None:
    several.apply_several(rev, command, outcomes, RULES)


# ruff: noqa: E501  (the table keeps one row per verb)
# fmt: off
RULES: dict[str, Rule] = {rule.command.verb: rule for rule in [
    #    command             apply                                          plan (asks a provider)                        simplest commands                 leads to
    Rule(c.Place,              _pure(placing.apply_place),                    None,                                         samples.never,                    ("draft", "confirmed", "paid"), reserves=True),
    Rule(c.Confirm,            _pure(placing.apply_confirm),                  None,                                         samples.bare(c.Confirm),          ("confirmed", "paid"), reserves=True),
    Rule(c.Pay,                paying.apply_pay,                              _plan(paying.plan_pay),                       samples.pay,                      ("paid", "confirmed", "failed"), reserves=True),
    Rule(c.RecordPayment,      _pure(paying.apply_record_payment),            None,                                         samples.bare(c.RecordPayment),    ("paid", "confirmed"), reserves=True),
    Rule(c.Capture,            paying.apply_capture,                          _plan(paying.plan_capture),                   samples.bare(c.Capture),          ("paid",)),
    Rule(c.Void,               paying.apply_void,                             _plan(paying.plan_void),                      samples.bare(c.Void),             ()),
    Rule(c.Fulfill,            fulfilling.apply_fulfill,                      _plan(fulfilling.plan_fulfill),               samples.bare(c.Fulfill),          ("shipped", "paid")),
    Rule(c.Ship,               _pure(fulfilling.apply_ship),                  None,                                         samples.ship,                     ("shipped",)),
    Rule(c.Unship,             _pure(fulfilling.apply_unship),                None,                                         samples.unship,                   ("paid", "confirmed")),
    Rule(c.UpdateFulfillment,  _pure(fulfilling.apply_update_fulfillment),    None,                                         samples.update_fulfillment,       ("shipped", "delivered")),
    Rule(c.CancelFulfillment,  _pure(fulfilling.apply_cancel_fulfillment),    None,                                         samples.cancel_fulfillment,       ("paid", "confirmed"), reserves=True),
    Rule(c.Deliver,            _pure(fulfilling.apply_deliver),               None,                                         samples.bare(c.Deliver),          ("delivered",)),
    Rule(c.CancelItems,        uncharging.apply_cancel_items,                 _plan(uncharging.plan_cancel_items),          samples.cancel_items,             ("paid", "shipped", "delivered", "returned")),
    Rule(c.Restock,            uncharging.apply_restock,                      _plan(uncharging.plan_restock),               samples.restock,                  ("paid", "shipped", "delivered", "returned")),
    Rule(c.Cancel,             cancelling.apply_cancel,                       cancelling.plan_cancel,                       samples.bare(c.Cancel),           ("cancelled",), customer=True),
    Rule(c.Refund,             refunding.apply_refund,                        _plan(refunding.plan_refund),                 samples.bare(c.Refund),           ("paid", "shipped", "delivered", "returned")),
    Rule(c.RequestReturn,      _pure(returning.apply_request_return),         None,                                         samples.request_return,           (), customer=True),
    Rule(c.ApproveReturn,      exchanging.apply_step,                         exchanging.plan_step,                         samples.approve_return,           ("paid", "confirmed")),
    Rule(c.RejectReturn,       exchanging.apply_step,                         exchanging.plan_step,                         samples.reject_return,            ("paid", "confirmed", "shipped", "delivered")),
    Rule(c.WithdrawReturn,     exchanging.apply_step,                         exchanging.plan_step,                         samples.withdraw_return,          ("paid", "confirmed", "shipped", "delivered"), customer=True),
    Rule(c.ReceiveReturn,      receiving.apply_receive_return,                receiving.plan_receive_return,                samples.receive_return,           ("paid", "confirmed", "returned")),
    Rule(c.RequestExchange,    exchanging.apply_request_exchange,             exchanging.plan_request_exchange,             samples.request_exchange,         ("paid", "confirmed"), customer=True, reserves=True),
    Rule(c.MakeClaim,          claiming.apply_claim,                          claiming.plan_claim,                          samples.claim,                    ("paid", "confirmed"), reserves=True),
    Rule(c.Update,             _pure(editing.apply_update),                   None,                                         samples.bare(c.Update),           ()),
    Rule(c.Edit,               charging.apply_edit,                           _plan(charging.plan_edit),                    samples.edit,                     ("confirmed", "paid", "shipped", "delivered", "returned"), reserves=True),
    Rule(c.PlaceHold,          _pure(holding.apply_hold),                     None,                                         samples.hold,                     ()),
    Rule(c.ReleaseHold,        _pure(holding.apply_release_hold),             None,                                         samples.release_hold,             ()),
    Rule(c.Close,              _pure(editing.apply_close),                    None,                                         samples.bare(c.Close),            ()),
    Rule(c.Reopen,             _pure(editing.apply_reopen),                   None,                                         samples.bare(c.Reopen),           ("confirmed", "paid"), reserves=True),
    Rule(c.AddNote,            _pure(editing.apply_add_note),                 None,                                         samples.add_note,                 ()),
    Rule(c.DeleteNote,         _pure(editing.apply_delete_note),              None,                                         samples.delete_note,              ()),
    Rule(c.Several,            _apply_several,                                _plan_several,                                samples.never,                    ("paid", "confirmed", "shipped", "delivered", "cancelled"), reserves=True),
    Rule(c.MoveTimer,          _apply_timer,                                  _plan_timer,                                  samples.move_timer,               ("cancelled", "paid")),
    # by themselves
    Rule(c.EndPaymentWindow,   cancelling.apply_end_payment_window,           _timed(cancelling.plan_end_payment_window),   samples.never,                    ("cancelled",), by_itself=True),
    Rule(c.LapseAuthorization, cancelling.apply_lapse,                        _timed(cancelling.plan_lapse),                samples.never,                    ("paid",), by_itself=True),
    Rule(c.EndHold,            _pure(holding.apply_end_hold),                 None,                                         samples.never,                    (), by_itself=True),
    Rule(c.AutoClose,          _pure(cancelling.apply_auto_close),            None,                                         samples.never,                    (), by_itself=True),
    Rule(c.ExpireReturn,       exchanging.apply_step,                         exchanging.plan_step,                         samples.never,                    ("paid", "confirmed", "shipped", "delivered"), by_itself=True),
    Rule(c.ReturnMoney,        cancelling.apply_return_money,                 _plan(cancelling.plan_return_money),          samples.never,                    (), by_itself=True),
    Rule(c.PaymentFact,        _pure(facts.apply_payment_fact),               None,                                         samples.never,                    ("paid", "failed"), by_itself=True),
    Rule(c.RefundFact,         _pure(facts.apply_refund_fact),                None,                                         samples.never,                    ("paid",), by_itself=True),
    Rule(c.DisputeFact,        _pure(facts.apply_dispute_fact),               None,                                         samples.never,                    (), by_itself=True),
]}
# fmt: on


def plan(order: Order, command: Command, now: datetime, actor: Actor) -> list[Operation]:
    """What this command asks of a provider, in order; empty when nothing. Raises OrderError when it is refused."""
    operations = asked(order, command, now, actor)
    if not operations:
        settle(order, command, [], now, actor)
    return operations


def asked(order: Order, command: Command, now: datetime, actor: Actor) -> list[Operation]:
    """The same for who settles next anyway: where nothing is asked, a refusal may be left for `settle` to raise."""
    rule = RULES[command.verb]
    with naming_the_winner(order):
        return [] if rule.plan is None else rule.plan(order, command, now, actor)


def settle(order: Order, command: Command, outcomes: list[Outcome], now: datetime, actor: Actor) -> Change:
    """The order after this command, given what the provider answered. Refuses only what `plan` refuses."""
    rev = Revision(order, now, actor)
    with naming_the_winner(order):
        RULES[command.verb].apply(rev, command, outcomes)
    return rev.finish()


def prelude(order: Order, command: Command, now: datetime, actor: Actor) -> Order | None:
    """What must hold before money moves (stock reserved), or None. Only its stock is applied; it is never saved."""
    if isinstance(command, c.Pay) and order.stage == "draft":
        rev = Revision(order, now, actor)
        paying.prelude_pay(order, command, rev)
        return rev.order
    if isinstance(command, c.Edit):
        return charging.edited(order, command).order
    if isinstance(command, c.RequestExchange):
        rev = Revision(order, now, actor)
        exchanging.request(rev, command)
        return rev.order
    if isinstance(command, c.Several):
        left, step = several.before_asking(order, command, now, actor, RULES)
        return left if step is None else prelude(left, step, now, actor) or left
    return None


def allowed(order: Order, now: datetime, actor: Actor) -> list[str]:
    """Verbs that would be accepted now, with their simplest content: what an operator may do next."""
    return [verb for verb, rule in RULES.items() if any(_accepts(order, c, now, actor) for c in rule.samples(order))]


def _accepts(order: Order, command: Command, now: datetime, actor: Actor) -> bool:
    try:
        plan(order, command, now, actor)
    except OrderError:
        return False
    return True


def unruled() -> list[str]:
    """Commands without a row, and rows without a command."""
    return sorted(set(COMMANDS) ^ set(RULES))


def unreachable() -> list[str]:
    """Lifecycle words that no row leads to."""
    words = set(lifecycle.__annotations__["return"].__args__)
    return sorted(words - {word for rule in RULES.values() for word in rule.to})
