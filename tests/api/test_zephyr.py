"""zephyr over HTTP: document 002's own commands, every field of its table, its five statuses, refunds, PATCH, events."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from api.faces.zephyr import render
from api.faces.zephyr.events import UNNAMED
from api.faces.zephyr.render import order
from api.faces.zephyr.translate import TAX_SOURCES
from domain.events import Event, event_id
from domain.order import Actor, Order
from store.order import orders
from tests.api.client import Api
from tests.store.builders import make_order

DOCUMENT = Path(__file__).parents[1] / "documents" / "002-zephyrcart-orders.txt"


def lines() -> list[str]:
    """The document without the viewer's markup: `| 42 | +text | |` is `text`."""
    return [re.sub(r"^\| \d+ \| \+(.*?) *\| *\|$", r"\1", line) for line in DOCUMENT.read_text().splitlines()]


def fields() -> dict[str, str]:
    """Field -> type, of the document's object table."""
    rows = [re.match(r"\| `([a-z_]+)(?:\[\])?` *\| ([a-z]+)", line) for line in lines()]
    return {row[1]: row[2] for row in rows if row}


def printed() -> list[list[str]]:
    """The document's curl commands, as the shell would split them."""
    text = "\n".join(lines())
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    commands = [re.sub(r"\\\n", " ", block).strip() for block in blocks]
    return [shlex.split(command) for command in commands]


async def send_printed(api: Api, argv: list[str], order_id: str) -> Any:
    """Run one printed curl: only host, key, order and `$(uuidgen)` are replaced."""
    url = next(word for word in argv if word.startswith("https://"))
    path = re.sub(r"order_(01HXY8\.\.\.|…)", order_id, url.removeprefix("https://api.zephyrcart.io"))
    headers = {}
    for at, word in enumerate(argv):
        if word == "-H":
            name, _, value = argv[at + 1].partition(": ")
            headers[name] = value.replace("$ZEPHYR_API_KEY", api.key).replace("$(uuidgen)", "0d9e7a2c-uuid")
    content = argv[argv.index("-d") + 1] if "-d" in argv else None
    return await api.http.post(path, content=content, headers=headers)


async def test_every_printed_command_runs_as_printed(api: Api) -> None:
    refund, cancel = printed()
    paid = await api.paid()
    answer = await send_printed(api, refund, paid["id"])
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["amount_cents"], body["reason"], body["metadata"]) == (
        1490,
        "requested_by_customer",
        {"ticket": "ZD-31427"},
    )
    assert body["id"].startswith("re_")
    order = await api.order()
    answer = await send_printed(api, cancel, order["id"])
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_every_field_of_the_table_is_there_with_its_type(api: Api) -> None:
    kinds: dict[str, Any] = {
        "string": str,
        "integer": int,
        "enum": str,
        "boolean": bool,
        "array": list,
        "timestamp": str,
    }
    found = fields()
    assert {"id", "cart_id", "line_items", "subtotal_cents", "placed_at"} <= set(found)
    order = await api.ok("GET", f"/v1/orders/{(await api.order(customerId='cust_1'))['id']}")
    for name, kind in found.items():
        assert isinstance(order[name], kinds[kind]), (name, order[name])
    assert order["id"].startswith("order_")
    assert order["cart_id"] == "cart_" + order["id"].removeprefix("order_")
    assert order["subtotal_cents"] + order["tax_total_cents"] + order["shipping_total_cents"] == order["total_cents"]


async def test_subtotal_is_after_discounts(api: Api) -> None:
    placed = await api.order(shippingMethodId="ship_standard", discountCodes=["WELCOME25"])
    order = await api.ok("GET", f"/v1/orders/{placed['id']}")
    figures = ("subtotal_cents", "discount_total_cents", "shipping_total_cents", "tax_total_cents", "total_cents")
    assert [order[name] for name in figures] == [4499, 1499, 599, 540, 5638]


async def test_the_five_statuses(api: Api) -> None:
    order = await api.order()
    path = f"/v1/orders/{order['id']}"
    assert (await api.ok("GET", path))["status"] == "created"
    assert (await api.ok("PATCH", path, {"status": "paid"}))["status"] == "paid"
    await api.ok("POST", f"{path}/refunds", {"amount_cents": 100})
    assert (await api.ok("GET", path))["status"] == "partially_refunded"
    rest = await api.ok("POST", f"{path}/refunds", {})
    assert rest["amount_cents"] == order["total"] - 100
    assert (await api.ok("GET", path))["status"] == "refunded"
    other = await api.order()
    assert (await api.ok("POST", f"/v1/orders/{other['id']}/cancel"))["status"] == "cancelled"
    again = await api("POST", f"/v1/orders/{other['id']}/cancel")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "order_already_cancelled")
    assert again.json()["error"]["event"]["type"] == "order.cancelled"


