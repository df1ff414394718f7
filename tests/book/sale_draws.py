"""What a random life (draws.py) asks after the sale: returns, exchanges and claims, in all their steps."""

from typing import Literal

from domain import commands as c
from domain.commands import Command
from domain.order import Units
from tests.book.dice import CARDS, PRICES, Dice
from tests.domain.orders import line, set_line


class AfterSale(Dice):
    """Goods that come back, others that go out for them."""

    def come_back(self) -> None:
        """A return, from request to the last of its parcels, or to whatever ends it before."""
        left = {i.id: i.delivered - i.returned for i in self.order.lines}
        chosen = self._some(left) or ()
        asked = tuple(c.ReturnUnits(line_id=u.line_id, quantity=u.quantity) for u in chosen)
        method: Literal["original", "store_credit"] = "store_credit" if self.dice.random() < 0.25 else "original"
        if not asked or not self.act(c.RequestReturn(lines=asked, refund_method=method)):
            return
        found = self.order.returns[-1].id
        if self.order.return_(found).status == "requested":
            self.act(c.ApproveReturn(return_id=found))
        if self.dice.random() < 0.1:
            self.act(c.WithdrawReturn(return_id=found))
        elif self.dice.random() < 0.9:
            self._parcel(found)

    def exchange(self) -> None:
        """Goods for goods, as far as the die takes it: asked for, approved, the new units sent, the first parcel here."""
        dice = self.dice
        left = {i.id: i.delivered - i.returned for i in self.order.lines}
        if dice.random() < 0.5:
            chosen = tuple(Units(line_id=name, quantity=n) for name, n in left.items() if n > 0)[:2]
        else:
            chosen = self._some(left) or ()
        asked = tuple(c.ReturnUnits(line_id=u.line_id, quantity=u.quantity) for u in chosen)
        new = tuple(
            line(quantity=dice.randint(1, 3), unit_price=dice.choice(PRICES), variant_id="var_new")
            for _ in range(dice.choice((1, 1, 2)))
        )
        ship: Literal["on_receipt", "on_approval"] = dice.choice(("on_receipt", "on_approval", "on_approval"))
        method = dice.choice((None, *CARDS))
        if not asked or not self.act(
            c.RequestExchange(lines=asked, new_lines=new, ship=ship, payment_method=method, provider="sandbox")
        ):
            return
        found = self.order.returns[-1].id
        if self.order.return_(found).status == "requested" and dice.random() < 0.8:
            self.act(c.ApproveReturn(return_id=found), mood="declined" if dice.random() < 0.3 else None)
        if dice.random() < 0.3:
            self.act(self._pay(None))
        if dice.random() < 0.4:
            self.act(c.Fulfill(lines=self._some_unsent()))
        if dice.random() < 0.4 and self.order.return_(found).status == "approved":
            self._parcel(found)

    def decide(self) -> None:
        """A return that is open: yes, or one of the ways it is given up."""
        if not (found := [made for made in self.order.returns if made.status in ("requested", "approved")]):
            return
        chosen = self.dice.choice(found)
        ways: tuple[Command, ...] = (
            c.ApproveReturn(return_id=chosen.id),
            c.RejectReturn(return_id=chosen.id, reason="worn"),
            c.WithdrawReturn(return_id=chosen.id),
            c.MoveTimer(name=f"ship_by:{chosen.id}", fire=True),
        )
        self.act(self.dice.choice(ways[: 3 if chosen.status == "requested" else 4]))

    def work_on_new_units(self) -> None:
        """The lines an exchange or a claim brought: cancelled, edited, sent, given back again."""
        dice = self.dice
        ours = [i for i in self.order.lines if i.exchange_id or i.claim_id]
        if not ours:
            return
        chosen = dice.choice(ours)
        unsent = chosen.quantity - chosen.cancelled - chosen.sent
        if unsent <= 0:
            self.act(c.Deliver())
        elif dice.random() < 0.4:
            self.act(c.Fulfill(lines=(Units(line_id=chosen.id, quantity=dice.randint(1, unsent)),)))
        elif dice.random() < 0.5:
            self.act(c.CancelItems(lines=(Units(line_id=chosen.id, quantity=dice.randint(1, unsent)),)))
        else:
            self.act(set_line(chosen.id, quantity=dice.choice((None, 1, 2, 3)), unit_price=dice.choice(PRICES)))

    def claim(self) -> None:
        dice = self.dice
        left = {i.id: i.shipped - i.returned for i in self.order.lines}
        if not (chosen := self._some(left)):
            return
        units = tuple(c.ClaimedUnits(line_id=u.line_id, quantity=u.quantity, reason="damaged") for u in chosen)
        if dice.random() < 0.3:
            self.act(c.MakeClaim(lines=units, resolution="refund"))
            return
        variants = [self.order.line(u.line_id).variant_id for u in chosen]
        other = tuple(
            line(quantity=dice.randint(1, 3), unit_price=0, variant_id=dice.choice((*variants, "var_other")))
            for _ in range(dice.choice((1, 2)))
        )
        self.act(c.MakeClaim(lines=units, resolution="replace", new_lines=other if dice.random() < 0.4 else None))

    def a_parcel_comes(self) -> None:
        """Of a return that still waits for one."""
        if found := [made.id for made in self.order.returns if made.status in ("approved", "partially_received")]:
            self._parcel(self.dice.choice(found))

    def _parcel(self, found: str) -> None:
        amount = self._part(self.witness.account.net) if self.dice.random() < 0.15 else None
        fee = self.dice.choice((0, 1, 100, 500)) if amount is None and self.dice.random() < 0.2 else None
        waiting = {item.line_id: item.quantity - item.received for item in self.order.return_(found).items}
        some = self._some(waiting) if self.dice.random() < 0.5 else None
        lines = None if some is None else tuple(c.ReceivedUnits(line_id=u.line_id, quantity=u.quantity) for u in some)
        shipping = self.dice.random() < 0.2
        final = self.dice.random() < 0.5
        self.act(
            c.ReceiveReturn(
                return_id=found, lines=lines, final=final, amount=amount, fee=fee, refund_shipping=shipping
            ),
            mood="declined" if self.order.return_(found).exchange_id and self.dice.random() < 0.2 else None,
        )
