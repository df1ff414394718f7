"""That a form was really ours: CSRF tokens, and where a `next` may lead.

A token is an HMAC under the visitor's own cookie, so nothing is stored and no session knows another's. The site that would forge
a form can neither read the cookie nor make the token. A browser that says where a form comes from (Sec-Fetch-Site, Origin) is
believed when it says: from elsewhere.
"""

import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

_OURS: Final = frozenset(("same-origin", "none"))


def token_of(visitor: str) -> str:
    """The token of whoever has this cookie."""
    return hmac.new(visitor.encode(), b"ordermill console form", hashlib.sha256).hexdigest()


def is_forged(request: Request, visitor: str, token: str) -> bool:
    """Whether a form did not come from a page of this visitor's."""
    if not visitor or not hmac.compare_digest(token_of(visitor).encode(), token.encode(errors="replace")):
        return True
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OURS:
        return True
    origin = request.headers.get("origin")
    return origin is not None and origin != "null" and urlsplit(origin).netloc != request.headers.get("host", "")


def own_path(text: str, prefix: str) -> str | None:
    """A `next` that leads to a page of the console; None for anything else: `//elsewhere`, `\\elsewhere`, a scheme, a control
    character, or a path that climbs out."""
    parts = urlsplit(text) if text.isprintable() and "\\" not in text else None
    if parts is None or parts.scheme or parts.netloc or len(text) > 2000:
        return None
    inside = parts.path == prefix or parts.path.startswith(f"{prefix}/")
    return text if inside and "//" not in parts.path and ".." not in parts.path.split("/") else None
