"""How a screen says what it does: its path, who may see it, and one function. The checks are the console's (console/serving.py).

    screens = Screens()

    @screens.page("/stock", roles=EVERYBODY)          GET  /console/stock
    async def stock(visit: Visit) -> Response: ...

    @screens.form("/stock/{variant}", roles=AGENTS)   POST, with the CSRF token and one idempotency key (`visit.key`)
    async def set_stock(visit: Visit) -> Response: ...

`open` screens need no session: signing in, and nothing else. Every screen is in the table of console/screens/__init__.py, so that
a test can walk all of them with every role and with none.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from starlette.responses import Response

from console.roles import EVERYBODY, Roles
from console.visit import Visit

Handler = Callable[[Visit], Awaitable[Response]]
PREFIX: Final = "/console"


@dataclass(frozen=True)
class Screen:
    """One route of the console."""

    method: Literal["GET", "POST"]
    path: str
    """Below the prefix; "" is the console's own."""
    handler: Handler
    roles: Roles
    open: bool = False
    """No session is needed."""

    @property
    def whole_path(self) -> str:
        return PREFIX + self.path


class Screens:
    """The routes of one file."""

    def __init__(self) -> None:
        self.all: list[Screen] = []

    def page(self, path: str, *, roles: Roles = EVERYBODY, open: bool = False) -> Callable[[Handler], Handler]:
        """Something to look at."""

        def add(handler: Handler) -> Handler:
            self.all.append(Screen("GET", path, handler, roles, open))
            return handler

        return add

    def form(self, path: str, *, roles: Roles, open: bool = False) -> Callable[[Handler], Handler]:
        """Something that is sent."""

        def add(handler: Handler) -> Handler:
            self.all.append(Screen("POST", path, handler, roles, open))
            return handler

        return add


@dataclass(frozen=True)
class Nav:
    """One entry of the console's navigation. `key`: pressed after `g`, it goes there."""

    title: str
    path: str
    key: str
    roles: Roles = EVERYBODY

    @property
    def href(self) -> str:
        return PREFIX + self.path
