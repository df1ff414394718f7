"""Agenda, stock, customers, webhooks, mails, reports, policy, keys, people, audit: as a person uses them, without scripts."""

import asyncio
import re
import time
from typing import Any

import pytest
from sqlalchemy import update

from activities.outgoing.dispatching import Dispatcher
from api.faces import RENDERERS
from domain.policy import Console, ShopConfig
from door.errands import Unsettled
from store.access import keys as api_keys
from store.access import sessions, staff
from store.database.engine import writing
from store.goods import inventory
from store.money import credit
from store.outgoing import deliveries, outbox, webhooks
from store.tables import webhook_deliveries
from tests.api.client import Api
from tests.console.browse import Browser, browser, console, forms, text

PAGES = ("/agenda", "/stock", "/customers", "/webhooks", "/webhooks/lost", "/mails", "/mails?view=sent", "/mails/templates",
         "/reports", "/reports?days=7", "/policy", "/policy?only=set", "/keys", "/people", "/audit")  # fmt: skip


def number(order: Any) -> str:
    return str(order["displayId"])[1:]


async def fill(one: Browser, path: str, action: str | None = None, **fields: str) -> Any:
    """The form of a page, filled in and sent; redirects are followed."""
    form = await one.form(path, action)
    return await one.post(form.action, form.fields | fields)


async def done(one: Browser, answer: Any) -> str:
    assert answer.status_code == 303, (answer.status_code, text(answer.text))
    return text(await one.see(answer.headers["location"]))


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_opens_on_an_empty_shop_and_on_a_used_one(api: Api, path: str) -> None:
    async with browser(api, "owner") as one:
        await one.see("/console" + path)
        await api.delivered(email="jane@example.com", customerId="cust_jane")
        page = await one.see("/console" + path)
        assert not re.search(r"<script(?![^>]* src=\"/console/static/)|<style|\sstyle=|\son\w+=", page)
        assert "None" not in text(page)


# --- agenda


async def test_the_agenda_says_what_happens_by_itself_and_the_money_it_moves(api: Api) -> None:
    order = await api.order(email="jane@example.com")
    await api.ok("POST", f"/order/{order['id']}/confirm", {})
    await api.ok("POST", f"/order/{order['id']}/pay", {"paymentMethod": "pm_card_visa", "amount": 1000})
    async with browser(api, "viewer") as one:
        page = await one.see("/console/agenda")
        week = text(page)
        assert "1 order is cancelled, unpaid · 10.00 USD given back" in week
        days = re.findall(r'href="(/console/agenda/[-0-9]{10})"', page)
        (day,) = [day for day in days if f"#{number(order)}" in await one.see(day)]
        told = text(await one.see(day))
        assert "The order is cancelled: its stock is released, what was paid goes back" in told
        assert "10.00 USD given back" in told
        for bad in (
            "/console/agenda/nonsense",
            "/console/agenda?from=x",
            "/console/agenda/0001-01-01",
            f"{day}?cursor=x",
        ):
            assert (await one.get(bad)).status_code == 404, bad


async def test_the_agenda_says_what_people_have_to_do_by_when(api: Api) -> None:
    order = await api.delivered(email="jane@example.com")
    back = await api.ok(
        "POST", f"/order/{order['id']}/return", {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    )
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3 * 86_400))
    await api.ok("POST", f"/order/{order['id']}/return/{back['id']}/approve", {"shipBy": soon})
    async with browser(api, "viewer") as one:
        week = text(await one.see("/console/agenda"))
        assert "Receive an approved return's parcel by" in week
        assert "1 return expires" in week


# --- stock


async def test_stock_is_counted_as_it_was_shown_and_once(api: Api) -> None:
    await api.paid(email="jane@example.com")
    async with browser(api, "warehouse") as one:
        assert "var_xyz789" in await one.see("/console/stock?q=var_xyz")
        path = "/console/stock/item?id=var_xyz789"
        before = await stock(api)
        assert f"#{1001}" in text(await one.see(path))
        form = (await one.form(path, "/console/stock/item")).fields | {"how": "by", "count": "-3", "reason": "broken"}
        shown = await one.post("/console/stock/item", form | {"step": "preview"})
        assert f"On hand {before:,} → {before - 3:,}" in text(shown.text)
        assert await stock(api) == before, "looking does nothing"
        again = next(f for f in forms(shown.text) if f.action == "/console/stock/item").fields | {"step": "do"}
        for _ in range(2):
            assert "The count is written down" in await done(one, await one.post("/console/stock/item", again))
        assert await stock(api) == before - 3, "a double click counts once"
        assert "broken" in text(await one.see(path))
        used = await one.post("/console/stock/item", again | {"count": "-5"})
        assert used.status_code == 409
        assert await stock(api) == before - 3


