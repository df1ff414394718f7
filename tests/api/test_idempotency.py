"""Idempotency-Key: one command and one answer per key (contract section 3)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from domain.commands import Command, Request
from domain.errors import AlreadyCancelled
from domain.order import Order
from door.errands import Settled
from store import requests
from store.engine import reading
from store.tables import requests as table
from tests.api.client import ADDRESS, ITEMS, Api
from tests.api.door import unsettled

CREATE = {"items": ITEMS, "shippingAddress": ADDRESS}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_the_same_create_twice_is_one_order_byte_for_byte(api: Api) -> None:
    first = await api("POST", "/order", CREATE, headers=keyed("a"))
    again = await api("POST", "/order", CREATE, headers=keyed("a"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (await api.ok("GET", "/order"))["count"] == 1


async def test_the_other_header_name_is_the_same_key(api: Api) -> None:
    first = await api("POST", "/order", CREATE, headers={"X-Idempotency-Key": "a"})
    assert (await api("POST", "/order", CREATE, headers=keyed("a"))).content == first.content


async def test_key_order_and_white_space_of_the_body_do_not_matter(api: Api) -> None:
    first = await api("POST", "/order", CREATE, headers=keyed("a"))
    other = dict(reversed(CREATE.items()))
    assert (await api("POST", "/order", other, headers=keyed("a"))).content == first.content


@pytest.mark.parametrize("change", ["body", "path", "query"])
async def test_another_request_under_the_same_key_is_422(api: Api, change: str) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    await api.ok("PATCH", path, {"notes": "a"}, headers=keyed("k"))
    body = {"notes": "b" if change == "body" else "a"}
    other = await api.order()
    target = {"body": path, "path": f"/order/{other['id']}", "query": f"{path}?x=1"}[change]
    response = await api("PATCH", target, body, headers=keyed("k"))
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "idempotency_key_reused"


async def test_a_refusal_by_a_rule_is_replayed_even_when_it_would_be_accepted_now(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    refused = await api("POST", f"{path}/fulfill", {}, headers=keyed("k"))
    assert refused.status_code == 409
    await api.ok("POST", f"{path}/pay", {"paymentMethod": "pm_card_visa"})
    again = await api("POST", f"{path}/fulfill", {}, headers=keyed("k"))
    assert (again.status_code, again.content) == (409, refused.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (await api("POST", f"{path}/fulfill", {}, headers=keyed("k2"))).status_code == 200


@pytest.mark.parametrize(("path", "headers", "status"), [
    ("/order/{id}/pay", {}, 402), ("/order/order_none/cancel", {}, 404), ("/order/{id}/void", {}, 409),
    ("/order/{id}/confirm", {"If-Match": '"9"'}, 412),
])  # fmt: skip
async def test_refusals_are_stored(api: Api, path: str, headers: dict[str, str], status: int) -> None:
    order = await api.order()
    path = path.replace("{id}", order["id"])
    body = {"paymentMethod": "pm_insufficient"} if path.endswith("pay") else {}
    first = await api("POST", path, body, headers=keyed("k") | headers)
    before = api.door.executed
    again = await api("POST", path, body, headers=keyed("k") | headers)
    assert (first.status_code, again.status_code, first.content) == (status, status, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert api.door.executed == before


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"nonsense": 1}', b'{"items": []}'])
async def test_a_malformed_request_is_not_stored_and_its_key_is_free(api: Api, body: bytes) -> None:
    auth = {"Authorization": f"Bearer {api.key}"} | keyed("k")
    bad = await api.http.post("/order", content=body, headers=auth)
    assert bad.status_code in (400, 422)
    good = await api("POST", "/order", CREATE, headers=keyed("k"))
    assert good.status_code == 201
    assert "idempotent-replayed" not in good.headers


async def test_a_403_is_not_stored(api: Api) -> None:
    order = await api.order(customerId="c")
    ck = await api.mint("customer", customer="c")
    for _ in range(2):
        response = await api("POST", f"/order/{order['id']}/refund", {}, key=ck, headers=keyed("k"))
        assert response.status_code == 403
        assert "idempotent-replayed" not in response.headers


@pytest.mark.parametrize("key", ["", " ", "a b", "é".encode("latin-1").decode("latin-1"), "x" * 256])
async def test_a_key_that_is_none_is_422(api: Api, key: str) -> None:
    headers: Any = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": key.encode("latin-1")}
    response = await api.http.post("/order", json=CREATE, headers=headers)
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "Idempotency-Key"


async def test_twenty_at_once_are_one_order(api: Api) -> None:
    answers = await asyncio.gather(*(api("POST", "/order", CREATE, headers=keyed("k")) for _ in range(20)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert (await api.ok("GET", "/order"))["count"] == 1


async def test_owners_do_not_share_keys(api: Api) -> None:
    """All secret keys of a mode are one owner; each customer is another."""
    order = await api.order(customerId="c")
    path = f"/order/{order['id']}"
    second = await api.mint()
    first = await api("PATCH", path, {"notes": "x"}, headers=keyed("k"))
    replay = await api("PATCH", path, {"notes": "x"}, headers=keyed("k"), key=second)
    assert replay.content == first.content
    assert replay.headers["idempotent-replayed"] == "true"
    ck = await api.mint("customer", customer="c")
    own = await api("POST", f"{path}/cancel", {}, headers=keyed("k"), key=ck)
    assert own.status_code == 200
    assert "idempotent-replayed" not in own.headers


async def test_a_lost_answer_is_rendered_from_the_snapshot(api: Api) -> None:
    """The command settled and its answer never left: the next request gets it, flagged, and nothing happens twice."""
    order = await api.paid()
    path = f"/order/{order['id']}/refund"
    api.door.fails_after = RuntimeError("the API died")
    lost = await api("POST", path, {"amount": 100}, headers=keyed("k"))
    assert lost.status_code == 500
    api.door.fails_after = None
    await api.ok("PATCH", f"/order/{order['id']}", {"notes": "later"})
    again = await api("POST", path, {"amount": 100}, headers=keyed("k"))
    assert (again.status_code, again.json()["amount"]) == (200, 100)
    assert again.headers["idempotent-replayed"] == "true"
    third = await api("POST", path, {"amount": 100}, headers=keyed("k"))
    assert (third.content, third.headers["etag"]) == (again.content, again.headers["etag"])
    assert (await api.ok("GET", f"/order/{order['id']}"))["refundedTotal"] == 100


async def test_a_lost_decline_is_rendered_as_a_decline(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}/pay"
    api.door.fails_after = unsettled(None)
    lost = await api("POST", path, {"paymentMethod": "pm_insufficient"}, headers=keyed("k"))
    assert lost.status_code == 402  # the row said how it settled, before 504 was answered
    assert lost.json()["error"]["declineCode"] == "insufficient_funds"


async def test_an_accepted_command_is_never_judged_anew(api: Api) -> None:
    """A refusal is answered only after a look at the row: here another process settled the same request meanwhile."""
    order = await api.paid()
    path = f"/order/{order['id']}/cancel"
    settle = api.door._perform

    async def settles_and_refuses(stored: Order, command: Command, request: Request) -> Settled:
        await settle(stored, command, request)
        raise AlreadyCancelled("the order is cancelled")

    api.door._perform = settles_and_refuses  # type: ignore[method-assign,assignment]
    response = await api("POST", path, {}, headers=keyed("k"))
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize(("accepted", "status", "code"), [(False, 503, "unavailable"), (None, 504, "unavailable")])
async def test_what_did_not_settle_is_not_stored(api: Api, accepted: bool | None, status: int, code: str) -> None:
    api.door.fails = unsettled(accepted)
    first = await api("POST", "/order", CREATE, headers=keyed("k"))
    assert (first.status_code, first.json()["error"]["code"]) == (status, code)
    assert first.headers["retry-after"] == "5"
    api.door.fails = None
    assert (await api("POST", "/order", CREATE, headers=keyed("k"))).status_code == 201
    assert (await api.ok("GET", "/order"))["count"] == 1


async def test_a_create_that_is_repeated_after_504_keeps_the_id_of_its_claim(api: Api) -> None:
    ids: list[str] = []
    place = api.door.place

    async def noted(order: Order, *, confirm: bool, request: Request) -> Settled:
        ids.append(order.id)
        return await place(order, confirm=confirm, request=request)

    api.door.place = noted  # type: ignore[method-assign]
    api.door.fails = unsettled(None)
    await api("POST", "/order", CREATE, headers=keyed("k"))
    api.door.fails = None
    made = await api.ok("POST", "/order", CREATE, headers=keyed("k"))
    assert len(set(ids)) == 1
    assert made["id"] == f"order_{ids[0]}"


async def test_pending_is_202_and_the_same_key_gets_the_outcome(api: Api) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}/refund"
    api.door.settle_in_time = False
    first = await api("POST", path, {"amount": 100, "reason": "late"}, headers=keyed("k"))
    assert first.status_code == 202
    assert first.headers["retry-after"]
    assert (first.json()["status"], first.json()["amount"], first.json()["id"]) == ("pending", 100, None)
    api.door.settle_in_time = True
    second = await api("POST", path, {"amount": 100, "reason": "late"}, headers=keyed("k"))
    assert (second.status_code, second.json()["status"]) == (200, "processed")
    assert (await api.ok("GET", f"/order/{order['id']}"))["refundedTotal"] == 100


async def test_writes_that_are_no_orders_honour_keys_too(api: Api) -> None:
    body = {"delta": 5, "reason": "found"}
    first = await api("POST", "/engine/inventory/var_001/adjust", body, headers=keyed("k"))
    again = await api("POST", "/engine/inventory/var_001/adjust", body, headers=keyed("k"))
    assert (first.status_code, first.content) == (200, again.content)
    assert (await api.ok("GET", "/engine/inventory/var_001"))["onHand"] == 1005


async def test_a_minted_key_is_replayed_and_yet_stored_nowhere(api: Api) -> None:
    body = {"scope": "restricted"}
    first = await api("POST", "/engine/keys", body, headers=keyed("k"))
    again = await api("POST", "/engine/keys", body, headers=keyed("k"))
    assert (first.status_code, first.content, again.headers["idempotent-replayed"]) == (201, again.content, "true")
    assert (await api.ok("GET", "/engine/keys"))["count"] == 1
    async with reading(api.db) as conn:
        row = (await conn.execute(select(table))).one()
    assert first.json()["key"].encode() not in row.body


async def test_the_row_holds_a_hash_and_never_the_key(api: Api) -> None:
    await api("POST", "/order", CREATE, headers=keyed("my-very-secret-key"))
    async with reading(api.db) as conn:
        row = (await conn.execute(select(table))).one()
    assert "my-very-secret-key" not in str(row)
    assert (await requests.find(api.db, row.id)) is not None


async def test_a_writes_own_202_is_its_answer_and_is_replayed(api: Api) -> None:
    hook = await api.ok("POST", "/webhook", {"url": "https://8.8.8.8/hook", "events": ["*"]})
    first = await api("POST", f"/webhook/{hook['id']}/test", {}, headers=keyed("k"))
    again = await api("POST", f"/webhook/{hook['id']}/test", {}, headers=keyed("k"))
    assert (first.status_code, again.status_code, first.content) == (202, 202, again.content)
