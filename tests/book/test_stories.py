"""The stories over HTTP through every face that offers the verb, at a light counter; tests/money tells them on whole engines."""

import pytest

from tests.book import stories
from tests.book.tale import GIVING, SHIPPING, Counter

ways = pytest.mark.parametrize("way", stories.WAYS)
shipping = pytest.mark.parametrize("face", SHIPPING)


@ways
@pytest.mark.parametrize("story", stories.BY_WAY)
async def test_cancelling_units_of_an_order_not_paid_in_full(automatic: Counter, story: str, way: str) -> None:
    await stories.BY_WAY[story](automatic, way)


@pytest.mark.parametrize("face", GIVING)
async def test_one_unit_cancelled_after_an_amount_went_back_through_each_face(automatic: Counter, face: str) -> None:
    await stories.one_cancelled_after_most_went_back(automatic, "hanzo, refund", face)


@ways
async def test_cancelling_what_waits_after_one_was_shipped(on_fulfillment: Counter, way: str) -> None:
    await stories.the_waiting_two_cancelled_after_one_was_shipped(on_fulfillment, way)


@shipping
async def test_shipping_one_through_each_face_captures_its_worth(on_fulfillment: Counter, face: str) -> None:
    await stories.the_waiting_two_cancelled_after_one_was_shipped(on_fulfillment, "hanzo, refund", face)


@shipping
async def test_a_shipped_unit_that_comes_back_cancels_none_that_waits(on_fulfillment: Counter, face: str) -> None:
    await stories.the_shipped_one_comes_back(on_fulfillment, face)


@pytest.mark.parametrize("face", ["hanzo", "storefront"])
async def test_a_refunded_unit_is_not_edited_away(automatic: Counter, face: str) -> None:
    await stories.a_refunded_unit_cannot_be_edited_away(automatic, face)


@shipping
async def test_a_line_removed_after_the_other_was_shipped_releases_its_hold(on_fulfillment: Counter, face: str) -> None:
    await stories.the_other_line_removed_after_one_was_shipped(on_fulfillment, face)