async def stock(api: Api) -> int:
    found = await inventory.get(api.db, False, "var_xyz789")
    assert found is not None
    return found.on_hand


async def test_a_count_that_others_overtook_is_refused(api: Api) -> None:
    async with browser(api, "warehouse") as one:
        path = "/console/stock/item?id=var_xyz789"
        form = (await one.form(path, "/console/stock/item")).fields | {
            "how": "to",
            "count": "5",
            "reason": "counted",
            "step": "do",
        }
        await api.ok("POST", "/engine/inventory/var_xyz789/adjust", {"delta": 7, "reason": "delivery"})
        now = await stock(api)
        answer = await one.post("/console/stock/item", form)
        assert answer.status_code == 409
        assert "somebody moved units meanwhile" in text(answer.text)
        assert await stock(api) == now


@pytest.mark.parametrize(("fields", "told"), [
    ({"count": "x"}, "A whole number of units"), ({"count": ""}, "A whole number"), ({"count": "0"}, "That changes nothing"),
    ({"count": "-1000"}, "2 are reserved"), ({"count": "3", "reason": ""}, "Say why"), ({"count": "9" * 20}, "too much"),
])  # fmt: skip
async def test_a_count_that_cannot_be_is_told_beside_its_field(api: Api, fields: dict[str, str], told: str) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/confirm", {})
    async with browser(api, "warehouse") as one:
        before = await stock(api)
        sent = {"how": "by", "reason": "counted", "step": "do"} | fields
        answer = await fill(one, "/console/stock/item?id=var_xyz789", "/console/stock/item", **sent)
        assert answer.status_code == 422
        assert told in text(answer.text)
        assert await stock(api) == before


async def test_a_variant_that_is_not_there_is_404(api: Api) -> None:
    async with browser(api, "owner") as one:
        for bad in ("nothing", "", "x" * 300, "%2e%2e"):
            assert (await one.get(f"/console/stock/item?id={bad}")).status_code == 404


# --- customers


async def test_a_customer_is_found_and_given_credit_once(api: Api) -> None:
    order = await api.paid(email="jane@example.com", customerId="cust_jane")
    async with browser(api, "agent") as one:
        assert "cust_jane" in await one.see("/console/customers")
        assert "cust_jane" in await one.see("/console/customers?q=cust_j")
        assert "Nobody is found" in text(await one.see("/console/customers?q=zzz"))
        path = "/console/customers/one?id=cust_jane"
        assert f"#{number(order)}" in text(await one.see(path))
        form = (await one.form(path, "/console/customers/one")).fields | {"amount": "12.50", "reason": "late parcel"}
        shown = await one.post("/console/customers/one", form | {"step": "preview"})
        assert "Balance 0.00 USD → 12.50 USD" in text(shown.text)
        again = next(f for f in forms(shown.text) if f.action == "/console/customers/one").fields | {"step": "do"}
        for _ in range(2):
            assert "The store credit is written down" in await done(
                one, await one.post("/console/customers/one", again)
            )
        assert await credit.balances(api.db, False, "cust_jane") == {"USD": 1250}
        less = await fill_preview(one, path, amount="-20", reason="mistake")
        assert "less store credit than this" in text(less)
        assert (await one.get("/console/customers/one?id=nobody")).status_code == 404


async def fill_preview(one: Browser, path: str, **fields: str) -> str:
    answer = await fill(one, path, path.partition("?")[0], step="preview", **fields)
    return str(answer.text)


async def test_store_credit_counts_as_money_back(sqlite_url: str) -> None:
    """What the limit bounds is bounded whatever it is called."""
    config = ShopConfig(console=Console(refund_limit=2000))
    async with console(sqlite_url, config=config) as api:
        await api.order(customerId="cust_jane")
        path = "/console/customers/one?id=cust_jane"
        async with browser(api, "agent") as one, browser(api, "owner") as boss:
            for amount, ok in (("15.00", True), ("5.01", False), ("5.00", True)):
                shown = await fill_preview(one, path, amount=amount, reason="x")
                form = next(f for f in forms(shown) if f.action == "/console/customers/one").fields
                answer = await one.post("/console/customers/one", form | {"step": "do"})
                assert (answer.status_code == 303) is ok, (amount, text(answer.text))
            shown = await fill_preview(one, path, amount="1", currency="EUR", reason="x")
            form = next(f for f in forms(shown) if f.action == "/console/customers/one").fields
            assert (await one.post("/console/customers/one", form | {"step": "do"})).status_code == 403
            shown = await fill_preview(boss, path, amount="100", reason="x")
            form = next(f for f in forms(shown) if f.action == "/console/customers/one").fields
            assert (await boss.post("/console/customers/one", form | {"step": "do"})).status_code == 303
        assert await credit.balances(api.db, False, "cust_jane") == {"USD": 12_000}


