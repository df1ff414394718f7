"""How one request of the console travels, and where its routes are added to the API process.

    who (cookie → session) → rate limit → form (at most 1 MiB) → CSRF → role → the screen → headers that guard it

A refusal is a page that says why, in every case. Open screens (signing in) skip the session and the role, never the CSRF token.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qs

import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.http import body as raw_body
from api.http.pipeline import as_problem
from api.http.problems import Problem, status_of
from api.http.request_id import name_key, request_id_of
from api.shop import Shop
from console.assets import Assets
from console.crossing import is_forged
from console.pages import Pages
from console.routing import PREFIX, Screen
from console.screens import NAVIGATION, SCREENS
from console.session import SESSION_COOKIE, VISITOR_COOKIE, set_cookie
from console.visit import Form, Refused, Visit, not_there
from domain.errors import OrderError
from domain.policy import ShopConfig
from door.errands import Unsettled
from store.access import sessions
from store.database.engine import StoreError

log = structlog.stdlib.get_logger(__name__)

MOST_FIELDS: Final = 6_000
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""No script or style but our own files; nothing inline; no frame anywhere."""
GUARDS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer of the console; `nosniff` and `no-store` every answer of the process has (api/http/request_id.py)."""


def mount(app: FastAPI, shop: Callable[[], Shop], config: ShopConfig) -> None:
    """Add the console's routes, where the policy has it."""
    if not config.console.enabled:
        return
    assets = Assets(PREFIX)
    pages = Pages(config, assets, NAVIGATION)
    for screen in SCREENS:
        app.add_route(
            screen.whole_path, _endpoint(screen, pages, shop), methods=[screen.method], include_in_schema=False
        )
    app.add_route(PREFIX + "/static/{version}/{name:path}", _guarded(assets.serve), include_in_schema=False)
    elsewhere = Screen("GET", "/{rest:path}", _elsewhere, frozenset(), open=True)
    app.add_route(elsewhere.whole_path, _endpoint(elsewhere, pages, shop), include_in_schema=False)


def _guarded(respond: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        response = await respond(request)
        for name, value in GUARDS.items():
            response.headers.setdefault(name, value)
        return response

    return guarded


async def _elsewhere(visit: Visit) -> Response:
    if visit.path("rest") == "":
        return visit.go(PREFIX)
    raise not_there()


def _endpoint(screen: Screen, pages: Pages, shop: Callable[[], Shop]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        visit = Visit(shop(), pages, request, shop().clock(), request.cookies.get(SESSION_COOKIE, ""))
        try:
            return await _respond(screen, visit)
        except Refused as refusal:
            return _page(visit, refusal)
        except (Problem, OrderError, Unsettled, StoreError) as error:
            return _page(visit, _refusal(error))
        except Exception:
            log.exception(
                "unhandled", method=request.method, route=screen.whole_path
            )  # a path may hold a sign-in token
            number = request_id_of(request)
            return _page(visit, Refused(500, "Something went wrong", f"It is our fault and in the log as {number}."))

    return _guarded(respond)


async def _respond(screen: Screen, visit: Visit) -> Response:
    await _identify(visit)
    if visit.session is None and not screen.open:
        back = str(visit.http.url.path) + (f"?{visit.http.url.query}" if visit.http.url.query else "")
        return visit.go(f"{PREFIX}/sign-in", next=back if screen.method == "GET" else None)
    if visit.session is not None:
        name_key(visit.http.scope, visit.owner)  # the log's word for who asked
        await visit.shop.limiter.hit(visit.owner)
    if screen.method == "POST":
        visit.form = _fields(await raw_body.read(visit.http))
        if is_forged(visit.http, visit.visitor, visit.said("csrf")):
            raise Refused(
                403, "This form is not ours", "It is too old, or came from another site. Open the page again."
            )
    if not screen.open and not visit.may(screen.roles):
        raise Refused(403, "Not for your role", f"As {visit.person.role} you may not do that; an owner may change it.")
    response = await screen.handler(visit)
    if visit.session is None and VISITOR_COOKIE not in visit.http.cookies:
        set_cookie(visit, response, VISITOR_COOKIE, visit.visitor)
    return response


async def _identify(visit: Visit) -> None:
    """The session of the cookie; else the visitor's own token, a new one where there is none."""
    token = visit.visitor
    if token:
        visit.session = await sessions.find(visit.db, token, int(visit.now.timestamp()))
    if visit.session is None:
        visit.visitor = visit.http.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(32)


def _fields(raw: bytes) -> Form:
    """A form as browsers send it without files. 400 for anything else."""
    try:
        fields = parse_qs(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise Refused(400, "The form cannot be read", "Open the page again and send its form.") from None
    if any("\0" in value for values in fields.values() for value in values):
        raise Refused(400, "The form cannot be read", "It holds a character that no text has.")
    return fields


def _refusal(error: Exception) -> Refused:
    if isinstance(error, OrderError):
        return Refused(status_of(error.code), "That cannot be done", error.message)
    problem = as_problem(error)
    titles = {429: "Too many requests", 503: "Not now", 504: "Nobody knows yet"}
    messages = {
        504: "It is not known whether this was done. Send the same form again: it is done once, whatever happened."
    }
    status = status_of(problem.code)
    return Refused(
        status, titles.get(status, "That cannot be done"), messages.get(status, f"{problem.message}."), problem.headers
    )


def _page(visit: Visit, refusal: Refused) -> Response:
    response = visit.show("error.html", status=refusal.status, title=refusal.title, message=refusal.message)
    response.headers.update(refusal.headers)
    return response
