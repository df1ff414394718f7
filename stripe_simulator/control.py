"""The simulator's own controls under `/_simulator/`: faults, time, 3-D Secure, banks, disputes, targets, ledger, reset.

JSON in and out, no key needed; one row per control in CONTROLS. These are the test's hands, not part of Stripe.
"""

from collections.abc import Callable
from typing import Any

from stripe_simulator import charges, confirmation, disputes, intents, ledger, methods, refunds
from stripe_simulator.call import Call, clock
from stripe_simulator.faults import FaultBook, rule
from stripe_simulator.refusal import Body, Refusal
from stripe_simulator.store import Store, public
from stripe_simulator.webhooks import Webhooks

Json = dict[str, Any]


class Controls:
    """What the control endpoints act on."""

    def __init__(self, store: Store, faults: FaultBook, webhooks: Webhooks) -> None:
        self.store = store
        self.faults = faults
        self.webhooks = webhooks

    def call(self, livemode: bool) -> Call:
        """A call of the simulator's own making."""
        return Call(self.store, self.webhooks, clock(self.store), livemode)

    def subject(self, kind: str, ident: str) -> tuple[Call, Body]:
        """The object in whichever mode it lives."""
        found = self.store.any(ident)
        if found is None or found["object"] != kind:
            raise Refusal(f"No such {kind}: {ident}", status=404)
        return self.call(bool(found.get("livemode", found.get("_livemode")))), found


def outcome(body: Json, words: tuple[str, ...]) -> Any:
    """`{"outcome": word}`; the first word when absent."""
    word = body.get("outcome", words[0])
    if word not in words:
        raise Refusal(f"outcome must be one of {list(words)}")
    return word


def tick(controls: Controls) -> int:
    """Does what has become due by the simulator's clock; how many things that was."""
    due = controls.store.due(clock(controls.store))
    for found in due:
        call, kind = controls.call(bool(found.get("livemode", found.get("_livemode")))), found["object"]
        if kind == "refund":
            refunds.settle(call, found, found["_outcome"])
        elif found["status"] == "requires_capture":
            intents.lapse(call, found)
        elif found["status"] == "processing":
            method = call.store.get("payment_method", found["payment_method"], call.livemode)
            fails = methods.behaviour(method).settles == "fails"
            confirmation.settle(call, found, "failed" if fails else "succeeded")
    return len(due)


def advance(controls: Controls, body: Json) -> Body:
    """POST clock {"seconds": n}: time passes; holds lapse, refunds settle, keys are forgotten."""
    seconds = body.get("seconds")
    if not isinstance(seconds, int) or seconds < 0:
        raise Refusal("seconds must be a whole number, 0 or more")
    controls.store.set("offset_seconds", controls.store.setting("offset_seconds", 0) + seconds)
    return {"happened": tick(controls), "now": clock(controls.store)}


def now(controls: Controls, body: Json) -> Body:
    """GET clock."""
    return {"now": clock(controls.store), "offset_seconds": controls.store.setting("offset_seconds", 0)}


def authenticate(controls: Controls, body: Json, ident: str) -> Body:
    """POST payment_intents/{id}/authenticate {"outcome": "succeeded" | "failed"}: the customer's 3-D Secure."""
    call, intent = controls.subject("payment_intent", ident)
    return public(confirmation.authenticate(call, intent, outcome(body, ("succeeded", "failed"))))  # type: ignore[no-any-return]


def settle(controls: Controls, body: Json, ident: str) -> Body:
    """POST payment_intents/{id}/settle {"outcome": …}: the bank of an asynchronous method."""
    call, intent = controls.subject("payment_intent", ident)
    return public(confirmation.settle(call, intent, outcome(body, ("succeeded", "failed"))))  # type: ignore[no-any-return]


def settle_refund(controls: Controls, body: Json, ident: str) -> Body:
    """POST refunds/{id}/settle {"outcome": …}."""
    call, refund = controls.subject("refund", ident)
    return public(refunds.settle(call, refund, outcome(body, ("succeeded", "failed"))))  # type: ignore[no-any-return]


def dispute(controls: Controls, body: Json, ident: str) -> Body:
    """POST charges/{id}/dispute {"reason"?}."""
    call, charge = controls.subject("charge", ident)
    return public(disputes.open_dispute(call, charge, str(body.get("reason", "fraudulent"))))  # type: ignore[no-any-return]