async def test_patch_ships_and_delivers_everything(api: Api) -> None:
    path = f"/v1/orders/{(await api.paid())['id']}"
    early = await api("PATCH", path, {"fulfilment": {"status": "delivered"}})
    assert (early.status_code, early.json()["error"]["code"]) == (409, "order_not_shipped")
    none = await api("PATCH", path, {"fulfilment": {"carrier": "UPS"}})
    assert none.status_code == 409
    body = {"fulfilment": {"status": "shipped", "carrier": "UPS", "tracking_number": "1Z9"}, "metadata": {"a": 1}}
    shipped = await api.ok("PATCH", path, body)
    assert (shipped["fulfilment"]["status"], shipped["fulfilment"]["carrier"]) == ("shipped", "UPS")
    assert shipped["metadata"] == {"a": 1}
    changed = await api.ok("PATCH", path, {"fulfilment": {"tracking_url": "https://ups.example/1"}})
    assert (changed["fulfilment"]["carrier"], changed["fulfilment"]["tracking_number"]) == ("UPS", "1Z9")
    assert changed["fulfilment"]["tracking_url"] == "https://ups.example/1"
    done = await api.ok("PATCH", path, {"fulfilment": {"status": "delivered"}, "metadata": {"a": None, "b": "x"}})
    assert (done["fulfilment"]["status"], done["metadata"]) == ("delivered", {"b": "x"})
    late = await api("POST", f"{path}/cancel")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "order_already_fulfilled")


async def test_patch_is_all_or_nothing(api: Api) -> None:
    path = f"/v1/orders/{(await api.order())['id']}"
    refused = await api("PATCH", path, {"metadata": {"a": 1}, "fulfilment": {"status": "delivered"}})
    assert refused.status_code == 409
    assert (await api.ok("GET", path))["metadata"] == {}


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ({"email": "a@b.test"}, 422, "immutable_field", "email"),
        ({"line_items": []}, 422, "immutable_field", "line_items"),
        ({"status": "refunded"}, 422, "validation_error", "status"),
        ({"status": "partially_refunded"}, 422, "validation_error", "status"),
        ({"status": "sent"}, 422, "validation_error", "status"),
        ({"status": "cancelled", "fulfilment": {"status": "shipped"}}, 422, "validation_error", "status"),
        ({"fulfilment": {"status": "lost"}}, 422, "validation_error", "fulfilment.status"),
        ({"fulfilment": {"weight": 1}}, 422, "validation_error", "fulfilment.weight"),
    ],
)
async def test_what_patch_refuses(api: Api, body: Any, status: int, code: str, param: str) -> None:
    answer = await api("PATCH", f"/v1/orders/{(await api.order())['id']}", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert error["type"] == "invalid_request_error"


async def test_the_present_status_is_a_no_op(api: Api) -> None:
    order = await api.order()
    answer = await api("PATCH", f"/v1/orders/{order['id']}", {"status": "created"})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')


async def test_refund_errors_and_the_deprecated_note(api: Api) -> None:
    draft = await api.order()
    nothing = await api("POST", f"/v1/orders/{draft['id']}/refunds", {})
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "nothing_to_refund")
    path = f"/v1/orders/{(await api.paid())['id']}/refunds"
    much = await api("POST", path, {"amount_cents": 10_000_000})
    error = much.json()["error"]
    assert (much.status_code, error["code"], error["param"]) == (422, "amount_too_large", "amount_cents")
    word = await api("POST", path, {"reason": "because"})
    assert (word.status_code, word.json()["error"]["param"]) == (422, "reason")
    noted = await api("POST", path, {"amount_cents": 5, "note": "sorry"})
    assert (noted.status_code, noted.json()["metadata"]) == (201, {"note": "sorry"})
    assert noted.headers["deprecation"] == "@1780099200"
    both = await api("POST", path, {"amount_cents": 5, "note": "sorry", "metadata": {"note": "wins"}})
    assert both.json()["metadata"] == {"note": "wins"}
    assert "deprecation" not in (await api("POST", path, {"amount_cents": 5})).headers


