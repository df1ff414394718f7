"""Lists, filters, expansion, ETags, and the four spellings of an order's id."""

import pytest

from domain import ids
from tests.api.client import ADDRESS, Api


async def test_an_order_is_found_by_every_spelling(api: Api) -> None:
    order = await api.order()
    ulid = order["id"].removeprefix("order_")
    number = order["displayId"].removeprefix("#")
    spellings = (
        order["id"],
        order["id"].lower(),
        ulid,
        ids.to_uuid(ulid),
        number,
        f"%23{number}",
        ids.to_uuid(ulid).upper(),
    )
    for spelled in spellings:
        assert (await api.ok("GET", f"/order/{spelled}"))["id"] == order["id"], spelled


async def test_lists_filter_by_the_words_of_both_documents(api: Api) -> None:
    draft = await api.order(email="A@example.com", customerId="cust_1")
    confirmed = await api.order(email="b@example.com")
    await api.ok("POST", f"/order/{confirmed['id']}/confirm")
    paid = await api.paid(email="c@example.com")
    held = await api.order()
    await api.ok("POST", f"/order/{held['id']}/authorize", {"paymentMethod": "pm_card_visa"})
    shipped = await api.shipped()
    partly = await api.paid()
    item = partly["items"][0]["id"]
    await api.ok("POST", f"/order/{partly['id']}/fulfill", {"items": [{"itemId": item, "quantity": 1}]})
    delivered, cancelled = await api.delivered(), await api.order()
    await api.ok("POST", f"/order/{cancelled['id']}/cancel", {})
    refunded = await api.delivered()
    await api.ok("POST", f"/order/{refunded['id']}/refund", {})
    # fmt: off
    expected = {
        "status=pending":                          [draft, confirmed],
        "status=confirmed":                        [paid, held],
        "status=processing":                       [partly],
        "status=shipped":                          [shipped],
        "status=delivered":                        [delivered],
        "status=cancelled":                        [cancelled],
        "status=refunded":                         [refunded],
        "status=returned":                         [],
        "status=failed":                           [],
        "status=draft":                            [draft],
        "status=paid":                             [paid, partly],
        "paymentStatus=pending":                   [draft, confirmed, cancelled],
        "paymentStatus=authorized":                [held],
        "paymentStatus=captured":                  [paid, shipped, partly, delivered],
        "paymentStatus=refunded":                  [refunded],
        "fulfillmentStatus=partial":               [partly],
        "fulfillmentStatus=fulfilled":             [shipped, delivered, refunded],
        "status=confirmed&paymentStatus=captured": [paid],
        "customerId=cust_1":                       [draft],
        "customerId=nobody":                       [],
        "q=a@EXAMPLE":                             [draft],
        "since=2000-01-01&until=2001-01-01":       [],
        "until=2000-01-01T00:00:00Z":              [],
        f"q={draft['id'][:30]}":                   [draft],
        f"q={draft['displayId'][1:]}":             [draft],
        f"q=%23{draft['displayId'][1:]}":          [draft],
    }
    # fmt: on
    for query, wanted in expected.items():
        listed = await api.ok("GET", f"/order?{query}")
        assert {o["id"] for o in listed["models"]} == {o["id"] for o in wanted}, query
        assert listed["count"] == len(wanted), query


async def test_pages_sort_and_count(api: Api) -> None:
    orders = [await api.order(items=[{"title": "x", "quantity": 1, "unitPrice": price}]) for price in (300, 100, 200)]
    numbers = [o["displayId"] for o in orders]

    async def shown(query: str) -> list[str]:
        listed = await api.ok("GET", f"/order?{query}")
        assert listed["count"] == 3
        return [o["displayId"] for o in listed["models"]]

    assert await shown("sort=displayId") == numbers
    assert await shown("sort=displayId:desc") == numbers[::-1]
    assert await shown("sort=-displayId") == numbers[::-1]
    assert await shown("sort=total") == [numbers[1], numbers[2], numbers[0]]
    assert await shown("sort=-total&display=2&page=2") == [numbers[1]]
    assert await shown("page=9") == []
    assert len(await shown("sort=createdAt:desc&display=100")) == 3
    assert len(await shown("sort=updatedAt")) == 3


async def test_a_list_shows_the_summary_and_what_is_expanded(api: Api) -> None:
    await api.delivered(email="jane@example.com", customerId="cust_1")
    plain = (await api.ok("GET", "/order"))["models"][0]
    assert set(plain) == {
        "id", "displayId", "status", "lifecycle", "paymentStatus", "fulfillmentStatus", "email", "customerId", "currency",
        "total", "createdAt",
    }  # fmt: skip
    for path in ("items", "payments", "fulfillments", "refunds", "returns", "customer", "events"):
        expanded = (await api.ok("GET", f"/order?expand={path}"))["models"][0]
        assert set(expanded) == {*plain, path}, path
    both = (await api.ok("GET", "/order?expand=items.product&expand=items.variant,customer"))["models"][0]
    assert both["items"][0]["product"]["name"] == "Premium T-Shirt"
    assert both["items"][0]["variant"]["options"] == ["Black", "M"]
    assert both["items"][0]["variantId"] == "var_xyz789"
    assert both["customer"]["email"] == "jane@example.com"


