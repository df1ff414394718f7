"""Who may read payloads: whoever has ORDERMILL_CODEC_TOKEN, as a Bearer token, or in a browser by signing in with it once.

The web UI asks from the browser, with the browser's cookies; so the token is given to this server's own page, and a cookie
stands for it for twelve hours. It is signed with the token, so there is nothing to store, and another token ends every session.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "ordermill_codec"
SESSION_SECONDS: Final = 12 * 3600


class Entrance:
    """`across_sites`: the web UI is served over https, perhaps under another name, so the cookie is sent across sites, and over
    https alone."""

    def __init__(self, token: str, *, across_sites: bool, clock: Callable[[], float] = time.time) -> None:
        self._token = token.encode()
        self._across_sites = across_sites
        self._clock = clock

    def opens(self, text: str) -> bool:
        """Whether this is the token."""
        return hmac.compare_digest(hashlib.sha256(text.encode()).digest(), hashlib.sha256(self._token).digest())

    def admits(self, request: Request) -> bool:
        """Whether a request brings the token or a session."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.opens(text.strip()):
            return True
        until, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if not (until.isascii() and until.isdigit() and len(until) <= 12) or int(until) < self._clock():
            return False
        return hmac.compare_digest(signature.encode(), self._signature(until).encode())

    def begin(self, response: Response) -> None:
        """A session."""
        until = str(int(self._clock()) + SESSION_SECONDS)
        response.set_cookie(
            COOKIE,
            f"{until}.{self._signature(until)}",
            max_age=SESSION_SECONDS,
            httponly=True,
            secure=self._across_sites,
            samesite="none" if self._across_sites else "lax",
        )

    def end(self, response: Response) -> None:
        response.delete_cookie(COOKIE)

    def _signature(self, until: str) -> str:
        return hmac.new(self._token, f"codec session until {until}".encode(), hashlib.sha256).hexdigest()
