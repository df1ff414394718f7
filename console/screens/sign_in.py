"""Signing in and out: by password, by one-time link; the mode switch; one's own password (contract section 15)."""

import base64
import json
from typing import Final

from starlette.responses import RedirectResponse, Response

from console import passwords
from console.crossing import own_path
from console.oidc import Identity, NotSignedIn, Provider
from console.roles import EVERYBODY
from console.routing import PREFIX, Screens
from console.session import end_session, set_cookie, signed_in
from console.visit import Refused, Visit, not_there
from store.access import audit, sessions, staff

screens = Screens()

MOST_FAILURES: Final = 5
"""Of one address of a person, from one address of the network."""
MOST_OF_PERSON: Final = 50
"""Of one person, from everywhere: many machines that guess at one password."""
MOST_OF_NETWORK: Final = 100
"""From one address of the network, which may be a whole office's."""
WRONG: Final = "The address or the password is wrong."
PROVIDER_COOKIE: Final = "ordermill_provider"
PROVIDER_SECONDS: Final = 600
AGAIN: Final = "Too many attempts. Wait a quarter of an hour, or ask an owner for a sign-in link."


@screens.page("/sign-in", open=True)
async def sign_in_page(visit: Visit) -> Response:
    if visit.session is not None:
        return visit.go(own_path(visit.asked("next"), PREFIX) or PREFIX)
    return _shown(visit, visit.asked("next"))


def _shown(visit: Visit, next_path: str, *, email: str = "", error: str | None = None, status: int = 200) -> Response:
    return visit.show(
        "sign_in.html",
        status=status,
        next=own_path(next_path, PREFIX) or "",
        email=email,
        error=error,
        provider=visit.shop.settings.oidc_name if visit.shop.settings.has_oidc else None,
    )


@screens.form("/sign-in", roles=EVERYBODY, open=True)
async def sign_in(visit: Visit) -> Response:
    email, password, next_path = visit.said("email"), visit.form.get("password", [""])[0], visit.said("next")
    now = int(visit.now.timestamp())
    address = visit.http.client.host if visit.http.client else ""
    counted = {
        f"{email.lower()} from {address}": MOST_FAILURES,
        email.lower(): MOST_OF_PERSON,
        f"from {address}": MOST_OF_NETWORK,
    }
    for who, most in counted.items():
        if await sessions.failures(visit.db, who, now) >= most:
            return _shown(visit, next_path, email=email, error=AGAIN, status=429)
    person = await staff.find(visit.db, email)
    right = await passwords.is_right(person.password if person else None, password)
    if person is None or not right or person.disabled_at is not None:
        for who in counted:
            await sessions.failed(visit.db, who, now)
        return _shown(visit, next_path, email=email, error=WRONG, status=401)
    await sessions.forgiven(visit.db, f"{email.lower()} from {address}")
    token = await sessions.begin(visit.db, person.id, now, instead_of=_old(visit))
    await audit.note(visit.db, person, "signed_in", "by password", livemode=False, now=now)
    return signed_in(visit, token, next_path)


def _old(visit: Visit) -> str:
    """The session that ends with a new sign-in."""
    return visit.session.hash if visit.session else ""


@screens.page("/sign-in/provider", open=True)
async def to_provider(visit: Visit) -> Response:
    """To the identity provider, with what is asked of it kept in a cookie of this browser."""
    try:
        begun = await _provider(visit).begin()
    except NotSignedIn as error:
        raise Refused(502, "Not signed in", str(error)) from None
    response = RedirectResponse(begun.url, status_code=303)
    kept = json.dumps({"asked": begun.cookie, "next": own_path(visit.asked("next"), PREFIX) or ""})
    set_cookie(visit, response, PROVIDER_COOKIE, base64.urlsafe_b64encode(kept.encode()).decode(), PROVIDER_SECONDS)
    return response