# --- webhooks


async def hears(api: Api, status: str = "failed") -> tuple[webhooks.Endpoint, Any]:
    """An endpoint that was told of an order, and did not take it."""
    began = int(time.time()) - 20 * 86_400
    endpoint = await webhooks.register(
        api.db, face="hanzo", livemode=False, url="https://hooks.shop.example/in", events=["*"], now=began
    )
    order = await api.paid(email="jane@example.com", customerId="cust_jane")

    async def nobody(endpoint_id: str) -> None:
        await asyncio.sleep(0)

    await Dispatcher(api.db, RENDERERS, nobody).once()
    async with writing(api.db) as conn:
        await conn.execute(update(webhook_deliveries).values(status=status))
        await webhooks.mark(conn, endpoint.id, "failing", "a delivery was given up: 500", 2)
    return endpoint, order


async def statuses(api: Api, endpoint: webhooks.Endpoint) -> set[str]:
    return {one.status for one, _ in await deliveries.page(api.db, endpoint.id, limit=100)}


async def test_an_endpoint_that_fails_is_seen_and_what_it_lost_goes_again(api: Api) -> None:
    endpoint, order = await hears(api)
    async with browser(api, "agent") as one:
        listed = text(await one.see("/console/webhooks"))
        assert "a delivery was given up: 500" in listed
        path = f"/console/webhooks/{endpoint.id}"
        assert f"#{number(order)}" in text(await one.see(f"{path}?only=failed"))
        for what in ("off", "on"):
            await done(one, await fill(one, path, what=what))
        ((before, _),) = await deliveries.page(api.db, endpoint.id, limit=1)
        page = await one.see(path)
        again = next(f for f in forms(page) if f.fields.get("delivery") == before.id)
        told = await done(one, await one.post(path, again.fields | {"what": "again"}))
        assert "1 delivery is on the way again" in told
        found = await deliveries.get(api.db, endpoint.id, before.id)
        assert found is not None
        assert found.status == "pending"
        await done(one, await fill(one, path, what="again-all"))
        assert await statuses(api, endpoint) == {"pending"}
        assert (await fill(one, path, what="explode")).status_code == 400


async def test_what_one_customers_receiver_lost_is_sent_again_in_one_step(api: Api) -> None:
    endpoint, order = await hears(api)
    other = await api.paid(customerId="cust_other")
    async with browser(api, "agent") as one:
        assert "Everything about" not in text(await one.see("/console/webhooks/lost?customer=cust_jane"))
        assert "Everything about 1 order arrived" in text(await one.see("/console/webhooks/lost?customer=cust_other"))
        assert "No such order" in text(await one.see("/console/webhooks/lost?order=999999"))
        path = "/console/webhooks/lost"
        form = next(
            f for f in forms(await one.see(f"{path}?customer=cust_jane")) if f.action == path and "key" in f.fields
        )
        for _ in range(2):
            assert "on the way again" in await done(one, await one.post(path, form.fields))
        assert await statuses(api, endpoint) == {"pending"}
        whole = next(f for f in forms(await one.see(f"{path}?order={number(other)}")) if "endpoint" in f.fields)
        told = await done(one, await one.post(path, whole.fields))
        assert re.search(r"[1-9]\d* deliver(y is|ies are) on the way again", told)
        assert "webhooks sent again" in text(await one.see("/console/audit"))
        assert f"#{number(order)}" in text(await one.see(f"{path}?order={number(order)}"))
    async with browser(api, "viewer") as one:
        shown = forms(await one.see("/console/webhooks/lost?customer=cust_jane"))
        assert not [f for f in shown if f.action == path and f.method == "post"]


# --- mails


async def mail(api: Api) -> tuple[int, Any]:
    order = await api.order(email="jane@example.com")
    await api.ok("POST", f"/order/{order['id']}/cancel", {"reason": "customer_request", "notifyCustomer": True})
    (waiting,) = await outbox.waiting(api.db, "mail")
    return waiting.id, order


