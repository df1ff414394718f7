"""Exchanges and claims over HTTP, each step read through all four faces and held against the second account."""

from tests.book.swap_tale import SwapTale
from tests.book.tale import Counter


async def test_two_units_in_two_parcels_for_a_dearer_one_on_receipt(automatic: Counter) -> None:
    """2×10.00 paid and delivered, for one of 35.00: nothing happens until both are here; then 15.00 is asked of the card."""
    tale = await SwapTale(automatic).delivered(2)
    await tale.exchange(2, 3500, "on_receipt", card=True)
    await tale.approve()
    await tale.parcel(1, last=False)
    assert tale.figures()["captured"] == 2000
    assert len(tale.views["zephyr"]["line_items"]) == 1
    await tale.parcel(1, last=True)
    assert tale.figures() | {"to ship": 0} == {"due": 0, "captured": 3500, "refunded": 0, "to ship": 0}
    await tale.is_settled()
    await tale.ship()
    assert await tale.status() == "completed"
    await tale.deliver()
    await tale.is_settled()


async def test_one_parcel_of_two_on_receipt_credits_only_what_came(automatic: Counter) -> None:
    """2×10.00 for one of 5.00, and one comes: 5.00 goes back, the other unit stays sold and can be returned by itself."""
    tale = await SwapTale(automatic).delivered(2)
    await tale.exchange(2, 500, "on_receipt")
    await tale.approve()
    await tale.parcel(1, last=True)
    assert tale.figures()["refunded"] == 500
    assert await tale.line_comes_back(1, 0) == 1000
    await tale.is_settled()


async def test_sent_on_approval_its_parcel_late_its_debt_paid_its_unit_back_after_all(automatic: Counter) -> None:
    """10.00 for 12.00: 2.00 is due at approval; the parcel late, 10.00 more; the unit back later, 10.00 goes back."""
    tale = await SwapTale(automatic).delivered(1)
    await tale.exchange(1, 1200, "on_approval", card=True)
    await tale.approve()
    assert tale.figures()["captured"] == 1200
    await tale.ship()
    await tale.parcel_is_late()
    assert await tale.status() == "overdue"
    assert tale.figures() == {"due": 0, "captured": 2200, "refunded": 0, "to ship": 0}
    assert await tale.line_comes_back(1, 0) == 1000
    await tale.is_settled()


async def test_withdrawn_before_anything_is_sent_all_is_as_it_was(automatic: Counter) -> None:
    """10.00 for 17.00: the 7.00 that was taken goes back, and the new line is gone in every face."""
    tale = await SwapTale(automatic).delivered(1)
    await tale.exchange(1, 1700, "on_approval", card=True)
    await tale.approve()
    await tale.withdraw()
    assert await tale.status() == "cancelled"
    assert tale.figures() == {"due": 0, "captured": 1700, "refunded": 700, "to ship": 0}
    assert len(tale.views["hanzo"]["items"]) == 1


async def test_a_replacement_is_worth_what_it_replaces_and_that_nothing_any_more(automatic: Counter) -> None:
    """One of 10.00 replaced: its own return gives nothing, its replacement's 10.00, once."""
    tale = await SwapTale(automatic).delivered(1)
    await tale.replace(1)
    assert tale.figures()["due"] == 0
    await tale.ship()
    await tale.deliver()
    assert await tale.line_comes_back(1, 0) == 0
    assert await tale.line_comes_back(1, 1) == 1000
    assert tale.figures() == {"due": 0, "captured": 1000, "refunded": 1000, "to ship": 0}
