"""clients/behaviour.json, case by case, for the Python client: the blocking and the asyncio one."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import ordermill_client as sdk
import pytest
from ordermill_client import wire
from ordermill_client.answers import OrderList, Versioned
from ordermill_client.sending import Call, Options

from tests.clients.running import ROOT

CONTRACT: dict[str, Any] = json.loads((ROOT / "clients/behaviour.json").read_text())

KINDS = {
    "authentication": sdk.AuthenticationFailed,
    "conflict": sdk.Conflict,
    "connection": sdk.NoAnswer,
    "not_found": sdk.NotFound,
    "payment": sdk.PaymentRefused,
    "pending": sdk.Pending,
    "permission": sdk.NotPermitted,
    "precondition": sdk.VersionChanged,
    "protocol": sdk.ProtocolBroken,
    "unavailable": sdk.Unavailable,
    "validation": sdk.ValidationFailed,
}


@dataclass(frozen=True, kw_only=True)
class Bare(Versioned):
    """An answer of which the contract knows the id only."""

    id: str


class Stub:
    """Answers the script and notes what came."""

    def __init__(self, *answers: Any) -> None:
        self.script = list(answers)
        self.requests: list[httpx2.Request] = []
        self.transport = httpx2.MockTransport(self)
        self.waits: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.script.pop(0)
        if answer == "drop":
            raise httpx2.ReadError("dropped", request=request)
        content = answer["text"] if "text" in answer else json.dumps(answer["body"])
        return httpx2.Response(answer["status"], headers=answer.get("headers", {}), content=content.encode())

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    @property
    def keys(self) -> list[str | None]:
        return [request.headers.get("Idempotency-Key") for request in self.requests]


def blocking(stub: Stub, call: Call[Any], options: Options | None = None) -> Any:
    retries = CONTRACT["retries"]
    with sdk.Commerce(
        "key", base_url="http://engine", max_retries=retries, transport=stub.transport, sleep=stub.waits.append
    ) as commerce:
        return commerce.send(call, options)


def awaiting(stub: Stub, call: Call[Any], options: Options | None = None) -> Any:
    async def sent() -> Any:
        retries = CONTRACT["retries"]
        async with sdk.AsyncCommerce(
            "key", base_url="http://engine", max_retries=retries, transport=stub.transport, sleep=stub.sleep
        ) as commerce:
            return await commerce.send(call, options)

    return asyncio.run(sent())


Sender = Callable[[Stub, Call[Any], Options | None], Any]
both = pytest.mark.parametrize("send", [blocking, awaiting])


@both
@pytest.mark.parametrize("case", CONTRACT["cases"], ids=lambda case: case["name"])
def test_the_contract_of_every_client_holds(send: Sender, case: dict[str, Any]) -> None:
    stub = Stub(*case["answers"])
    call = CONTRACT["calls"][case["call"]]
    outcome: Any
    try:
        outcome = send(stub, called(case["call"], call), None)
    except sdk.CommerceError as error:
        outcome = error
    check_outcome(case, outcome)
    assert len(stub.requests) == case["requests"]
    for request in stub.requests:
        assert (request.method, request.url.raw_path.decode()) == (call["method"], call["path"])
        assert request.headers["User-Agent"] == f"ordermill-python/{sdk.VERSION}"
        assert request.headers["Authorization"] == "Bearer key"
        assert "body" not in call or json.loads(request.content) == call["body"]
    assert len(set(stub.keys)) == 1
    assert (stub.keys[0] is None) == (call["method"] == "GET")
    assert stub.waits == case["waits"] if "waits" in case else len(stub.waits) == case["requests"] - 1
    if isinstance(outcome, sdk.CommerceError):
        assert outcome.idempotency_key == stub.keys[0]


def called(name: str, call: dict[str, Any]) -> Call[Any]:
    """The call of the contract: `request` is made as Commerce.request makes it."""
    path, _, query = call["path"].partition("?")
    answer = type(None) if name == "release" else dict if name == "request" else Bare
    return Call(
        call["method"], path, answer, query=dict(parse_qsl(query)), body=call.get("body"), accepted=name == "test",
        as_it_is=name == "request",
    )  # fmt: skip


def check_outcome(case: dict[str, Any], outcome: Any) -> None:
    if "result" not in case and "error" not in case:
        assert outcome is None
        return
    expected: dict[str, Any] = dict(case.get("result") or case["error"])
    if isinstance(outcome, dict):
        assert outcome == expected
        return
    kind = expected.pop("kind", None)
    assert type(outcome) is (Bare if kind is None else KINDS[kind]), repr(outcome)
    names = {"requestId": "request_id", "declineCode": "decline_code"}
    assert {name: getattr(outcome, names.get(name, name)) for name in expected} == expected


@both
def test_every_call_has_a_key_of_its_own_unless_one_is_given(send: Sender) -> None:
    stub = Stub(*[{"status": 200, "body": {"id": "order_1"}}] * 3)
    call = Call("POST", "/order/order_1/pay", Bare)
    for options in (None, None, Options(idempotency_key="mine", if_match='"3"')):
        send(stub, call, options)
    assert len(set(stub.keys)) == 3
    assert stub.keys[2] == "mine"
    assert [request.headers.get("If-Match") for request in stub.requests] == [None, None, '"3"']


def test_any_route_is_reached_as_it_is_blocking_and_not() -> None:
    answers = [{"status": 200, "body": {"id": "x", "some_thing": 1}}, {"status": 204, "text": ""}]
    stub = Stub(*answers)
    with sdk.Commerce("key", base_url="http://engine", transport=stub.transport) as commerce:
        assert commerce.request("post", "/v1/orders", query={"a_b": 1}, body={"c_d": 2}) == answers[0]["body"]
        assert commerce.request("DELETE", "/v1/x") == {}
        with pytest.raises(ValueError, match="begins with /"):
            commerce.request("GET", "v1/orders")
    later = Stub(*answers)

    async def asked() -> None:
        async with sdk.AsyncCommerce("key", base_url="http://engine", transport=later.transport) as commerce:
            assert await commerce.request("post", "/v1/orders", query={"a_b": 1}, body={"c_d": 2}) == answers[0]["body"]
            assert await commerce.request("DELETE", "/v1/x") == {}

    asyncio.run(asked())
    for sent in (stub.requests[0], later.requests[0]):
        assert (sent.method, sent.url.raw_path.decode()) == ("POST", "/v1/orders?a_b=1")
        assert json.loads(sent.content) == {"c_d": 2}


def page(*ids: str, cursor: str | None = None) -> dict[str, Any]:
    order = {
        "displayId": "#1", "status": "pending", "lifecycle": "draft", "paymentStatus": "pending", "currency": "USD",
        "fulfillmentStatus": "unfulfilled", "email": None, "customerId": None, "total": 1, "createdAt": "2024-06-15T10:00:00Z",
    }  # fmt: skip
    return {
        "status": 200,
        "body": {"count": 4, "nextCursor": cursor, "models": [{"id": each, **order} for each in ids]},
    }


def test_all_goes_by_cursor_from_a_page_on_if_one_is_given() -> None:
    stub = Stub(page("a", "b", cursor="c1"), page("c", "d", cursor="c2"), page("e"))
    with sdk.Commerce("key", base_url="http://engine", transport=stub.transport) as commerce:
        assert [order.id for order in commerce.orders.all(display=2, page=3)] == ["a", "b", "c", "d", "e"]
    asked = [(r.url.params.get("page"), r.url.params.get("cursor"), r.url.params["sort"]) for r in stub.requests]
    assert asked == [("3", None, "createdAt:asc"), (None, "c1", "createdAt:asc"), (None, "c2", "createdAt:asc")]


def test_other_lists_follow_their_cursor_blocking_and_not() -> None:
    task: dict[str, Any] = {
        "id": "t", "kind": "hold", "orderId": None, "number": None, "since": "2024-06-15T10:00:00Z", "due": None,
        "amount": None, "currency": None, "text": "look", "resolvedBy": [],
    }  # fmt: skip
    pages = [{"status": 200, "body": {"models": [task], "nextCursor": cursor}} for cursor in ("c1", None)]
    stub, later = Stub(*pages), Stub(*pages)
    with sdk.Commerce("key", base_url="http://engine", transport=stub.transport) as commerce:
        assert len(list(commerce.tasks.all(kind=["surplus", "hold"]))) == 2

    async def asked() -> int:
        async with sdk.AsyncCommerce("key", base_url="http://engine", transport=later.transport) as commerce:
            return len([task async for task in commerce.tasks.all(kind=["surplus", "hold"])])

    assert asyncio.run(asked()) == 2
    for one in (stub, later):
        assert dict(one.requests[1].url.params) == {"kind": "surplus,hold", "cursor": "c1"}


def test_all_in_another_sort_reads_page_after_page_and_shows_no_order_twice() -> None:
    stub = Stub(page("a", "b"), page("b", "c"), page("d"))
    with sdk.Commerce("key", base_url="http://engine", transport=stub.transport) as commerce:
        found = list(
            commerce.orders.all(
                display=2, sort="total", since=datetime(2024, 1, 1, tzinfo=UTC), expand=["items", "customer"]
            )
        )
    assert [order.id for order in found] == ["a", "b", "c", "d"]
    assert found[0].created_at == datetime(2024, 6, 15, 10, tzinfo=UTC)
    assert dict(stub.requests[2].url.params) == {
        "sort": "total", "display": "2", "page": "3", "since": "2024-01-01T00:00:00Z", "expand": "items,customer",
    }  # fmt: skip


def test_an_answer_that_lacks_a_field_is_told_not_guessed() -> None:
    stub = Stub({"status": 200, "body": {"count": 0}})
    with pytest.raises(sdk.ProtocolBroken, match="models"):
        blocking(stub, Call("GET", "/order", OrderList))


def test_what_a_caller_keeps_in_metadata_keeps_its_names() -> None:
    sent = {"shipping_method_id": "x", "items": [{"variant_id": "v"}], "metadata": {"my_key": {"b_c": 1}}}
    assert wire.encode(sent) == {
        "shippingMethodId": "x", "items": [{"variantId": "v"}], "metadata": {"my_key": {"b_c": 1}}
    }  # fmt: skip


@pytest.mark.parametrize("order_id", ["", ".", ".."])
def test_an_id_cannot_become_another_path(order_id: str) -> None:
    with sdk.Commerce("key", base_url="http://engine") as commerce, pytest.raises(ValueError, match="not an id"):
        commerce.orders.get(order_id)


def test_a_key_is_needed_and_does_not_show() -> None:
    with pytest.raises(ValueError, match="api_key"):
        sdk.Commerce("")
    with sdk.Commerce("sk_test_hidden") as commerce:
        assert "hidden" not in repr(commerce._settings)
