"""One request of one person: who, in which mode, with which form, and what is answered."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.shop import Shop
from console.crossing import token_of
from console.pages import Pages
from console.roles import Roles
from domain.order import Actor
from store.access.sessions import Session
from store.access.staff import Person


class Refused(Exception):
    """The console does not do that; a page says why. `status` is HTTP's."""

    def __init__(self, status: int, title: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = dict(headers or {})
        self.status = status
        self.title = title
        self.message = message


def not_there(what: str = "There is nothing here") -> Refused:
    return Refused(404, "Not found", f"{what}. It may be of the other mode: the switch is on top of the page.")


Form = Mapping[str, Sequence[str]]


@dataclass
class Visit:
    """`session` is there on every screen that is not open."""

    shop: Shop
    pages: Pages
    http: Request
    now: datetime
    visitor: str
    """The token in the session's cookie, or in that of somebody who has none yet: what CSRF tokens are made of."""
    session: Session | None = None
    form: Form = field(default_factory=dict)

    @property
    def db(self) -> AsyncEngine:
        return self.shop.db

    @property
    def signed_in(self) -> Session:
        if self.session is None:
            raise TypeError("this screen is open: nobody is signed in")
        return self.session

    @property
    def person(self) -> Person:
        return self.signed_in.person

    @property
    def livemode(self) -> bool:
        return self.session is not None and self.session.livemode

    @property
    def actor(self) -> Actor:
        """Who events of this visit name."""
        return Actor(kind="person", id=self.person.email)

    @property
    def owner(self) -> str:
        """Whose the idempotency keys of this visit's forms are."""
        return f"person:{self.person.id}"

    def may(self, roles: Roles) -> bool:
        return self.session is not None and self.session.person.role in roles

    # What came

    def path(self, name: str) -> str:
        return str(self.http.path_params[name])

    def asked(self, name: str, default: str = "") -> str:
        """A query parameter, without the blanks around it."""
        return self.http.query_params.get(name, default).strip()

    def said(self, name: str, default: str = "") -> str:
        """A field of the form, without the blanks around it."""
        values = self.form.get(name)
        return values[0].strip() if values else default

    def all_said(self, name: str) -> Sequence[str]:
        return self.form.get(name, ())

    @property
    def key(self) -> str:
        """The form's idempotency key; 400 when it has none: every form of ours carries one."""
        key = self.said("key")
        if not (16 <= len(key) <= 64 and key.isascii() and key.isprintable()):
            raise Refused(400, "This form is not complete", "Open the page again and send its form.")
        return key

    # What goes

    @property
    def csrf(self) -> str:
        """The token every form of this visit carries."""
        return token_of(self.visitor)

    @staticmethod
    def new_key() -> str:
        """The idempotency key of a form that is rendered now."""
        return secrets.token_urlsafe(24)

    def show(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """The page. `visit` is in every template's context."""
        return Response(self.pages.render(template, self, context), status_code=status, media_type="text/html")

    @staticmethod
    def go(path: str, **query: Any) -> Response:
        """To another page of the console (303: a reload there sends nothing again)."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        # A target that begins with two slashes would be another site's.
        target = "/" + quote(path.lstrip("/"), safe="/:?=&%#+,@!~*'()")
        joint = "&" if "?" in target else "?"
        return RedirectResponse(target + (joint + urlencode(given) if given else ""), status_code=303)
