"""Exchanges and claims in an order's account (contract section 13), from the facts of each of their steps.

What new lines cost is a fact, like all charges. When they are owed, what the units that go for them are credited and when, and
whose worth a replacement takes over is reckoned here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.book.account import Account
from tests.book.sold import Advance, Contradiction

Charges = tuple[dict[str, tuple[int, int]], int, int]
"""Line -> (quantity, what it costs); shipping; its tax."""


@dataclass
class Swap:
    """An exchange. `asked`: units to come back; `came`: those that did, to be credited with the last parcel."""

    id: str
    lines: tuple[str, ...]
    asked: dict[str, int]
    on_approval: bool
    came: dict[str, int] = field(default_factory=dict)
    owed: bool = False
    without: tuple[Any, ...] = ()
    """What was sold and credited just before the new lines were owed."""
    with_them: tuple[Any, ...] = ()


def stands(account: Account) -> tuple[Any, ...]:
    """The charges as they are, and the units that are credited: what giving an exchange up must lead back to."""
    lines = tuple(sorted((name, s.quantity, s.total, s.credited) for name, s in account.lines.items()))
    return lines, account.shipping, account.shipping_tax


def approve(account: Account, swap: Swap, charges: Charges, percent: int) -> int:
    """`on_approval`: the new lines are owed, and what is to come back is credited before it comes, less the policy's fee."""
    if not swap.on_approval:
        return 0
    before = account.surplus
    _owe(account, swap, charges)
    worth = account.worth(swap.asked) - account.kept(swap.asked, None, percent)
    account.advances[swap.id] = Advance(min(worth, account.owed), swap.lines)
    return account.what_goes_back(before)


def parcel(
    account: Account,
    swap: Swap,
    units: dict[str, int],
    charges: Charges,
    *,
    last: bool,
    given: int | None,
    with_shipping: bool,
    fee: int | None,
    percent: int,
) -> int:
    """Units are counted as they come, and all of them credited with the last."""
    account.counted("returned", units)
    for line, count in units.items():
        swap.came[line] = swap.came.get(line, 0) + count
    if not last:
        if given is not None or fee is not None or with_shipping:
            raise Contradiction("an exchange was settled before its last parcel")
        return 0
    before = account.surplus
    if swap.owed:
        account.advances.pop(swap.id, None)
    else:
        _owe(account, swap, charges)
    shipping = account.shipping_left if with_shipping else (0, 0)
    account.credit_back(swap.came, shipping, given=given, fee=fee, percent=percent)
    return account.what_goes_back(before)


def give_up(account: Account, swap: Swap, charges: Charges) -> int:
    """Rejected, withdrawn or expired. Nothing is credited in advance any more; new lines of which nothing is sent are off."""
    before = account.surplus
    account.advances.pop(swap.id, None)
    if not swap.owed or any(account.lines[name].sent for name in swap.lines if name in account.lines):
        return account.what_goes_back(before)
    untouched = stands(account) == swap.with_them
    account.sold(*charges)
    for name in swap.lines:
        if (kept := account.lines.get(name)) is None:
            continue
        if not kept.credited and not kept.away:
            raise Contradiction(f"{name} is sold no longer, and stays")
        account.cancel_units({name: kept.quantity - kept.cancelled})
    if untouched and stands(account) != swap.without:
        raise Contradiction(f"an exchange that was given up left {stands(account)}, and there was {swap.without}")
    return account.what_goes_back(before)


def _owe(account: Account, swap: Swap, charges: Charges) -> None:
    swap.without = stands(account)
    account.sold(*charges)
    swap.owed, swap.with_them = True, stands(account)


def replace(
    account: Account, claimed: Sequence[tuple[str, str | None]], new: Sequence[tuple[str, str | None, int]]
) -> None:
    """Claimed units, one by one, as (line, variant); the new lines as (line, variant, units). Each new unit stands for one of
    its own variant first; what is left is spread over the new units that are left, the last line taking it where none is."""
    left = list(claimed)
    taken: dict[str, list[str]] = {name: [] for name, _, _ in new}
    free: list[str] = []
    for name, variant, units in new:
        own = [unit for unit in left if unit[1] == variant][:units]
        for unit in own:
            left.remove(unit)
        taken[name] += [line for line, _ in own]
        free += [name] * (units - len(own))
    free = free or [new[-1][0]]
    for n, name in enumerate(free):
        taken[name] += [line for line, _ in left[len(left) * n // len(free) : len(left) * (n + 1) // len(free)]]
    for name, originals in taken.items():
        account.lines[name].stands = tuple(originals)
        for original in originals:
            account.lines[original].away += 1
