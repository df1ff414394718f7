"""What is asked of one order, drawn whole from a seed before anything is sent; and each command as an HTTP request."""

import random
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

VARIANT: Final = "var_xyz789"
"""Of the demo catalogue."""
PRICE: Final = 1000
"""Of an added line's unit, in minor units; the manual payment that follows it is as much."""
MOST_REFUNDED: Final = 500
"""In one refund: small beside what an order costs, so that no refund is the last."""
IMPATIENT: Final = 0.1
"""Commands that are sent twice."""

Verb = Literal[
    "place", "confirm", "pay", "manual", "fulfill", "send_rest", "deliver", "note", "restock", "add_line", "refund", "cancel"
]  # fmt: skip
REPEATABLE: Final[tuple[Verb, ...]] = (
    *("fulfill", "fulfill", "fulfill", "note", "note", "restock", "add_line", "add_line", "refund", "refund", "manual"),
)


@dataclass(frozen=True)
class Step:
    """One command. `beside`: sent at the same time as the step before it, so that the two race. `twice`: an impatient client
    sends it a second time, with its key, before the first is answered."""

    verb: Verb
    units: int = 1
    amount: int = 0
    """Minor units."""
    beside: bool = False
    twice: bool = False


@dataclass(frozen=True)
class Life:
    number: int
    quantity: int
    """Of the order's first line."""
    steps: tuple[Step, ...]
    """The first is `place`."""


def draw(seed: int, number: int) -> Life:
    """The life of the order of this number."""
    dice = random.Random(f"{seed}-{number}")
    steps = [Step("place")]
    if dice.random() < 0.1:  # confirmed and never paid: its payment window closes
        steps += [Step("confirm"), Step("note"), Step("manual", amount=PRICE)]
    else:
        steps += [*_paid(dice), *_middle(dice), *_end(dice)]
    impatient = tuple(replace(step, twice=dice.random() < IMPATIENT) for step in steps)
    return Life(number, dice.randint(10, 20), impatient)


def _paid(dice: random.Random) -> list[Step]:
    """Confirmed and paid in full, one way or another."""
    steps = [Step("confirm")] if dice.random() < 0.7 else []
    if steps and dice.random() < 0.4:
        steps += [Step("manual", amount=PRICE * dice.randint(1, 4)) for _ in range(dice.randint(1, 3))]
    return [*steps, Step("pay")]


def _middle(dice: random.Random) -> list[Step]:
    steps: list[Step] = []
    for _ in range(dice.randint(5, 11)):
        verb = dice.choice(REPEATABLE)
        # Payments do not race: which of two that cross is given back is another drill's question.
        beside = bool(steps) and steps[-1].verb not in ("manual", "add_line") and dice.random() < 0.25
        match verb:
            case "refund":
                steps.append(Step(verb, amount=dice.randint(1, MOST_REFUNDED), beside=beside))
            case "manual":
                steps.append(Step(verb, amount=PRICE))
            case "add_line":
                units = dice.randint(1, 2)
                steps.append(Step(verb, units=units, beside=beside))
                if dice.random() < 0.8:
                    steps.append(Step("manual", amount=PRICE * units))
            case _:
                steps.append(Step(verb, beside=beside))
    return steps


def _end(dice: random.Random) -> list[Step]:
    """A quarter is delivered and closes by itself, a tenth is cancelled where that is still legal."""
    ending = dice.random()
    if ending < 0.25:
        return [Step("manual", amount=PRICE), Step("send_rest"), Step("deliver")]
    return [Step("cancel")] if ending < 0.35 else []


def request_of(step: Step, order: dict[str, Any], token: str) -> tuple[str, dict[str, Any]]:
    """(path, body) of the command on the order as it was placed; `token` is written where the command leaves text."""
    ours, theirs = f"/order/{order.get('id')}", f"/api/v1/orders/{order.get('id')}"
    line = order["items"][0]["id"] if "items" in order else ""
    major = f"{step.amount // 100}.{step.amount % 100:02d}"
    requests: dict[Verb, tuple[str, dict[str, Any]]] = {
        "place": ("/order", {"email": f"{token}@example.com"}),
        "confirm": (f"{ours}/confirm", {}),
        "pay": (f"{ours}/pay", {"paymentMethod": "pm_card_visa"}),
        "manual": (f"{theirs}/transactions", {"kind": "sale", "gateway": "manual", "amount": major}),
        "fulfill": (f"{ours}/fulfill", {"items": [{"itemId": line, "quantity": step.units}], "trackingNumber": token}),
        "send_rest": (f"{ours}/fulfill", {"trackingNumber": token}),
        "deliver": (f"{ours}/deliver", {}),
        "note": (f"{theirs}/notes", {"body": token}),
        "restock": (
            f"/commercehq/api/v1/orders/{order.get('displayId', '#').removeprefix('#')}/restocks",
            {"items": [{"id": line, "quantity": step.units}]},
        ),
        "add_line": (
            f"{theirs}/line_items",
            {"variant_id": VARIANT, "quantity": step.units, "price": f"{PRICE / 100:.2f}"},
        ),
        "refund": (f"{ours}/refund", {"amount": step.amount, "reason": token}),
        "cancel": (f"{ours}/cancel", {"reason": "customer_request"}),
    }
    return requests[step.verb]
