"""storefront's list: every query parameter, and all six fields of the pagination."""

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.storefront.shop import ORDERS, data, paid, placed, refusal, sent


async def numbers(api: Api, query: str) -> list[str]:
    return [row["order_number"] for row in (await api.ok("GET", f"{ORDERS}?{query}"))["data"]]


async def test_every_filter_keeps_what_matches(api: Api) -> None:
    a = await placed(api, email="Ann@Example.com", customer_id="cust_a")
    b = await paid(api, email="bob@example.com")
    c, _ = await sent(api, customer_id="cust_a")
    yen = await data(api, "POST", "", {"currency": "JPY", "line_items": [{"variant_id": "var_jpy", "quantity": 1}]})
    await data(api, "POST", f"/{a['id']}/cancel")
    one, two, three, four = (o["order_number"] for o in (a, b, c, yen))
    cases: list[tuple[str, list[str]]] = [
        ("status=cancelled", [one]),
        ("status=open&fulfillment_status=unfulfilled", [four, two]),
        ("financial_status=paid", [three, two]),
        ("financial_status=voided", [one]),
        ("fulfillment_status=fulfilled", [three]),
        ("customer_id=cust_a", [three, one]),
        ("email=ANN@example.com", [one]),
        (f"order_number={two}", [two]),
        (f"order_number=%23{two}", [two]),
        ("order_number=CH-1", []),
        ("min_total=59.48&max_total=59.48", [three, two, one]),
        ("min_total=60", [four]),
        ("min_total=1800&max_total=1800", [four]),
        ("max_total=59.479", []),
        ("min_total=59.479&max_total=1799.99", [three, two, one]),
        ("created_after=2024-01-01&created_before=2024-01-02T00:00:00Z", []),
        ("created_after=2024-01-01", [four, three, two, one]),
        ("updated_after=2100-01-01", []),
        ("sort=total_price&order=asc&min_total=60", [four]),
        ("sort=created_at&order=asc", [one, two, three, four]),
        ("unheard_of=1", [four, three, two, one]),
    ]
    for query, wanted in cases:
        assert await numbers(api, query) == wanted, query
    assert len(await numbers(api, "sort=updated_at")) == 4
    assert (await numbers(api, "sort=total_price&order=desc"))[-1] == four  # minor units: 1800 before 5948


async def test_the_pagination_says_where_the_page_is(api: Api) -> None:
    empty = await api.ok("GET", ORDERS)
    assert empty == {"data": [], "meta": {"pagination": page(0, 20, 1, 0)}}
    for _ in range(3):
        await placed(api)
    for query, wanted, rows in (
        ("", page(3, 20, 1, 1), 3),
        ("per_page=2", page(3, 2, 1, 2, has_next=True), 2),
        ("per_page=2&page=2", page(3, 2, 2, 2, has_prev=True), 1),
        ("per_page=1&page=2", page(3, 1, 2, 3, has_next=True, has_prev=True), 1),
        ("page=9", page(3, 20, 9, 1, has_prev=True), 0),
    ):
        listed = await api.ok("GET", f"{ORDERS}?{query}")
        assert (listed["meta"]["pagination"], len(listed["data"])) == (wanted, rows), query


def page(
    total: int, per_page: int, current: int, pages: int, *, has_next: bool = False, has_prev: bool = False
) -> dict[str, Any]:
    return {
        "total": total, "per_page": per_page, "current_page": current, "total_pages": pages,
        "has_next": has_next, "has_prev": has_prev,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    ["page=0", "per_page=101", "per_page=0", "page=x", "status=done", "financial_status=x", "fulfillment_status=x",
     "min_total=abc", "max_total=-1", "min_total=1e3", "created_after=yesterday", "sort=email", "order=up"],
)  # fmt: skip
async def test_an_unknown_value_of_a_known_parameter_is_refused(api: Api, query: str) -> None:
    status, code, error = await refusal(api, "GET", f"?{query}")
    assert (status, code) == (422, "VALIDATION_ERROR")
    assert error["details"][0]["field"] == query.partition("=")[0]
