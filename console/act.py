"""What a person may do to an order: one row per action, with its form and the command it becomes.

An act that moves money or stock `previews`: its form shows first exactly what it will do (the dry run), and is done only as it
was shown. The rows are in console/acts/; the table is its `__init__.py`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from api.shop import Shop
from console.roles import Roles
from console.said import Said
from domain.commands import Command
from domain.order import Line, Order

Kind = Literal["text", "area", "money", "number", "moment", "tick", "choice", "units", "email", "link"]
Group = Literal["money", "goods", "returns", "order"]


@dataclass(frozen=True)
class UnitsOf:
    """How many units of one line: at most, and to begin with."""

    line: Line
    most: int
    begin: int


@dataclass(frozen=True)
class Input:
    """One field of an act's form."""

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    value: str = ""
    """To begin with; of a tick: anything is ticked."""
    needed: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    """(value, what is shown)."""
    units: tuple[UnitsOf, ...] = ()
    suggest: tuple[str, ...] = ()
    """What a text may be filled with."""


Inputs = Callable[[Shop, Order, str], Sequence[Input]]
Build = Callable[[Shop, Order, Said, str], Awaitable[Command]]
"""(shop, order, form, ref): `ref` is the id of what in the order it is about, "" where it is the order itself."""


@dataclass(frozen=True)
class Act:
    """One action. `name`: in its path; `verb`: of the lifecycle's table."""

    name: str
    verb: str
    title: str
    group: Group
    roles: Roles
    inputs: Inputs
    build: Build
    previews: bool = True
    about: Callable[[Order], Sequence[tuple[str, str]]] | None = None
    """What it may be about: (ref, label), one action for each; None: the order itself."""
    grave: bool = False
    """It cannot be undone, and its button looks so."""


def nothing_asked(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return ()


def lines_with(order: Order, left: Callable[[Line], int], *, all_of_it: bool) -> tuple[UnitsOf, ...]:
    """Of every line with units left, how many."""
    found = ((line, left(line)) for line in order.lines)
    return tuple(UnitsOf(line, most, most if all_of_it else 0) for line, most in found if most > 0)
