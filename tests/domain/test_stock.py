"""What is left of an order's stock moves when some were applied ahead of it."""

from hypothesis import given
from hypothesis import strategies as st

from domain.stock import StockMove, left

Key = tuple[str, int, int]
MOVES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 3), st.integers(-3, 3)), unique_by=lambda m: m[0])


def moves(of: list[Key]) -> list[StockMove]:
    return [StockMove(line_id=n, variant_id=f"var_{n}", on_hand=h, reserved=r, obey=True) for n, h, r in of]


def total(of: list[StockMove]) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for move in of:
        h, r = sums.get(move.line_id, (0, 0))
        sums[move.line_id] = (h + move.on_hand, r + move.reserved)
    return {line: sum_ for line, sum_ in sums.items() if sum_ != (0, 0)}


@given(MOVES, MOVES)
def test_what_was_done_and_what_is_left_are_the_whole(whole: list[Key], done: list[Key]) -> None:
    rest = left(moves(whole), moves(done))
    assert total([*rest, *moves(done)]) == total(moves(whole))
    assert all(move.on_hand or move.reserved for move in rest)


def test_what_was_done_already_leaves_nothing_and_what_nobody_wants_is_taken_back() -> None:
    one = moves([("a", 0, 4)])
    assert left(one, one) == ()
    (back,) = left([], one)
    assert (back.on_hand, back.reserved) == (0, -4)
