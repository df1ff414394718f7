"""What a verb costs Temporal, to the event: a verb that grows makes every order of every shop dearer, so it grows on purpose.

When a change is worth its price: change the row here, and write docs/performance.md anew (`python -m benchmarks cost`).
"""

from typing import Final

from benchmarks.cost import Cost, happy_path, others
from tests.workflows.shop import Shop

# fmt: off
#                                    transitions  tasks  events  local  regular  at most so many bytes
HAPPY_PATH: Final[dict[str, Cost]] = {
    "place":                        Cost(3,       1,     7,      1,     0,       2_500),
    "confirm":                      Cost(1,       1,     8,      1,     0,       2_000),
    "pay":                          Cost(4,       2,    13,      0,     1,       2_650),
    "fulfill":                      Cost(1,       1,     7,      1,     0,       1_850),
    "deliver":                      Cost(1,       1,     8,      1,     0,       2_000),
    "return window closes":         Cost(3,       1,     7,      1,     0,       1_500),
}
WHOLE: Final =                      Cost(13,      7,     50,     5,     1,       12_000)
OTHERS: Final[dict[str, Cost]] = {
    "place":                        Cost(3,       1,     7,      1,     0,       2_500),
    "place, auto_confirm":          Cost(3,       1,     8,      1,     0,       2_850),
    "confirm":                      Cost(1,       1,     8,      1,     0,       2_000),
    "pay, confirming a draft":      Cost(4,       2,    12,      0,     1,       2_500),
    "pay, declined":                Cost(4,       2,    12,      0,     1,       2_400),
    "pay, held only":               Cost(4,       2,    14,      0,     1,       2_900),
    "pay, held again":              Cost(4,       2,    13,      0,     1,       2_800),
    "void":                         Cost(4,       2,    13,      0,     1,       2_450),
    "capture":                      Cost(4,       2,    13,      0,     1,       2_450),
    "refund":                       Cost(4,       2,    12,      0,     1,       2_250),
    "cancel, paid":                 Cost(4,       2,    13,      0,     1,       2_350),
    "cancel, unpaid":               Cost(1,       1,     8,      1,     0,       1_800),
    "update":                       Cost(1,       1,     7,      1,     0,       1_500),
    "fulfill":                      Cost(1,       1,     7,      1,     0,       1_850),
    "deliver":                      Cost(1,       1,     8,      1,     0,       2_000),
    "request_return":               Cost(1,       1,     8,      1,     0,       1_850),
    "approve_return":               Cost(1,       1,     8,      1,     0,       2_000),
    "receive_return":               Cost(4,       2,    14,      0,     1,       2_650),
    "close":                        Cost(1,       1,     9,      1,     0,       1_900),
    "payment window ends":          Cost(3,       1,     7,      1,     0,       1_550),
    "add_note, closed order woken": Cost(3,       1,     9,      1,     0,       2_750),
}
# fmt: on


def counted(costs: dict[str, Cost]) -> dict[str, tuple[int, ...]]:
    """Everything but bytes, which vary by a few with ids and dates."""
    return {name: cost.parts()[:-1] for name, cost in costs.items()}


def over(costs: dict[str, Cost], allowed: dict[str, Cost]) -> list[str]:
    return [f"{name}: {cost.size} bytes" for name, cost in costs.items() if cost.size > allowed[name].size]


async def test_the_happy_path_costs_what_it_did_step_by_step_and_whole(shop: Shop) -> None:
    costs, total = await happy_path(shop)
    assert counted(costs) == counted(HAPPY_PATH)
    assert total.parts()[:-1] == WHOLE.parts()[:-1]
    assert over(costs | {"whole": total}, HAPPY_PATH | {"whole": WHOLE}) == []


def test_the_happy_path_is_within_the_house_s_budget() -> None:
    assert WHOLE.transitions <= 14
    assert WHOLE.tasks <= 7
    assert WHOLE.events <= 51
    assert WHOLE.size <= 12_000


async def test_every_other_verb_costs_what_it_did(shop: Shop) -> None:
    costs = await others(shop)
    assert counted(costs) == counted(OTHERS)
    assert over(costs, OTHERS) == []
