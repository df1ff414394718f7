"""The cookies of the console: of a session, and of a visitor who has none yet."""

from typing import Final

from starlette.responses import Response

from console.crossing import own_path
from console.routing import PREFIX
from console.visit import Visit
from store.access import sessions

SESSION_COOKIE: Final = "ordermill_console"
VISITOR_COOKIE: Final = "ordermill_visitor"
"""Of whoever is not signed in: what the sign-in form's CSRF token is made of."""


def set_cookie(visit: Visit, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """HttpOnly, SameSite=Lax (a link in a mail opens the page), below the console alone, Secure where the shop is on https."""
    public = visit.shop.settings.public_url
    secure = visit.http.url.scheme == "https" or (public is not None and public.scheme == "https")
    response.set_cookie(name, value, max_age=seconds, path=PREFIX, secure=secure, httponly=True, samesite="lax")


def signed_in(visit: Visit, token: str, next_path: str) -> Response:
    """On to where they wanted to go, with the new session's cookie."""
    response = visit.go(own_path(next_path, PREFIX) or PREFIX)
    set_cookie(visit, response, SESSION_COOKIE, token, sessions.SESSION_SECONDS)
    response.delete_cookie(VISITOR_COOKIE, path=PREFIX)
    return response


def end_session(response: Response) -> Response:
    """The browser forgets it; the row is gone already."""
    response.delete_cookie(SESSION_COOKIE, path=PREFIX)
    return response