async def test_errors_have_the_documents_families(api: Api) -> None:
    families = {
        "authentication_error": await api.http.get("/v1/orders"),
        "invalid_request_error": await api("GET", "/v1/orders/nope"),
    }
    assert {name: answer.json()["error"]["type"] for name, answer in families.items()} == {n: n for n in families}
    assert families["authentication_error"].json()["error"]["code"] == "invalid_api_key"
    assert families["invalid_request_error"].json()["error"]["code"] == "resource_missing"
    headers = {"Authorization": f"Bearer {api.key}"}
    bad = await api.http.post(f"/v1/orders/{(await api.order())['id']}/cancel", content=b"{", headers=headers)
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "invalid_json")


async def test_the_list_is_a_stable_keyset_of_whole_orders(api: Api) -> None:
    made = [(await api.order(customerId="cust_9"))["id"] for _ in range(5)]
    first = await api.ok("GET", "/v1/orders?limit=2&customer_id=cust_9")
    assert (first["object"], first["has_more"], len(first["data"])) == ("list", True, 2)
    await api.order(customerId="cust_9")
    seen = [o["id"] for o in first["data"]]
    cursor = first["next_cursor"]
    while cursor:
        page = await api.ok("GET", f"/v1/orders?limit=2&customer_id=cust_9&cursor={cursor}")
        seen += [o["id"] for o in page["data"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(made)
    bad = await api("GET", "/v1/orders?cursor=!!")
    assert (bad.status_code, bad.json()["error"]["param"]) == (422, "cursor")
    assert (await api("GET", "/v1/orders?limit=101")).status_code == 422
    assert (await api("GET", "/v1/orders?status=open")).status_code == 422
    assert (await api.ok("GET", "/v1/orders?status=paid"))["data"] == []


async def test_customer_keys_see_and_cancel_their_own_only(api: Api) -> None:
    mine, other = await api.order(customerId="cust_1"), await api.order(customerId="cust_2")
    key = await api.mint("customer", customer="cust_1")
    listed = await api.ok("GET", "/v1/orders", key=key)
    assert [o["id"] for o in listed["data"]] == [mine["id"]]
    assert (await api("GET", f"/v1/orders/{other['id']}", key=key)).status_code == 404
    forbidden = await api("PATCH", f"/v1/orders/{mine['id']}", {"metadata": {}}, key=key)
    assert (forbidden.status_code, forbidden.json()["error"]["code"]) == (403, "forbidden")
    assert (await api.ok("POST", f"/v1/orders/{mine['id']}/cancel", key=key))["status"] == "cancelled"


def test_every_engine_event_has_a_name_or_none() -> None:
    assert UNNAMED == []


async def test_one_order_updated_per_command_that_changed_what_is_mutable(api: Api) -> None:
    paid = await api.paid()
    order = await orders.load(api.db, paid["id"].removeprefix("order_"))
    assert order is not None

    def names(sequence: int, kind: str, **data: Any) -> list[str]:
        event = Event(
            id=event_id(order.id, sequence), sequence=sequence, type=kind, at=order.updated_at,
            actor=Actor(kind="key", id="k"), version=order.version, data=data,
        )  # fmt: skip
        return [name for name, _ in render.webhooks(event, order)]

    last = order.next_sequence - 1
    assert names(last, "order.paid") == ["order.updated"]
    assert names(last - 1, "payment.captured") == []
    assert names(last, "order.created") == ["order.created"]
    assert names(last, "order.refunded") == ["order.refunded", "order.updated"]
    assert names(last - 1, "order.refunded") == ["order.refunded"]
    assert names(last, "order.updated", fields=["note"]) == []
    assert names(last, "order.updated", fields=["metadata"]) == ["order.updated"]
    assert json.dumps(render.webhooks(Event(
        id=event_id(order.id, last), sequence=last, type="order.paid", at=order.updated_at,
        actor=Actor(kind="key", id="k"), version=order.version), order)[0][1])  # fmt: skip


def test_an_order_stored_under_the_older_word_for_our_rates_still_reads_and_shows_the_documents() -> None:
    made = make_order(number=1, seconds=0)
    stored = json.loads(made.model_dump_json()) | {"tax_source": "zephyr"}
    read = Order.model_validate_json(json.dumps(stored))
    assert (read, read.tax_source) == (made, "rates")
    shown = {
        source: order(made.model_copy(update={"tax_source": source})).tax_calculation_source for source in TAX_SOURCES
    }
    assert shown == {"rates": "zephyr", "stripe_tax": "stripe_tax", "avalara": "avalara"}
