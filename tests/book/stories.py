"""The stories: orders not paid in full whose units are cancelled, returned or edited away, and what is right (issue 10).

Each is told at a counter (tale.py) whose policy is `automatic`, or `on_fulfillment` where it says so. Amounts are in cents.
"""

from typing import Final

from tests.book.tale import CANCELLING, GIVING, Counter, Tale

INVALID_QUANTITY: Final = (400, "INVALID_QUANTITY")


async def a_unit_added_and_cancelled_again(counter: Counter, way: str) -> None:
    """1: one paid, a second added, one cancelled: nothing goes back, nothing is due, one is to ship."""
    tale = await Tale(counter).place(1)
    await tale.pay()
    await tale.edit(2)
    assert tale.figures() == {"due": 1000, "captured": 1000, "refunded": 0, "to ship": 2}
    await tale.cancel_units(1, way)
    assert tale.figures() == {"due": 0, "captured": 1000, "refunded": 0, "to ship": 1}
    await tale.is_settled()
    await tale.ship()
    await tale.deliver()
    await tale.close()
    assert tale.figures() == {"due": 0, "captured": 1000, "refunded": 0, "to ship": 0}


async def two_of_three_cancelled_on_a_third_paid(counter: Counter, way: str) -> None:
    """1, first variant: 10 of 30 paid."""
    tale = await Tale(counter).place(3)
    await tale.pay(1000)
    await tale.cancel_units(2, way)
    assert tale.figures() == {"due": 0, "captured": 1000, "refunded": 0, "to ship": 1}
    await tale.is_settled()
    await tale.ship()


async def two_of_three_cancelled_on_two_thirds_paid(counter: Counter, way: str) -> None:
    """1, between: 20 of 30 paid; the customer keeps one unit and has paid for two."""
    tale = await Tale(counter).place(3)
    await tale.pay(2000)
    await tale.cancel_units(2, way)
    back = 0 if way == "commercehq, restock" else 1000
    assert tale.figures() == {"due": 0, "captured": 2000, "refunded": back, "to ship": 1}
    await tale.is_settled()


async def one_cancelled_after_most_went_back(counter: Counter, way: str, face: str = "hanzo") -> None:
    """1, second variant: 3×10 paid, 25 given back, one unit cancelled: its credit is the 5 still owed; two wait to be sent."""
    tale = await Tale(counter).place(3)
    await tale.pay()
    await GIVING[face](tale, 2500)
    tale.book.refund(2500)
    await tale.agree()
    assert tale.figures() == {"due": 0, "captured": 3000, "refunded": 2500, "to ship": 3}
    await tale.cancel_units(1, way)
    back = 2500 if way == "commercehq, restock" else 3000
    assert tale.figures() == {"due": 0, "captured": 3000, "refunded": back, "to ship": 2}
    await tale.is_settled()


async def the_waiting_two_cancelled_after_one_was_shipped(counter: Counter, way: str, face: str = "hanzo") -> None:
    """2, `on_fulfillment`: the shipped unit's money stays, the rest of the hold is released, nothing is due."""
    tale = await Tale(counter).place(3)
    await tale.authorize()
    await tale.ship_and_capture(1, face)
    taken = 1000 if tale.several else 3000
    assert tale.figures() == {"due": 3000 - taken, "captured": taken, "refunded": 0, "to ship": 2}
    await tale.cancel_units(2, way)
    back = 0 if way == "commercehq, restock" else taken - 1000
    assert tale.figures() == {"due": 0, "captured": taken, "refunded": back, "to ship": 0}
    await tale.is_settled()
    await tale.deliver()


async def a_unit_restocked_before_anything_is_paid(counter: Counter, way: str) -> None:
    """3: one of two cancelled on an unpaid order: 10 is due, and pay charges 10."""
    tale = await Tale(counter).place(2)
    await tale.cancel_units(1, way)
    assert tale.figures() == {"due": 1000, "captured": 0, "refunded": 0, "to ship": 1}
    await tale.pay()
    assert tale.figures() == {"due": 0, "captured": 1000, "refunded": 0, "to ship": 1}
    await tale.is_settled()


async def the_shipped_one_comes_back(counter: Counter, face: str = "hanzo") -> None:
    """4, `on_fulfillment`: one of three shipped, delivered and returned: the other two wait, owed and paid for."""
    tale = await Tale(counter).place(3)
    await tale.authorize()
    await tale.ship_and_capture(1, face)
    await tale.deliver()
    found = await tale.come_back()
    back = 0 if tale.several else 1000
    assert (found["status"], found["refundAmount"]) == ("refunded" if back else "received", back)
    taken = 1000 if tale.several else 3000
    assert tale.figures() == {"due": 2000 - (taken - back), "captured": taken, "refunded": back, "to ship": 2}
    await tale.ship_and_capture(2, face)
    assert tale.figures() == {"due": 0, "captured": 2000 + back, "refunded": back, "to ship": 0}
    await tale.is_settled()


async def a_refunded_unit_cannot_be_edited_away(counter: Counter, face: str) -> None:
    """5: three paid, one refunded (money only): the line's quantity is fixed, and three are to ship.

    Cancelling two of them then credits those that were not refunded, so the one that is sent is the one that was.
    """
    tale = await Tale(counter).place(3)
    await tale.pay()
    if face == "hanzo":
        await tale.hanzo("/refund", {"items": [tale.units("hanzo")]})
    else:
        line = {"line_item_id": tale.line("storefront"), "quantity": 1, "restock": False}
        await tale.storefront("/refunds", {"refund_line_items": [line]})
    tale.book.refund_units(1)
    await tale.agree()
    line_path = f"/line_items/{tale.line('storefront')}"
    for method, body in (
        ("PUT", {"quantity": 1}),
        ("PUT", {"quantity": 4}),
        ("PUT", {"price": "5.00"}),
        ("DELETE", None),
    ):
        status, error = await tale.refused(method, "storefront", line_path, body)
        # A last line cannot be removed for another reason, which may be told first.
        assert (status, error["code"]) == INVALID_QUANTITY or method == "DELETE", error
    assert tale.figures() == {"due": 0, "captured": 3000, "refunded": 1000, "to ship": 3}
    await tale.cancel_units(2, "hanzo, refund")
    assert tale.figures() == {"due": 0, "captured": 3000, "refunded": 3000, "to ship": 1}, "the refunded unit is left"


async def the_other_line_removed_after_one_was_shipped(counter: Counter, face: str = "hanzo") -> None:
    """6, `on_fulfillment`: two lines, one shipped, the other removed: its hold is released at once, not when it lapses."""
    tale = await Tale(counter).place(1, 2)
    await tale.authorize()
    await tale.ship_and_capture(1, face)
    await tale.remove(1)
    taken = 1000 if tale.several else 3000
    assert tale.figures() == {"due": 0, "captured": taken, "refunded": taken - 1000, "to ship": 0}
    assert tale.book.held == 0
    await tale.deliver()
    await tale.close()
    await tale.is_settled()


BY_WAY: Final = {
    told.__name__: told
    for told in (
        a_unit_added_and_cancelled_again,
        two_of_three_cancelled_on_a_third_paid,
        two_of_three_cancelled_on_two_thirds_paid,
        one_cancelled_after_most_went_back,
        a_unit_restocked_before_anything_is_paid,
    )
}
"""Stories under `capture: automatic`, each told once for every way of cancelling units."""
WAYS: Final = tuple(CANCELLING)