@screens.page("/sign-in/back", open=True)
async def from_provider(visit: Visit) -> Response:
    """Back from it: whoever it is must be somebody here."""
    try:
        kept = json.loads(base64.urlsafe_b64decode(visit.http.cookies.get(PROVIDER_COOKIE, "")))
        asked, next_path = str(kept["asked"]), str(kept["next"])
    except (ValueError, KeyError, TypeError):
        asked, next_path = "", ""
    try:
        found = await _provider(visit).finish(asked, state=visit.asked("state"), code=visit.asked("code"))
    except NotSignedIn as error:
        raise Refused(403, "Not signed in", str(error)) from None
    person = await _known(visit, found)
    now = int(visit.now.timestamp())
    token = await sessions.begin(visit.db, person.id, now, instead_of=_old(visit))
    await audit.note(visit.db, person, "signed_in", "at the identity provider", livemode=False, now=now)
    response = signed_in(visit, token, next_path)
    response.delete_cookie(PROVIDER_COOKIE, path=PREFIX)
    return response


def _provider(visit: Visit) -> Provider:
    settings = visit.shop.settings
    if not settings.has_oidc:
        raise not_there("No identity provider is configured")
    if not settings.link_base:
        raise Refused(500, "Not configured", "ORDERMILL_PUBLIC_URL says where people come back to; it is not set.")
    return Provider(settings, f"{settings.link_base}{PREFIX}/sign-in/back")


async def _known(visit: Visit, found: Identity) -> staff.Person:
    """By the provider's own subject; the first time by the address it vouches for."""
    person = await staff.by_subject(visit.db, found.subject)
    if person is None and found.email is not None:
        person = await staff.find(visit.db, found.email)
        if person is not None and person.subject is not None:
            person = None  # that address is another subject's here
        if person is not None:
            await staff.set_subject(visit.db, person.id, found.subject)
    if person is None or person.disabled_at is not None:
        raise Refused(403, "Not signed in", "Nobody works here under this address. An owner adds people.")
    return person


@screens.page("/sign-in/{token}", open=True)
async def by_link(visit: Visit) -> Response:
    """A one-time link: whoever opens it first is signed in."""
    now = int(visit.now.timestamp())
    token = await sessions.use_link(visit.db, visit.path("token"), now, instead_of=_old(visit))
    if token is None:
        raise Refused(
            410, "This link is used up", "A sign-in link opens the console once, within a day. Ask for another."
        )
    session = await sessions.find(visit.db, token, now)
    if session is not None:
        await audit.note(visit.db, session.person, "signed_in", "by a link", livemode=False, now=now)
    return signed_in(visit, token, "")


@screens.form("/sign-out", roles=EVERYBODY)
async def sign_out(visit: Visit) -> Response:
    await sessions.end(visit.db, visit.signed_in.hash)
    response = end_session(visit.go(f"{PREFIX}/sign-in"))
    response.headers["Clear-Site-Data"] = '"cache"'  # forms are kept for the back button (screens/act.py)
    return response


@screens.form("/mode", roles=EVERYBODY)
async def switch_mode(visit: Visit) -> Response:
    """Test and live are two worlds: what was open in the one is not there in the other, so it goes to the inbox."""
    await sessions.set_mode(visit.db, visit.signed_in, livemode=visit.said("mode") == "live")
    return visit.go(PREFIX)


@screens.page("/me")
async def me(visit: Visit) -> Response:
    return visit.show("me.html", error=None, saved=visit.asked("saved") == "1")


@screens.form("/me", roles=EVERYBODY)
async def set_password(visit: Visit) -> Response:
    """One's own password. Who has one says it; other sessions end."""
    person, new = visit.person, visit.form.get("new", [""])[0]
    error = passwords.unfit(new)
    if (
        error is None
        and person.password
        and not await passwords.is_right(person.password, visit.form.get("old", [""])[0])
    ):
        error = "The password you have now is another."
    if error is not None:
        return visit.show("me.html", status=422, error=error, saved=False)
    await staff.set_password(visit.db, person.id, await passwords.hashed(new))
    await sessions.end_others(visit.db, person.id, but=visit.signed_in.hash)
    now = int(visit.now.timestamp())
    await audit.note(visit.db, person, "password_set", person.email, livemode=visit.livemode, now=now)
    return visit.go(f"{PREFIX}/me", saved=1)
