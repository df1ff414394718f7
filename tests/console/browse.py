"""A person at the console, over ASGI in process: cookies, forms as they are rendered, and the app behind them."""

import html
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2

from domain.policy import ShopConfig
from store.access import sessions, staff
from store.access.staff import Role
from tests.api.client import Api, running

BASE = "http://127.0.0.1:8000"


@dataclass
class Form:
    """One <form> of a page: where it goes, and what it would send untouched."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.found.append(self._form)
        elif self._form is None:
            return
        elif tag == "button":
            self._form.buttons.append(given)
        elif tag == "input" and "name" in given:
            if given.get("type") != "checkbox" or "checked" in given:
                self._form.fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self._area = given["name"]
            self._form.fields[self._area] = ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form.fields):
            self._form.fields[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area is not None:
            self._form.fields[self._area] += data


def forms(page: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page)
    return parser.found


def text(page: str) -> str:
    """What a reader reads of it."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare))).strip()


@dataclass
class Browser:
    """One person's browser. Redirects are followed by hand, as `see` and `send` do."""

    http: httpx2.AsyncClient
    api: Api
    email: str = ""

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        return await self.http.get(path, **more)

    async def see(self, path: str) -> str:
        """The page at the end of redirects."""
        answer = await self.http.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code, text(answer.text))
        return answer.text

    async def form(self, path: str, action: str | None = None) -> Form:
        """The form of a page that goes to `action` (default: to the page itself)."""
        wanted = action or path.partition("?")[0]
        found = [one for one in forms(await self.see(path)) if one.action == wanted]
        assert found, f"no form of {path} goes to {wanted}"
        return found[0]

    async def post(self, path: str, fields: dict[str, str], **more: Any) -> httpx2.Response:
        return await self.http.post(path, data=fields, **more)

    async def act(self, order: int | str, act: str, ref: str = "", /, **fields: str) -> httpx2.Response:
        """Fill in an act's form, look at what it will do, and do it."""
        path = f"/console/orders/{order}/{act}"
        form = await self.form(f"{path}?ref={ref}" if ref else path)
        filled = {name: value for name, value in (form.fields | fields).items() if value != "-"}
        shown = await self.post(path, filled | {"step": "preview"})
        again = [one for one in forms(shown.text) if one.action == path]
        assert again, text(shown.text)
        return await self.post(path, again[0].fields | {"step": "do"})


@asynccontextmanager
async def browser(api: Api, role: Role | None = None, email: str | None = None) -> AsyncIterator[Browser]:
    """Somebody of this role, signed in by a link; nobody where it is None."""
    transport = httpx2.ASGITransport(app=api.app)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        one = Browser(http, api)
        if role is not None:
            one.email = email or f"{role}@example.com"
            now = int(time.time())
            person = await staff.find(api.db, one.email) or await staff.add(api.db, one.email, role, now)
            opened = await http.get(f"/console/sign-in/{await sessions.link(api.db, person.id, now)}")
            assert opened.status_code == 303, opened.text
        yield one


@asynccontextmanager
async def console(database_url: str, *, config: ShopConfig | None = None, **environment: Any) -> AsyncIterator[Api]:
    async with running(database_url, config=config, **environment) as api:
        yield api
