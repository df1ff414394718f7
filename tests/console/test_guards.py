"""What guards every page: roles, the CSRF token, headers; and texts of strangers that stay texts."""

import re
from typing import Any, get_args

import pytest
import structlog

from console.acts import ACTS
from console.screens import SCREENS
from domain.policy import RateLimit
from store.access import sessions
from store.access.staff import Role
from store.database.engine import StoreUnavailable
from store.lists import tasks
from tests.api.client import USUAL, Api
from tests.console.browse import browser, console, text

ROLES: tuple[Role, ...] = get_args(Role)
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"


def _path(path: str, order: dict[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: order["displayId"][1:] if part[1] == "id" else "refund", path)


@pytest.mark.parametrize("role", [None, *ROLES])
async def test_every_route_asks_who_it_is(api: Api, role: Role | None) -> None:
    """Walks the registry: without a session everything but signing in leads there; with one, a role that may not is 403."""
    order = await api.paid(email="jane@example.com")
    async with browser(api, role) as one:
        csrf = (await one.form("/console", "/console/mode")).fields["csrf"] if role else ""
        for screen in SCREENS:
            if screen.path in ("/live", "/sign-out", "/mode") and role:
                continue  # an endless answer; and what would end or turn this session
            path = _path(screen.whole_path, order)
            answer = await (one.get(path) if screen.method == "GET" else one.post(path, {"csrf": csrf}))
            if role is None:
                leads = answer.headers.get("location", "").startswith("/console/sign-in")
                assert screen.open or (answer.status_code == 303 and leads), (screen.method, path, answer.status_code)
            elif role not in screen.roles and not screen.open:
                assert answer.status_code == 403, (screen.method, path, role)
            else:
                assert answer.status_code != 500, (screen.method, path, role)


@pytest.mark.parametrize("role", ROLES)
async def test_every_act_is_for_its_roles_alone(api: Api, role: Role) -> None:
    order = await api.paid(email="jane@example.com")
    number = order["displayId"][1:]
    async with browser(api, role) as one:
        csrf = (await one.form("/console", "/console/mode")).fields["csrf"]
        for name, act in ACTS.items():
            for step in ("preview", "do"):
                fields = {"csrf": csrf, "key": "k" * 24, "version": "1", "step": step}
                sent = await one.post(f"/console/orders/{number}/{name}", fields)
                seen = await one.get(f"/console/orders/{number}/{name}")
                assert (sent.status_code == 403) is (role not in act.roles), (name, step, sent.status_code)
                assert (seen.status_code == 403) is (role not in act.roles), name
    assert (await api.ok("GET", f"/order/{order['id']}"))["status"] == order["status"]


async def test_every_form_needs_its_token(api: Api) -> None:
    """Without it, with another session's, or from another site: nothing is done, whatever the role."""
    order = await api.order()
    async with browser(api, "owner") as one, browser(api, "agent") as other:
        foreign = (await other.form("/console", "/console/mode")).fields["csrf"]
        mine = (await one.form("/console", "/console/mode")).fields["csrf"]
        for screen in SCREENS:
            if screen.method != "POST":
                continue
            path = _path(screen.whole_path, order)
            for token in ("", foreign, "é", mine[:-1]):
                assert (await one.post(path, {"csrf": token})).status_code == 403, path
            for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                assert (await one.post(path, {"csrf": mine}, headers=header)).status_code == 403, path
        assert (await one.get("/console")).status_code == 200


async def test_every_answer_is_guarded(api: Api) -> None:
    async with browser(api, "owner") as one:
        for path in ("/console", "/console/orders", "/console/nothing/here", "/console/static/old/console.css"):
            headers = (await one.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cache-control"] == "no-store"


async def test_no_page_has_a_script_or_style_of_its_own(api: Api) -> None:
    order = await api.paid(email="jane@example.com")
    async with browser(api, "owner") as one:
        for path in ("/console", "/console/orders", f"/console/orders/{order['displayId'][1:]}", "/console/me"):
            page = await one.see(path)
            assert not re.search(r"<script(?![^>]* src=\"/console/static/)|<style|\sstyle=|\son\w+=", page), path


async def test_static_files_are_kept_under_the_name_of_their_content(api: Api) -> None:
    async with browser(api, "owner") as one:
        page = await one.see("/console")
        for url in re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page):
            answer = await one.get(url)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert (await one.get("/console/static/x/../../../pyproject.toml")).status_code == 404


async def test_what_strangers_write_stays_text(api: Api) -> None:
    """Names, notes, reasons, metadata: shown as they were written, and never markup."""
    order = await api.delivered(
        email="jane@example.com",
        notes=EVIL,
        metadata={EVIL: EVIL},
        tags=[EVIL],
        shippingAddress={"firstName": EVIL, "line1": EVIL, "city": EVIL, "country": "US"},
        items=[{"title": EVIL, "sku": EVIL, "quantity": 2, "unitPrice": 500}],
    )
    path = f"/order/{order['id']}"
    item = order["items"][0]["id"]
    await api.ok("POST", f"{path}/return", {"items": [{"itemId": item, "quantity": 1, "reason": EVIL}], "note": EVIL})
    number = order["displayId"][1:]
    async with browser(api, "owner") as one:
        await one.act(number, "note", body=EVIL)
        await one.act(number, "hold", reason=EVIL)
        for shown in (
            f"/console/orders/{number}",
            "/console",
            "/console/orders?q=jane",
            f"/console/orders/{number}/refund",
        ):
            page = await one.see(shown)
            assert "<script>alert" not in page, shown
            assert "<img src=x" not in page, shown
            assert not re.search(r"<[^>]+\son\w+\s*=", page), shown
        assert EVIL in text(await one.see(f"/console/orders/{number}"))


async def test_a_tracking_link_is_a_link_only_where_it_is_https(api: Api) -> None:
    order = await api.paid(email="jane@example.com")
    evil = "javascript:alert(document.cookie)"
    await api.ok("POST", f"/order/{order['id']}/fulfill", {"trackingNumber": EVIL, "trackingUrl": evil})
    async with browser(api, "owner") as one:
        page = await one.see(f"/console/orders/{order['displayId'][1:]}")
        assert "javascript:" not in page
        assert "<script>alert" not in page


async def test_what_breaks_is_a_page_with_a_number_and_the_log_holds_no_sign_in_token(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(sessions, "use_link", broken)
    async with browser(api) as one:
        with structlog.testing.capture_logs() as told:
            answer = await one.get("/console/sign-in/a-secret-token")
        assert answer.status_code == 500
        assert answer.headers["x-request-id"] in text(answer.text)
        assert "luck" not in answer.text
        assert answer.headers["content-security-policy"]
    assert [line["route"] for line in told if line["event"] == "unhandled"] == ["/console/sign-in/{token}"]
    assert "a-secret-token" not in repr(told)


async def test_a_person_has_a_rate_limit_as_a_key_has(sqlite_url: str) -> None:
    limited = USUAL.model_copy(update={"rate_limit": RateLimit(per_minute=3)})
    async with (
        console(sqlite_url, config=limited) as api,
        browser(api, "viewer") as one,
        browser(api, "agent") as other,
    ):
        answers = [await one.get("/console/me") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert int(answers[3].headers["retry-after"]) > 0
        assert "Too many requests" in text(answers[3].text)
        assert (await other.get("/console/me")).status_code == 200


async def test_a_busy_or_absent_database_is_said_to_be_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*args: Any, **more: Any) -> None:
        raise StoreUnavailable("gone")

    async with browser(api, "viewer") as one:
        monkeypatch.setattr(tasks, "open_tasks", away)
        answer = await one.get("/console")
        assert answer.status_code == 503
        assert "Not now" in text(answer.text)