async def test_a_mail_is_seen_as_its_receiver_sees_it_and_sent_now(api: Api) -> None:
    ident, order = await mail(api)
    async with browser(api, "agent") as one:
        assert f"#{number(order)}" in text(await one.see("/console/mails"))
        page = await one.see(f"/console/mails/{ident}")
        assert "the mail server did not take it: ConnectError" in text(page)
        assert f"Your order #{number(order)} was cancelled" in text(page)
        form, fares = await one.form(f"/console/mails/{ident}"), api.door.posted.fares
        api.door.posted.fares = Unsettled("Temporal does not answer", accepted=False)
        assert (await one.post(f"/console/mails/{ident}", form.fields)).status_code == 503
        api.door.posted.fares = fares
        for _ in range(2):  # what was not done is done by the same form, and once
            assert "It is being sent now" in await done(one, await one.post(f"/console/mails/{ident}", form.fields))
        assert api.door.posted.sent == [ident]
        api.door.posted.fares = Unsettled("Temporal does not answer", accepted=False)
        assert "Temporal does not answer" in text(await one.see(f"/console/mails/{ident}"))
        await outbox.drained(api.db, [ident], 5)
        assert "No mail waits" in text(await one.see("/console/mails"))
        assert f"#{number(order)}" in text(await one.see("/console/mails?view=sent"))
        assert (await one.post(f"/console/mails/{ident}", form.fields)).status_code == 409
        for bad in ("nonsense", "99999999", "9" * 40):
            assert (await one.get(f"/console/mails/{bad}")).status_code == 404


async def test_a_mails_own_page_runs_nothing_and_is_framed_by_us_alone(api: Api) -> None:
    ident, _ = await mail(api)
    async with browser(api, "viewer") as one:
        for path in (f"/console/mails/{ident}/page", "/console/mails/templates/order_placed/page"):
            answer = await one.get(path)
            assert answer.status_code == 200
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert policy.endswith("sandbox")
            assert "script-src" not in policy
            assert "frame-ancestors 'self'" in policy
            assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        for path in (f"/console/mails/{ident}", "/console/mails/templates"):
            policy = (await one.get(path)).headers["content-security-policy"]
            assert policy.endswith("frame-src 'self'")
            assert "frame-ancestors 'none'" in policy
        assert (await one.get("/console/mails/templates/nothing/page")).status_code == 404


# --- reports, policy


async def test_reports_hold_the_figures_of_every_plot_as_a_table(api: Api) -> None:
    order = await api.delivered(email="jane@example.com")
    await api.ok("POST", f"/order/{order['id']}/refund", {"amount": 500, "reason": "late"})
    async with browser(api, "viewer") as one:
        page = await one.see("/console/reports?days=7")
        told = text(page)
        today = time.strftime("%Y-%m-%d", time.gmtime())
        paid = order["total"] / 100
        assert f"{today} {paid:,.2f} 5.00 {paid - 5:,.2f}" in told
        assert f"{today} 1 2" in told
        assert "within a day" in told
        assert "1 · 100 %" in told
        assert page.count("data-plot") == 3
        assert (await one.get("/console/reports?days=8")).status_code == 404


async def test_policy_says_where_each_value_comes_from(api: Api) -> None:
    async with browser(api, "viewer") as one:
        told = text(await one.see("/console/policy"))
        assert "order.return_window_days" in told
        assert "ordermill.yaml" in told
        assert "default" in told


# --- keys, people, audit


async def test_a_key_is_shown_once_works_and_is_revoked(api: Api) -> None:
    async with browser(api, "owner") as one:
        form = await one.form("/console/keys")
        sent = form.fields | {"scope": "restricted", "name": "scanner"}
        made = [re.findall(r"rk_test_[\w-]{43}", (await one.post("/console/keys", sent)).text) for _ in range(2)]
        assert made[0] == made[1], "a double click makes one key"
        assert len(made[0]) == 1
        (key,) = made[0]
        assert (await api("GET", "/order", key=key)).status_code == 200
        assert key not in await one.see("/console/keys"), "it is shown once"
        assert len([k for k in await api_keys.list_keys(api.db, False) if k.name == "scanner"]) == 1
        ident = next(k.id for k in await api_keys.list_keys(api.db, False) if k.name == "scanner")
        asked = await fill(one, "/console/keys", f"/console/keys/{ident}")
        assert asked.status_code == 200
        assert (await api("GET", "/order", key=key)).status_code == 200, "asking back does nothing"
        sure = next(f for f in forms(asked.text) if f.action == f"/console/keys/{ident}")
        assert "The key is revoked" in await done(one, await one.post(sure.action, sure.fields | {"step": "do"}))
        assert (await api("GET", "/order", key=key)).status_code == 401
        told = text(await one.see("/console/audit"))
        assert "key made" in told
        assert "key revoked" in told
        assert key not in told