def decide(controls: Controls, body: Json, ident: str) -> Body:
    """POST disputes/{id}/decide {"outcome": "won" | "lost"}."""
    call, found = controls.subject("dispute", ident)
    return public(disputes.decide(call, found, outcome(body, ("won", "lost"))))  # type: ignore[no-any-return]


def dispute_intent(controls: Controls, body: Json, ident: str) -> Body:
    """POST payment_intents/{id}/dispute: of its latest charge."""
    call, intent = controls.subject("payment_intent", ident)
    charge = charges.of_intent(call, intent)
    return public(disputes.open_dispute(call, charge, str(body.get("reason", "fraudulent"))))  # type: ignore[no-any-return]


def add_fault(controls: Controls, body: Json) -> Body:
    """POST faults {rule}."""
    controls.faults.rules.append(rule(body))
    return controls.faults.rules[-1].shown()


def list_faults(controls: Controls, body: Json) -> Body:
    """GET faults: the rules and how often each fired."""
    return {"rules": [found.shown() for found in controls.faults.rules]}


def clear_faults(controls: Controls, body: Json) -> Body:
    """DELETE faults: no more faults; answers what had been injected."""
    told = list_faults(controls, body)
    controls.faults.rules.clear()
    return told


def set_targets(controls: Controls, body: Json) -> Body:
    """PUT webhooks {"targets": [{"url", "secret"}]}."""
    targets = body.get("targets")
    if not isinstance(targets, list) or not all(set(t) == {"url", "secret"} for t in targets):
        raise Refusal('targets must be a list of {"url", "secret"}')
    controls.store.set("targets", targets)
    return {"targets": [t["url"] for t in targets]}


def deliveries(controls: Controls, body: Json) -> Body:
    """GET webhooks: every delivery, oldest first, and how many still wait."""
    rows = controls.store.db.execute("SELECT event, type, target, attempt, state FROM deliveries ORDER BY id")
    names = ("event", "type", "target", "attempt", "state")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {"deliveries": found, "waiting": controls.webhooks.waiting()}


def account(controls: Controls, body: Json) -> Body:
    """PUT account {"multicapture": bool}."""
    if set(body) != {"multicapture"} or not isinstance(body["multicapture"], bool):
        raise Refusal('the account has one setting: {"multicapture": bool}')
    controls.store.set("multicapture", body["multicapture"])
    return body


def show_ledger(controls: Controls, body: Json) -> Body:
    """GET ledger."""
    return {"entries": ledger.entries(controls.store)}


def reset(controls: Controls, body: Json) -> Body:
    """POST reset: forgets objects, keys, deliveries, clock, targets, account settings and faults."""
    controls.store.reset()
    controls.faults.rules.clear()
    return {"reset": True}


CONTROLS: dict[tuple[str, str], Callable[..., Body]] = {
    ("GET", "clock"): now,
    ("POST", "clock"): advance,
    ("POST", "payment_intents/{}/authenticate"): authenticate,
    ("POST", "payment_intents/{}/settle"): settle,
    ("POST", "payment_intents/{}/dispute"): dispute_intent,
    ("POST", "refunds/{}/settle"): settle_refund,
    ("POST", "charges/{}/dispute"): dispute,
    ("POST", "disputes/{}/decide"): decide,
    ("GET", "faults"): list_faults,
    ("POST", "faults"): add_fault,
    ("DELETE", "faults"): clear_faults,
    ("GET", "webhooks"): deliveries,
    ("PUT", "webhooks"): set_targets,
    ("PUT", "account"): account,
    ("GET", "ledger"): show_ledger,
    ("POST", "reset"): reset,
}


def perform(controls: Controls, method: str, path: str, body: Json) -> Body:
    """Runs one control; `path` is what follows `/_simulator/`."""
    parts = path.strip("/").split("/")
    ident, name = (parts[1], f"{parts[0]}/{{}}/{parts[2]}") if len(parts) == 3 else (None, path.strip("/"))
    found = CONTROLS.get((method, name))
    if found is None:
        raise Refusal(f"No such control: {method} {path}", status=404)
    return found(controls, body, ident) if ident else found(controls, body)
