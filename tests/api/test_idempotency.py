"""Idempotency-Key: one command and one answer per key (contract section 3)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.service import RPCError, RPCStatusCode

from activities.orders.contents import Contents
from domain.commands import Request
from domain.order import Actor
from door.errands import Errand
from store.access import claims
from store.access.claims import Claim
from store.database.engine import reading, writing
from store.tables import claims as table
from tests.api.client import ADDRESS, ITEMS, Api, running
from tests.api.door import unsettled

SWEEP = Actor(kind="system", id="sweep")
OF_A_KEY = table.c.owner != ""
"""What is private in a command without a key is kept in a claim of nobody's."""
CREATE = {"items": ITEMS, "shippingAddress": ADDRESS}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def claimed(api: Api) -> Claim:
    """The only claim of a key there is, with what became of its command."""
    async with reading(api.db) as conn:
        id = (await conn.execute(select(table.c.id).where(OF_A_KEY))).scalar_one()
    found = await claims.find(api.db, id)
    assert found is not None
    return found


async def answered(api: Api) -> Claim:
    """The same once its answer is written, which is soon after it was given."""
    async with asyncio.timeout(10):
        while (claim := await claimed(api)).answer is None:
            await asyncio.sleep(0.01)
    return claim


async def died(api: Api) -> None:
    """The process ended before it wrote its answers: only what commands recorded is left."""
    await answered(api)
    async with writing(api.db) as conn:
        await conn.execute(update(table).where(OF_A_KEY).values(status=None, headers=None, body=None))


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


@pytest.mark.parametrize("verb", ["create", "update", "pay", "decline", "refused"])
async def test_an_answer_that_was_never_written_is_given_again_from_the_record(api: Api, verb: str) -> None:
    path, body = "/order", dict[str, Any](CREATE)
    if verb != "create":
        order = await api.order()
        path = f"/order/{order['id']}"
        body = {"notes": "x"}
    if verb in ("pay", "decline"):
        path += "/pay"
        body = {"paymentMethod": "pm_card_visa" if verb == "pay" else "pm_insufficient"}
    if verb == "refused":  # not by the advice, which finds nothing wrong, but by the order
        await api.ok("POST", "/engine/inventory/var_xyz789/adjust", {"delta": -999, "reason": "lost"})
        path, body = f"{path}/confirm", {}
    first = await api("POST" if verb != "update" else "PATCH", path, body, headers=keyed("k"))
    assert first.status_code == {"create": 201, "decline": 402, "refused": 409}.get(verb, 200), first.text
    await died(api)
    before = api.door.executed
    again = await api("POST" if verb != "update" else "PATCH", path, body, headers=keyed("k"))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("etag") == first.headers.get("etag")
    assert again.headers["idempotent-replayed"] == "true"
    assert api.door.executed == before


async def test_an_answer_lost_with_its_process_is_the_order_as_the_command_left_it(api: Api) -> None:
    """The command settled and its answer never left: the next request gets it, flagged, and nothing happens twice."""
    order = await api.paid()
    path = f"/order/{order['id']}/refund"
    api.door.fails_after = LookupError("the API died")
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


async def test_an_answer_that_came_too_late_is_read_from_the_record_before_504_is_said(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}/pay"
    api.door.fails_after = TimeoutError()
    lost = await api("POST", path, {"paymentMethod": "pm_insufficient"}, headers=keyed("k"))
    assert lost.status_code == 402
    assert lost.json()["error"]["declineCode"] == "insufficient_funds"


async def test_the_answer_is_written_soon_after_it_is_given(api: Api) -> None:
    first = await api("POST", "/order", CREATE, headers=keyed("k"))
    answer = (await answered(api)).answer
    assert answer is not None
    assert (answer.status, answer.body, answer.headers["ETag"]) == (201, first.content, first.headers["etag"])


async def test_a_refusal_of_the_advice_is_claimed_with_its_answer_and_nothing_is_sent(api: Api) -> None:
    order = await api.order()
    before = api.door.executed
    refused = await api("POST", f"/order/{order['id']}/fulfill", {}, headers=keyed("k"))
    claim = await claimed(api)
    assert claim.answer is not None
    assert (claim.answer.status, claim.answer.body) == (409, refused.content)
    assert (claim.content, claim.outcome, api.door.executed) == (None, None, before)


async def test_a_claim_holds_the_command_that_is_sent(api: Api) -> None:
    order = await api.order()
    await api.ok("PATCH", f"/order/{order['id']}", {"notes": "leave it at the door"}, headers=keyed("k"))
    claim = await claimed(api)
    assert (claim.order_id, claim.outcome, claim.version) == (order["id"].removeprefix("order_"), "applied", 2)
    task = Errand(claim.order_id, "update", Request(id=claim.request_id, actor=SWEEP))
    found = await Contents(api.db)._claimed(task.request.id)
    assert found.command.model_dump(exclude_unset=True) == {"note": "leave it at the door"}
    assert (found.request.id, found.request.remember, found.request.actor.kind) == (claim.request_id, True, "key")


