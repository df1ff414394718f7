"""One random life of an order, decided by its seed alone: what is asked of it, and what goes wrong meanwhile.

A life is drawn whole before anything is sent, so a failing seed can be replayed. Steps are JSON-like and printable.
"""

import random
from dataclasses import dataclass, field
from typing import Any, Final, Literal

REQUEST_FAULTS: Final = ("reset", "lose_answer", "rate_limit", "unavailable", "server_error", "server_error_after")
WEBHOOK_FAULTS: Final = ("webhook_dropped", "webhook_doubled", "webhook_late", "webhook_reordered")
METHODS: Final = (
    *["pm_card_visa"] * 6,
    "pm_card_mastercard",
    "pm_card_visa_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_threeDSecure2Required",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
    "pm_card_createDispute",
    "pm_usBankAccount",
)
CURRENCIES: Final = ("USD", "USD", "EUR", "JPY", "ISK", "UGX", "KWD", "BHD")
POINTS: Final = ("before_money", "after_start", "after_ask", "after_finish")

Verb = Literal["pay", "capture", "void", "fulfill", "refund", "units", "edit", "cancel", "bank", "dashboard"]
"""units: some unsent units are cancelled. edit: the line's quantity changes."""
VERBS: Final[tuple[Verb, ...]] = (
    *("pay", "pay", "pay", "capture", "capture", "fulfill", "fulfill", "fulfill", "refund", "refund", "refund"),
    *("units", "units", "edit", "edit", "void", "cancel", "bank", "bank", "dashboard"),
)


@dataclass(frozen=True)
class Step:
    """One thing that happens. `portion`: of what is there, where the verb takes an amount. `die`: where the worker dies."""

    verb: Verb
    portion: float = 1.0
    method: str = "pm_card_visa"
    capture: bool | None = None
    faults: tuple[str, ...] = ()
    die: str | None = None
    """None: it lives; a point of faulty_worker.py; or `moment`: at once."""
    word: str = "succeeded"
    """bank: how it decides. dashboard: what a person does there."""


@dataclass(frozen=True)
class Life:
    seed: int
    currency: str
    quantity: int
    price_each: int
    policy: dict[str, Any]
    several: bool
    """The provider captures a hold several times."""
    kills: float
    """How likely the worker died, per step: a part of what decided the life."""
    steps: tuple[Step, ...] = field(default=())


def draw(seed: int, *, kills: float = 0.03) -> Life:
    """The life of this seed. `kills`: how likely the worker dies, per step."""
    dice = random.Random(seed)
    currency = dice.choice(CURRENCIES)
    step = 10 if currency in ("KWD", "BHD") else 1
    return Life(
        seed=seed,
        currency=currency,
        quantity=dice.randint(1, 4),
        price_each=dice.randint(100, 9_999) * step,
        policy={
            "capture": dice.choice(["automatic", "automatic", "manual", "on_fulfillment", "on_fulfillment"]),
            "on_authorization_expiry": dice.choice(["release", "capture"]),
            "max_payment_attempts": dice.choice([0, 2, 3]),
        },
        several=dice.random() < 0.5,
        kills=kills,
        steps=(_step(dice, "pay", kills), *(_step(dice, None, kills) for _ in range(dice.randint(3, 8)))),
    )


def _step(dice: random.Random, verb: Verb | None, kills: float) -> Step:
    chosen: Verb = dice.choice(VERBS) if verb is None else verb
    faults = tuple(dice.choice(REQUEST_FAULTS) for _ in range(dice.choice([0, 1, 1, 2])))
    faults += tuple(dice.choice(WEBHOOK_FAULTS) for _ in range(dice.choice([0, 0, 1, 2])))
    die = dice.choice(["moment", *POINTS]) if dice.random() < kills else None
    return Step(
        verb=chosen,
        portion=dice.choice([1.0, 1.0, round(dice.uniform(0.05, 0.95), 2)]),
        method=dice.choice(METHODS),
        capture=dice.choice([None, None, True, False]),
        faults=faults,
        die=die,
        word=dice.choice(["refund", "capture", "cancel"])
        if chosen == "dashboard"
        else dice.choice(["succeeded", "failed"]),
    )