@pytest.mark.parametrize("fields", [
    {"scope": "secret", "name": ""}, {"scope": "customer", "name": "x"}, {"scope": "secret", "name": "x", "customer": "c"},
    {"scope": "root", "name": "x"}, {"scope": "customer", "name": "x", "customer": "c" * 65},
])  # fmt: skip
async def test_a_key_that_cannot_be_is_not_made(api: Api, fields: dict[str, str]) -> None:
    async with browser(api, "owner") as one:
        before = len(await api_keys.list_keys(api.db))
        assert (await fill(one, "/console/keys", **fields)).status_code == 422
        assert len(await api_keys.list_keys(api.db)) == before


async def test_an_owner_adds_people_and_changes_what_they_may(api: Api) -> None:
    async with browser(api, "owner") as one:
        answer = await fill(one, "/console/people", email="New@Example.com", role="warehouse")
        (link,) = re.findall(r"/console/sign-in/[\w-]+", answer.text)
        async with browser(api) as other:
            assert (await other.get(link)).status_code == 303
            assert (await other.get("/console/people")).status_code == 403
            person = await staff.find(api.db, "new@example.com")
            assert person is not None
            path = f"/console/people/{person.id}"
            for what, role in (("role", "viewer"), ("disable", ""), ("enable", "")):
                await done(one, await fill(one, "/console/people", path, what=what, role=role))
                now = await staff.get(api.db, person.id)
                assert now is not None
                assert (now.role, now.disabled_at is None) == ("viewer", what != "disable")
            assert (await other.get("/console")).status_code == 303, "switching off ended their session"
        linked = await fill(one, "/console/people", path, what="link")
        assert re.search(r"/console/sign-in/[\w-]{20,}", linked.text)
        assert "is known already" in text(
            (await fill(one, "/console/people", email="new@example.com", role="agent")).text
        )
        assert (await fill(one, "/console/people", email="nobody", role="agent")).status_code == 422
        assert (await fill(one, "/console/people", email="a@example.com", role="king")).status_code == 400
        for word in ("person added", "role set", "person disabled", "link made"):
            assert word in text(await one.see("/console/audit"))


async def test_an_owner_cannot_lock_everybody_out(api: Api) -> None:
    async with browser(api, "owner") as one:
        me = await staff.find(api.db, one.email)
        assert me is not None
        for what in ("role", "disable"):
            form = (await one.form("/console/people", f"/console/people/{me.id}")).fields
            answer = await one.post(f"/console/people/{me.id}", form | {"what": what, "role": "viewer"})
            assert answer.status_code == 409
        still = await staff.get(api.db, me.id)
        assert still is not None
        assert (still.role, still.disabled_at) == ("owner", None)
        assert await sessions.find(api.db, one.http.cookies["ordermill_console"], int(time.time())) is not None


async def test_the_audit_says_who_did_what_to_orders_and_beside_them(api: Api) -> None:
    order = await api.paid(email="jane@example.com")
    async with browser(api, "agent") as one, browser(api, "owner") as boss:
        await one.act(number(order), "note", body="called back")
        await done(boss, await fill(boss, "/console/stock/item?id=var_001", "/console/stock/item", how="by", count="4",
                                    reason="delivery", step="do"))  # fmt: skip
        told = text(await one.see("/console/audit"))
        assert f"agent@example.com #{number(order)}" in told
        assert "stock counted" in told
        mine = text(await one.see("/console/audit?who=agent@example.com"))
        assert f"#{number(order)}" in mine
        assert "stock counted" not in mine
    async with browser(api, "warehouse") as other:
        assert (await other.get("/console/audit")).status_code == 403


async def test_the_audit_turns_its_pages_without_losing_or_repeating(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.screens import audit as screen
    from store.access import audit as notes

    order = await api.paid(email="jane@example.com")
    async with browser(api, "owner") as one:
        for n in range(3):
            await one.act(number(order), "note", body=f"note {n}")
        person = await staff.find(api.db, "owner@example.com")
        assert person is not None
        for n in range(4):
            await notes.note(api.db, person, "stock_counted", f"count {n}", livemode=False, now=int(time.time()))
        whole = await rows(one, "/console/audit")
        monkeypatch.setattr(screen, "PAGE", 2)
        seen, path = [], "/console/audit"
        while path:
            seen += await rows(one, path)
            following = re.search(r'href="(/console/audit\?[^"]*cursor=[^"]*)"', await one.see(path))
            path = following[1].replace("&amp;", "&") if following else ""
        assert seen == whole
        assert len(whole) >= 8


async def rows(one: Browser, path: str) -> list[str]:
    body = (await one.see(path)).partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r"\d+ (min|s|h) ago|now", "", text(row)) for row in body.split("</tr>") if row.strip()]
