"""Signing in and out: links that work once, passwords, limits, sessions that rotate, and a `next` that stays here."""

import time

import httpx2
import pytest

from console import passwords
from console.crossing import own_path
from store.access import sessions, staff
from tests.api.client import Api
from tests.console.browse import Browser, browser, forms, text

COOKIE = "ordermill_console"
GOOD = "correct horse battery"


async def _person(api: Api, email: str = "jo@example.com", role: staff.Role = "agent") -> staff.Person:
    person = await staff.add(api.db, email, role, int(time.time()))
    await staff.set_password(api.db, person.id, await passwords.hashed(GOOD))
    return person


async def _sign_in(one: Browser, password: str, email: str = "jo@example.com", next: str = "") -> httpx2.Response:
    form = await one.form("/console/sign-in")
    filled = form.fields | {"email": email, "password": password, "next": next}
    return await one.post("/console/sign-in", filled)


async def test_a_page_without_a_session_leads_to_the_sign_in_page_and_back(api: Api) -> None:
    async with browser(api) as one:
        answer = await one.get("/console/orders?q=jane")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/console/sign-in?next=%2Fconsole%2Forders%3Fq%3Djane"
        await _person(api)
        form = (await one.form(answer.headers["location"], "/console/sign-in")).fields
        signed = await one.post("/console/sign-in", form | {"email": "Jo@Example.com ", "password": GOOD})
        assert (signed.status_code, signed.headers["location"]) == (303, "/console/orders?q=jane")
        assert "Inbox" in text(await one.see("/console"))


async def test_a_link_signs_its_person_in_once(api: Api) -> None:
    person = await _person(api)
    token = await sessions.link(api.db, person.id, int(time.time()))
    async with browser(api) as one, browser(api) as other:
        assert (await one.get(f"/console/sign-in/{token}")).status_code == 303
        assert "jo@example.com" in text(await one.see("/console"))
        again = await other.get(f"/console/sign-in/{token}")
        assert again.status_code == 410
        assert COOKIE not in other.http.cookies
    assert (await _used(api, "nobody's")).status_code == 410
    old = await sessions.link(api.db, person.id, int(time.time()) - sessions.LINK_SECONDS)
    assert (await _used(api, old)).status_code == 410


async def _used(api: Api, token: str) -> httpx2.Response:
    async with browser(api) as one:
        return await one.get(f"/console/sign-in/{token}")


async def test_a_link_of_somebody_disabled_opens_nothing(api: Api) -> None:
    person = await _person(api)
    token = await sessions.link(api.db, person.id, int(time.time()))
    await staff.disable(api.db, person.id, int(time.time()))
    assert (await _used(api, token)).status_code == 410


async def test_wrong_passwords_are_told_nothing_and_are_limited(api: Api) -> None:
    await _person(api)
    async with browser(api) as one:
        for email in ("jo@example.com", "nobody@example.com"):
            answer = await _sign_in(one, "wrong", email)
            assert (answer.status_code, COOKIE in one.http.cookies) == (401, False)
            assert "The address or the password is wrong." in text(answer.text)
        for _ in range(4):
            await _sign_in(one, "wrong")
        locked = await _sign_in(one, GOOD)
        assert (locked.status_code, COOKIE in one.http.cookies) == (429, False)


async def test_a_sign_in_makes_a_new_session_whatever_cookie_was_there(api: Api) -> None:
    """Session fixation: a cookie that somebody else planted opens nothing afterwards."""
    await _person(api)
    async with browser(api, "owner") as planted, browser(api) as one:
        token = planted.http.cookies[COOKIE]
        one.http.cookies.set(COOKIE, "made-up-by-an-attacker", domain="127.0.0.1", path="/console")
        answer = await _sign_in(one, GOOD)
        assert answer.status_code == 303
        assert one.http.cookies[COOKIE] not in ("made-up-by-an-attacker", token)
        owner = await staff.owner(api.db)
        assert owner is not None
        again = await planted.get("/console/sign-in/" + await sessions.link(api.db, owner.id, 2**31))
        assert again.status_code == 303
        assert await sessions.find(api.db, token, int(time.time())) is None, "the session before it has ended"


async def test_a_session_ends_by_itself_by_signing_out_and_with_its_person(api: Api) -> None:
    person = await _person(api)
    now = int(time.time())
    token = await sessions.begin(api.db, person.id, now)
    assert await sessions.find(api.db, token, now + sessions.SESSION_SECONDS - 1)
    assert await sessions.find(api.db, token, now + sessions.SESSION_SECONDS) is None
    async with browser(api, "agent", "jo@example.com") as one:
        form = await one.form("/console", "/console/sign-out")
        token = one.http.cookies[COOKIE]
        assert (await one.post("/console/sign-out", form.fields)).status_code == 303
        assert await sessions.find(api.db, token, now) is None
    async with browser(api, "agent", "jo@example.com") as one:
        await staff.disable(api.db, person.id, now)
        assert (await one.get("/console")).status_code == 303


async def test_a_changed_password_ends_the_other_sessions(api: Api) -> None:
    await _person(api)
    async with browser(api, "agent", "jo@example.com") as one, browser(api, "agent", "jo@example.com") as other:
        form = (await one.form("/console/me")).fields
        refused = await one.post("/console/me", form | {"old": "not it", "new": "a new password, longer"})
        assert refused.status_code == 422
        short = await one.post("/console/me", form | {"old": GOOD, "new": "short"})
        assert "at least 12 characters" in text(short.text)
        done = await one.post("/console/me", form | {"old": GOOD, "new": "a new password, longer"})
        assert done.status_code == 303
        assert (await one.get("/console")).status_code == 200
        assert (await other.get("/console")).status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/console", "//evil.example/console", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/console/../order", "/console//evil.example", "/consoles", "/order", "/console\n//evil",
        "console", "/console/%0d%0aSet-Cookie:x",
    ],
)  # fmt: skip
async def test_a_next_leads_nowhere_else(api: Api, elsewhere: str) -> None:
    await _person(api)
    async with browser(api) as one:
        answer = await _sign_in(one, GOOD, next=elsewhere)
        assert answer.status_code == 303
        assert answer.headers["location"] in ("/console", "/console/%0d%0aSet-Cookie:x")
        assert "\n" not in answer.headers["location"]


def test_pages_of_the_console_are_its_own() -> None:
    for path in ("/console", "/console/orders?q=a%2Fb", "/console/orders/1001"):
        assert own_path(path, "/console") == path


async def test_the_cookie_is_hidden_from_scripts_and_other_sites(api: Api) -> None:
    person = await _person(api)
    async with browser(api) as one:
        answer = await one.get("/console/sign-in/" + await sessions.link(api.db, person.id, int(time.time())))
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE)).lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/console" in cookie
        assert f"max-age={sessions.SESSION_SECONDS}" in cookie


async def test_the_mode_is_switched_by_a_form_and_orders_of_the_other_are_not_there(api: Api) -> None:
    order = await api.order()
    number = order["displayId"][1:]
    async with browser(api, "viewer") as one:
        assert (await one.get(f"/console/orders/{number}")).status_code == 200
        form = await one.form("/console", "/console/mode")
        assert (await one.post("/console/mode", form.fields | {"mode": "live"})).status_code == 303
        page = await one.see("/console")
        assert 'data-mode="live"' in page
        assert (await one.get(f"/console/orders/{number}")).status_code == 404
        assert next(f for f in forms(page) if f.action == "/console/mode").buttons[0]["value"] == "test"