async def test_get_expands_beside_ids(api: Api) -> None:
    order = await api.order(customerId="cust_1", email="jane@example.com")
    path = f"/order/{order['id']}"
    assert "product" not in order["items"][0]
    whole = await api.ok("GET", f"{path}?expand=items.product,customer,events")
    assert whole["customerId"] == "cust_1"
    assert whole["customer"]["id"] == "cust_1"
    assert [e["type"] for e in whole["events"]] == ["order.created"]
    assert await api.ok("GET", f"{path}?expand=items,payments,fulfillments,refunds,returns") == await api.ok(
        "GET", path
    )


async def test_etags(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    first = await api("GET", path)
    assert first.headers["etag"] == '"1"'
    for tag in ('"1"', 'W/"1"', '"0", "1"', "*"):
        unchanged = await api("GET", path, headers={"If-None-Match": tag})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", '"1"')
    changed = await api("PATCH", path, {"notes": "x"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (await api("GET", path, headers={"If-None-Match": '"1"'})).status_code == 200
    stale = await api("PATCH", path, {"notes": "y"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "precondition_failed")
    assert (await api("PATCH", path, {"notes": "y"}, headers={"If-Match": 'W/"2"'})).status_code == 412
    assert (await api("PATCH", path, {"notes": "y"}, headers={"If-Match": '"1", "2"'})).status_code == 200
    assert (await api("PATCH", path, {"notes": "z"}, headers={"If-Match": "*"})).status_code == 200
    nothing = await api("PATCH", path, {})
    assert (nothing.status_code, nothing.headers["etag"]) == (200, '"4"')


async def test_every_single_order_answer_has_an_etag(api: Api) -> None:
    order = await api.delivered()
    path = f"/order/{order['id']}"
    for method, suffix, body in (
        ("GET", "/events", None),
        ("GET", "/returns", None),
        ("POST", "/refund", {"amount": 1}),
    ):
        assert (await api(method, path + suffix, body)).headers["etag"], suffix


async def test_metadata_merges_and_null_deletes(api: Api) -> None:
    order = await api.order(metadata={"a": 1, "b": {"c": [1.5, None]}})
    path = f"/order/{order['id']}"
    assert (await api.ok("PATCH", path, {"metadata": {"a": None, "d": "x"}}))["metadata"] == {
        "b": {"c": [1.5, None]},
        "d": "x",
    }
    assert (await api.ok("PATCH", path, {"notes": "n", "tags": ["vip"]}))["tags"] == ["vip"]
    cleared = await api.ok("PATCH", path, {"notes": None, "tags": None})
    assert (cleared["notes"], cleared["tags"]) == (None, [])


@pytest.mark.parametrize("field", ["shippingAddress", "billingAddress"])
async def test_addresses_are_replaced_whole_until_the_first_unit_is_sent(api: Api, field: str) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}"
    bare = {"line1": "1 Rue", "city": "Paris", "country": "fr"}
    changed = await api.ok("PATCH", path, {field: bare})
    assert changed[field]["country"] == "FR"
    assert changed[field]["postalCode"] is None
    assert changed["total"] == order["total"]
    await api.ok("POST", f"{path}/fulfill", {})
    refused = await api("PATCH", path, {field: ADDRESS})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "order_already_fulfilled")
    assert (await api("PATCH", path, {"notes": "still"})).status_code == 200


async def test_head_is_get_without_a_body(api: Api) -> None:
    order = await api.order()
    response = await api.http.request(
        "HEAD", f"/order/{order['id']}", headers={"Authorization": f"Bearer {api.key}", "If-None-Match": '"9"'}
    )
    assert (response.status_code, response.headers["etag"]) == (200, '"1"')


@pytest.mark.parametrize("sort", ["createdAt:desc", "createdAt:asc"])
@pytest.mark.parametrize("expand", ["", "&expand=items"])
async def test_by_cursor_nothing_is_passed_over_though_what_is_shown_stops_matching(
    api: Api, sort: str, expand: str
) -> None:
    placed = [(await api.order())["id"] for _ in range(7)]
    seen, asked = [], f"/order?status=draft&sort={sort}&display=3{expand}"
    page = await api.ok("GET", asked)
    while True:
        for shown in page["models"]:
            seen.append(shown["id"])
            await api.ok("POST", f"/order/{shown['id']}/cancel", {})
        if page["nextCursor"] is None:
            break
        page = await api.ok("GET", f"{asked}&cursor={page['nextCursor']}")
    assert seen == (placed if sort == "createdAt:asc" else placed[::-1])
    assert (await api.ok("GET", asked))["count"] == 0


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "sort=total&cursor=WzEsImEiXQ", "q=x&cursor=WzEsImEiXQ", "page=2&cursor=WzEsImEiXQ"]
)
async def test_a_cursor_that_leads_nowhere_is_named(api: Api, query: str) -> None:
    answer = await api("GET", f"/order?{query}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "cursor")


async def test_only_a_list_by_creation_goes_on_by_cursor(api: Api) -> None:
    for _ in range(3):
        await api.order()
    assert (await api.ok("GET", "/order?display=2"))["nextCursor"] is not None
    assert (await api.ok("GET", "/order?display=3"))["nextCursor"] is None
    assert (await api.ok("GET", "/order?display=2&page=2"))["nextCursor"] is None
    assert (await api.ok("GET", "/order?display=2&sort=total"))["nextCursor"] is None
