"""A life's dice (draws.py): the shop it happens in, amounts and units as they can mostly be accepted."""

import random
from datetime import datetime
from decimal import Decimal
from typing import Final

from domain import commands as c
from domain.commands import Command
from domain.order import Actor, Discount, Order, Units
from domain.policy import Policy, ReturnPolicy
from tests.book.witness import Witness
from tests.domain.bank import Bank
from tests.domain.orders import SHOP, T0, line, order

CARDS: Final = ("pm_card_visa", "pm_card_amex", "store_credit")
MOODS: Final = ("refused", "declined", "requires_action", "processing", "pending", "late")
PRICES: Final = (0, 1, 7, 333, 999, 1000, 2999)
CURRENCIES: Final = ("USD", "JPY", "KWD")
DISCOUNTS: Final = (Discount(code="P", amount=0, percent=Decimal(25)), Discount(code="F", amount=0, fixed=500))


class Dice:
    """A life that draws its next step from its seed's dice. Who lives it says what `act` does."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.now: datetime = T0
        self.order = self._drawn()
        self.bank = Bank(multicapture=self.dice.random() < 0.7)
        self.witness = Witness()

    def act(self, command: Command, *, by: Actor = SHOP, mood: str | None = None) -> bool:
        """Whether it was accepted."""
        raise NotImplementedError

    def _drawn(self) -> Order:
        dice, some = self.dice, self.dice.random
        made = [
            line(n, quantity=dice.randint(1, 5), unit_price=dice.choice(PRICES))
            for n in range(1, dice.choice((2, 3, 4)))
        ]
        policy = Policy(
            capture=dice.choice(("automatic", "manual", "on_fulfillment", "on_fulfillment")),
            require_payment_before_fulfill=some() < 0.8,
            payment_window_minutes=1440 if some() < 0.3 else 0,
            max_payment_attempts=dice.choice((0, 3)),
            on_authorization_expiry=dice.choice(("release", "capture")),
        )
        return order(
            *made,
            shipping=[599] if some() < 0.5 else [],
            rates=[("0.08985", some() < 0.5)] if some() < 0.5 else [],
            discounts=[d for d in DISCOUNTS if some() < 0.3],
            currency=dice.choice(CURRENCIES),
            policy=policy,
            return_policy=ReturnPolicy(
                auto_approve=some() < 0.2,
                ship_back_days=dice.choice((0, 14)),
                restocking_fee_percent=Decimal(dice.choice((0, 0, 10, 33))),
            ),
            customer_id="cust_1",
        )

    def mood(self) -> str:
        return self.dice.choice(MOODS) if self.dice.random() < 0.08 else "good"

    def _expected_due(self) -> int:
        return self.witness.account.due

    def _part(self, whole: int) -> int | None:
        """A part of an amount, in tens where the network moves tens; None for all of it."""
        step = 10 if self.order.currency == "KWD" else 1
        amount = int(whole * self.dice.random()) // step * step
        return amount if amount > 0 and self.dice.random() < 0.7 else None

    def _pay(self, amount: int | None) -> c.Pay:
        capture = self.dice.choice((None, None, None, True, False))
        return c.Pay(payment_method=self.dice.choice(CARDS), amount=amount, capture=capture)

    def _some_unsent(self) -> tuple[Units, ...] | None:
        left = {i.id: i.quantity - i.cancelled - i.sent for i in self.order.lines}
        return self._some(left) if self.dice.random() < 0.7 else None

    def _some(self, left: dict[str, int]) -> tuple[Units, ...] | None:
        """One or two lines with some of the units they have; now and then one more than there is."""
        found = [(name, n) for name, n in left.items() if n > 0]
        self.dice.shuffle(found)
        over = 1 if self.dice.random() < 0.05 else 0
        chosen = tuple(
            Units(line_id=name, quantity=min(n, self.dice.choice((1, 1, 2, n))) + over)
            for name, n in found[: self.dice.randint(1, 2)]
        )
        return chosen or None
