"""Random lives over HTTP, every verb through a face drawn anew: after each step four views and the events are the book's.

Statuses are where an order that is not paid in full goes wrong last. A life that differs is led again by its seed:
`pytest 'tests/book/test_any_face.py::test_a_random_life_reads_the_same_through_every_face[7]'`.
"""

import pytest

from tests.book.any_face import AnyFace
from tests.book.tale import Counter

LIVES = 16


@pytest.mark.parametrize("seed", range(LIVES))
async def test_a_random_life_reads_the_same_through_every_face(automatic: Counter, seed: int) -> None:
    life = AnyFace(seed, automatic)
    try:
        await life.live()
    except AssertionError as error:
        raise AssertionError(f"seed {seed}, after {life.told}: {error}") from error
    assert life.told
