"""commercehq's reads over HTTP: document 004's printed requests and sample, lists, the page of an order, search, keys, errors."""

import base64
import json
import re
from typing import Any

import pytest

from api.faces.commercehq import render
from api.faces.commercehq.events import NAMES
from domain.events import EVENTS
from domain.money import MAX_AMOUNT, from_decimal
from store.order import numbers
from tests.api.client import Api
from tests.api.necklace import DOCUMENT, STREET, necklace, number_of, paid, sample
from tests.domain.orders import placed


def same_type(ours: Any, theirs: Any, at: str = "order") -> None:
    """Field for field, and for every value its JSON type; null where the sample has null proves nothing."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), at
        for key, wanted in theirs.items():
            assert key in ours, f"{at}.{key} is missing"
            same_type(ours[key], wanted, f"{at}.{key}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), at
        if theirs:
            same_type(ours[0], theirs[0], f"{at}[0]")
    elif isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        assert isinstance(ours, (int, float)), at
        assert not isinstance(ours, bool), at
    elif theirs is not None:
        assert isinstance(ours, type(theirs)), f"{at}: {ours!r}"


# Document 004.


async def test_the_printed_requests_run_as_printed(api: Api) -> None:
    printed = re.findall(r"^GET (\S+)$", DOCUMENT, re.MULTILINE)
    assert len(printed) == 2
    number = (await necklace(api))["order_number"]
    answers = []
    for url in printed:
        path = url.replace("https://mystore.commercehq.com", "/commercehq").replace("1400", number)
        answers.append(await api.ok("GET", path))
    assert answers[0] == {"page": 1}
    assert answers[1]["id"] == int(number)
    # `orders?sort=!id,title` and `orders/27`, as the table's examples are written.
    listed = await api.ok("GET", "/orders?sort=!id,title")
    assert [o["id"] for o in listed["items"]] == [int(number)]


async def test_the_sample_field_for_field(api: Api) -> None:
    number = int((await necklace(api))["order_number"])
    await api.ok("POST", f"/order/{number}/pay", {"paymentMethod": "pm_card_visa"})
    wanted = sample()
    order = await api.ok("GET", f"/commercehq/api/v1/orders/{number}")
    same_type(order, wanted)
    item = order["items"][0]["data"]
    same = wanted | {
        "id": number, "display_number": f"CH-{number}", "order_date": order["order_date"],
        "updated_at": order["updated_at"],
    }  # fmt: skip
    same["items"][0]["data"]["id"] = item["id"]
    assert order["items"][0].pop("exchange_id") is None  # the engine's own, beside what is printed
    assert {key: order[key] for key in wanted} == same
    assert list(order)[: len(wanted)] == list(wanted)


async def test_every_attribute_of_the_table_is_there(api: Api) -> None:
    order = await api.ok("GET", f"/orders/{(await necklace(api))['order_number']}")
    table = DOCUMENT[DOCUMENT.index("Response attributes") :]
    named = re.findall(r"^([a-z_.]+) \| (?:int|string|decimal|object|array|timestamp|bool) \|", table, re.MULTILINE)
    assert len(named) > 25
    for name in named:
        value: Any = order
        for part in name.split("."):
            value = value[0] if isinstance(value, list) else value
            assert part in value, name
            value = value[part]


async def test_amounts_are_exact_numbers_of_the_currencys_digits(api: Api) -> None:
    for currency in ("USD", "JPY", "KWD"):
        order = placed().order.model_copy(update={"currency": currency})
        for amount in (0, 1, 10, 1394, 4650, 999_999_999_989, MAX_AMOUNT):
            written = json.dumps(render.money(order, amount))
            assert "e" not in written
            assert from_decimal(written, currency) == amount
            assert not written.endswith((".0", ".00"))
    raw = (await api("GET", f"/orders/{(await necklace(api))['order_number']}")).text
    assert '"total":21.89,' in raw
    assert '"tax":0,' in raw
    assert '"compare_price":46.5,' in raw
    assert '"price":"7.95"' in raw


async def test_an_order_with_nothing_to_say_says_null(api: Api) -> None:
    body = {"items": [{"title": "Custom", "unitPrice": 100, "quantity": 3}], "discount": 50}
    number = await number_of(api, await api.ok("POST", "/order", body))
    order = await api.ok("GET", f"/orders/{number}")
    assert order["shipping"] == {"description": None, "price": None}
    assert order["payment"] == {"type": None, "last4": None}
    assert order["customer"] == {"id": None, "email": None, "first_name": None, "last_name": None}
    assert set(order["address"]["shipping"].values()) == {None}
    assert order["items"][0]["data"]["variant"] == {"id": None, "variant": []}
    assert (order["updated_at"], order["discounts"], order["refund_possible"]) == (
        None,
        [{"code": None, "amount": 0.5}],
        False,
    )
    await api.ok("PATCH", f"/order/{number}", {"notes": "ring twice"})
    changed = await api.ok("GET", f"/orders/{number}")
    assert (changed["notes"], isinstance(changed["updated_at"], int)) == ("ring twice", True)


async def test_codes_customers_and_risks(api: Api) -> None:
    other = STREET | {"city": "Portland", "postalCode": "97201"}
    path = await paid(
        api, customerId="cust_1", discountCodes=["WELCOME25"], shippingAddress=other, billingAddress=STREET
    )
    order = await api.ok("GET", path)
    assert order["discounts"] == [{"code": "WELCOME25", "amount": 14.99}]
    assert order["risk_level"] == {"ip_fail": False, "address_fail": True, "zip_fail": True, "cvc_fail": False}
    assert order["customer"]["id"] == await numbers.number(api.db, False, "customer", "cust_1")
    assert (order["customer"]["first_name"], order["payment"]["type"]) == ("Jack", "Visa")
    data = order["items"][0]["data"]
    assert data["variant"]["id"] == await numbers.number(api.db, False, "variant", "var_xyz789")
    assert data["product_id"] == await numbers.number(api.db, False, "product", "prod_abc123")
    assert await api.ok("GET", path) == order


# Lists.


async def test_the_list_pages_with_meta_and_links(api: Api) -> None:
    made = [await number_of(api, await api.order()) for _ in range(5)]
    first = await api.ok("GET", "/orders?size=2")
    assert [o["id"] for o in first["items"]] == made[:2:-1]
    assert first["_meta"] == {"totalCount": 5, "pageCount": 3, "currentPage": 1, "perPage": 2}
    base = "http://127.0.0.1:8000/orders?size=2&page="
    assert first["_links"] == {
        "self": {"href": base + "1"}, "first": {"href": base + "1"}, "last": {"href": base + "3"},
        "next": {"href": base + "2"},
    }  # fmt: skip
    last = await api.ok("GET", first["_links"]["last"]["href"])
    assert ([o["id"] for o in last["items"]], set(last["_links"])) == (made[:1], {"self", "first", "last", "prev"})
    past = await api.ok("GET", "/orders?size=2&page=9")
    assert (past["items"], past["_meta"]["totalCount"]) == ([], 5)
    assert past["_links"]["prev"]["href"] == base + "3"
    assert first["items"][0] == await api.ok("GET", f"/orders/{made[-1]}")
    for wrong in ("size=0", "size=501", "page=0", "size=x", "sort=colour", "sort=!id,colour"):
        answer = await api("GET", f"/orders?{wrong}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [wrong.partition("=")[0]])


async def test_id_as_a_parameter_answers_like_the_path(api: Api) -> None:
    number = await number_of(api, await api.order())
    one = await api("GET", f"/orders?id={number}")
    assert one.json() == await api.ok("GET", f"/orders/{number}")
    assert one.headers["etag"] == '"1"'
    again = await api("GET", f"/orders?id={number}", headers={"If-None-Match": '"1"'})
    assert (again.status_code, again.content) == (304, b"")
    for unknown in ("5", "nope", "9" * 100):
        assert (await api("GET", f"/orders?id={unknown}")).status_code == 404


async def test_several_sort_keys_and_the_page_of_an_order(api: Api) -> None:
    mails = ["b@shop.test", "a@shop.test", "b@shop.test", "c@shop.test", "a@shop.test"]
    made = [(await number_of(api, await api.order(email=mail)), mail) for mail in mails]

    async def listed(sort: str) -> list[int]:
        return [o["id"] for o in (await api.ok("GET", f"/orders?{asked(sort)}size=500"))["items"]]

    def asked(sort: str) -> str:
        return f"sort={sort}&" if sort else ""

    numbers_only = [n for n, _ in made]
    assert await listed("") == await listed("!id") == sorted(numbers_only, reverse=True)
    assert await listed("!id,title") == sorted(numbers_only, reverse=True)
    assert await listed("title,!id") == [n for n, _ in sorted(made, key=lambda m: (m[1], -m[0]))]
    assert await listed("!email,id") == [n for n, _ in sorted(sorted(made), key=lambda m: [-ord(x) for x in m[1]])]
    for sort in ("", "title,!id", "!total", "status,!paid,order_date", "updated_at"):
        for at, number in enumerate(await listed(sort)):
            assert await api.ok("GET", f"/orders/{number}/page?{asked(sort)}size=2") == {"page": at // 2 + 1}
    assert (await api("GET", f"/orders/{made[0][0]}/page?sort=x")).status_code == 422
    assert (await api("GET", "/orders/5/page")).status_code == 404
    # Not the order's version: the page moves when another order comes.
    assert "etag" not in (await api("GET", f"/orders/{made[0][0]}/page")).headers


async def test_search(api: Api) -> None:
    one = await api.paid(customerId="cust_1", email="A@shop.test")
    two = await api.order(customerId="cust_2")
    three = await api.order(customerId="77", email="a@shop.test")
    a, b, c = [await number_of(api, order) for order in (one, two, three)]
    drawn = (await api.ok("GET", f"/orders/{a}"))["customer"]["id"]

    async def found(body: Any, query: str = "") -> list[int]:
        return [o["id"] for o in (await api.ok("POST", f"/orders/search{query}", body))["items"]]

    assert await found({}) == [c, b, a]
    assert await found({}, "?sort=id&size=2&page=2") == [c]
    assert await found({"id": [a, two["id"], 5, "nonsense"]}) == [b, a]
    assert await found({"id": c}) == [c]
    assert await found({"customer_id": drawn}) == await found({"customer_id": "cust_1"}) == [a]
    assert await found({"customer_id": 77}) == [c]
    assert await found({"email": "a@SHOP.test"}) == [c, a]
    assert await found({"paid": 1}) == [a]
    assert await found({"paid": [0], "status": [0, 5], "email": "a@shop.test"}) == [c]
    assert await found({"status": 5}) == []
    part = await api.ok("POST", "/commercehq/api/v1/orders/search", {"fields": ["id", "total"], "id": a})
    assert part["items"] == [{"id": a, "total": one["total"] / 100}]
    assert part["_meta"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": [6]}, "status[0]"), ({"status": True}, "status[0]"), ({"paid": "1"}, "paid[0]"), ({"id": []}, "id"),
        ({"id": [1.5]}, "id[0]"), ({"id": -1}, "id[0]"), ({"customer_id": {}}, "customer_id"),
        ({"fields": ["colour"]}, "fields[0]"), ({"colour": 1}, "colour"), ({"email": 5}, "email"),
    ],
)  # fmt: skip
async def test_what_search_refuses(api: Api, body: Any, field: str) -> None:
    answer = await api("POST", "/orders/search", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


# Errors and keys.


async def test_every_error_has_the_one_shape(api: Api) -> None:
    path = await paid(api)
    restricted = await api.mint("restricted")
    bad = await api.http.post(f"{path}/refunds", content=b"{", headers={"Authorization": f"Bearer {api.key}"})
    answers = {
        400: bad,
        401: await api.http.get("/orders"),
        403: await api("POST", f"{path}/refunds", {}, key=restricted),
        404: await api("GET", "/orders/nope"),
        405: await api("PUT", path, {}),
    }
    for status, answer in answers.items():
        assert (answer.status_code, list(answer.json())) == (status, ["errors"])
        assert list(answer.json()["errors"]) == ["base"]
    assert (await api("GET", "/commercehq/nowhere")).json()["errors"]["base"]


async def test_keys_basic_restricted_customer_and_the_other_world(api: Api) -> None:
    mine = await number_of(api, await api.order(customerId="cust_1"))
    await api.order(customerId="cust_2")
    own = await number_of(api, await api.order(customerId="cust_1"))
    other = await number_of(api, await api.order(customerId="cust_2"))
    basic = base64.b64encode(f"{api.key}:".encode()).decode()
    assert (await api.http.get(f"/orders/{mine}", headers={"Authorization": f"Basic {basic}"})).status_code == 200
    restricted, live = await api.mint("restricted"), await api.mint(livemode=True)
    customer = await api.mint("customer", customer="cust_1")
    assert (await api.ok("POST", "/orders/search", {}, key=restricted))["_meta"]["totalCount"] == 4
    assert (await api.ok("GET", "/orders", key=live))["_meta"]["totalCount"] == 0
    assert (await api("GET", f"/orders/{mine}", key=live)).status_code == 404
    for method, path, body in (("GET", "/orders", None), ("POST", "/orders/search", {})):
        seen = await api.ok(method, path, body, key=customer)
        assert [o["id"] for o in seen["items"]] == [own, mine]
    assert (await api.ok("POST", "/orders/search", {"customer_id": "cust_2"}, key=customer))["items"] == []
    assert await api.ok("GET", f"/orders/{mine}/page?size=1", key=customer) == {"page": 2}
    for path in (f"/orders/{other}", f"/orders?id={other}", f"/orders/{other}/page"):
        assert (await api("GET", path, key=customer)).status_code == 404
    assert (await api("POST", f"/orders/{mine}/refunds", {}, key=customer)).status_code == 403


def test_no_engine_event_has_a_name_here() -> None:
    assert set(NAMES) == set(EVENTS)
    assert set(NAMES.values()) == {None}