async def test_a_command_that_was_sent_is_never_judged_anew(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its order has changed meanwhile so that the advice would refuse it: what decides is the order itself."""
    order = await api.paid()
    path = f"/order/{order['id']}"
    api.door.fails = unsettled(None)
    assert (await api("POST", f"{path}/cancel", {}, headers=keyed("k"))).status_code == 504
    api.door.fails = None
    claim = await claimed(api)
    assert claim.outcome is None
    # Temporal had it all the same, and does it now; another one's cancel comes too late.
    errand = Errand(claim.order_id, "cancel", Request(id=claim.request_id, actor=SWEEP, remember=True))
    assert (await api.door.perform(errand)).outcome == "done"
    assert (await api("POST", f"{path}/cancel", {})).status_code == 409

    async def judged(*_: object) -> Errand:
        raise AssertionError("it was sent before")

    monkeypatch.setattr(api.door, "prepare", judged)
    response = await api("POST", f"{path}/cancel", {}, headers=keyed("k"))
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")


async def test_a_command_that_was_lost_is_sent_again_under_its_request_id(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}/cancel"
    api.door.fails = unsettled(None)
    await api("POST", path, {}, headers=keyed("k"))
    api.door.fails = None
    claim = await claimed(api)
    await api.ok("POST", path, {})

    async def judged(*_: object) -> Errand:
        raise AssertionError("it was sent before")

    monkeypatch.setattr(api.door, "prepare", judged)
    refused = await api("POST", path, {}, headers=keyed("k"))
    assert refused.status_code == 409
    now = await answered(api)
    assert (now.request_id, now.outcome, now.content) == (claim.request_id, "refused", claim.content)


async def test_a_key_claimed_by_a_release_that_kept_no_content_is_prepared_once_more(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    api.door.fails = unsettled(None)
    await api("PATCH", path, {"notes": "x"}, headers=keyed("k"))
    api.door.fails = None
    async with writing(api.db) as conn:
        await conn.execute(update(table).where(OF_A_KEY).values(content=None))
    before = await claimed(api)
    done = await api("PATCH", path, {"notes": "x"}, headers=keyed("k"))
    assert (done.status_code, done.json()["notes"]) == (200, "x")
    after = await answered(api)
    assert (after.request_id, after.outcome) == (before.request_id, "applied")
    assert after.content is not None


async def test_two_processes_that_get_the_same_key_at_once_make_one_order(sqlite_url: str) -> None:
    async with running(sqlite_url) as first, running(sqlite_url) as second:
        key = first.key
        answers = await asyncio.gather(
            *(api("POST", "/order", CREATE, key=key, headers=keyed("k")) for api in (first, second) * 5)
        )
        assert {a.status_code for a in answers} == {201}
        assert len({a.content for a in answers}) == 1
        assert (await first.ok("GET", "/order"))["count"] == 1


@pytest.mark.parametrize(("accepted", "same"), [(False, False), (None, True)])
async def test_a_key_that_503_gave_back_is_another_request_and_one_after_504_is_the_same(
    api: Api, accepted: bool | None, same: bool
) -> None:
    sent: list[str] = []
    send = api.door._send

    async def noted(errand: Errand, progress: Any) -> Any:
        sent.append(errand.request.id)
        return await send(errand, progress)

    api.door._send = noted  # type: ignore[method-assign]
    api.door.fails = unsettled(accepted)
    await api("POST", "/order", CREATE, headers=keyed("k"))
    async with reading(api.db) as conn:
        assert len((await conn.execute(select(table))).all()) == same
    api.door.fails = None
    assert (await api("POST", "/order", CREATE, headers=keyed("k"))).status_code == 201
    assert (sent[0] == sent[1]) is same
    assert (await claimed(api)).request_id == sent[1]


@pytest.mark.parametrize(("accepted", "status", "code"), [(False, 503, "unavailable"), (None, 504, "unavailable")])
async def test_what_did_not_settle_is_not_stored(api: Api, accepted: bool | None, status: int, code: str) -> None:
    api.door.fails = unsettled(accepted)
    first = await api("POST", "/order", CREATE, headers=keyed("k"))
    assert (first.status_code, first.json()["error"]["code"]) == (status, code)
    assert first.headers["retry-after"] == "5"
    api.door.fails = None
    assert (await api("POST", "/order", CREATE, headers=keyed("k"))).status_code == 201
    assert (await api.ok("GET", "/order"))["count"] == 1


async def test_a_request_that_was_given_up_gives_its_key_back(api: Api) -> None:
    """Temporal may still have it, so it is recorded as refused: what comes of it late changes nothing."""
    api.door.fails = RPCError("connection refused", RPCStatusCode.UNAVAILABLE, b"")
    first = await api("POST", "/order", CREATE, headers=keyed("k"))
    assert (first.status_code, first.json()["error"]["code"]) == (503, "unavailable")
    api.door.fails = None
    made = await api("POST", "/order", CREATE, headers=keyed("k"))
    assert made.status_code == 201
    assert "idempotent-replayed" not in made.headers
    assert (await api.ok("GET", "/order"))["count"] == 1


async def test_a_create_that_is_repeated_after_504_keeps_the_id_of_its_claim(api: Api) -> None:
    api.door.fails = unsettled(None)
    await api("POST", "/order", CREATE, headers=keyed("k"))
    api.door.fails = None
    claim = await claimed(api)
    made = await api.ok("POST", "/order", CREATE, headers=keyed("k"))
    assert made["id"] == f"order_{claim.order_id}"


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
    assert (await claims.find(api.db, row.id)) is not None


async def test_a_writes_own_202_is_its_answer_and_is_replayed(api: Api) -> None:
    hook = await api.ok("POST", "/webhook", {"url": "https://8.8.8.8/hook", "events": ["*"]})
    first = await api("POST", f"/webhook/{hook['id']}/test", {}, headers=keyed("k"))
    again = await api("POST", f"/webhook/{hook['id']}/test", {}, headers=keyed("k"))
    assert (first.status_code, again.status_code, first.content) == (202, 202, again.content)
