"""What a face is: one row of the table in `api/faces/__init__.py`.

A face is its folder, the same files in each: `__init__.py` (this row), `schemas.py` (what its requests and answers look like),
`translate.py` (its words ↔ the domain), `routes.py`, `events.py` (its name for every engine event, or None).
A face's words stop there: nothing above or below a face's folder knows `displayId` or `financial_status`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from api.http.problems import WIDER, Problem, status_of
from domain.signing import Signer
from domain.webhooks import Renderer
from store.lists.facets import Axis

if TYPE_CHECKING:
    from api.http.routing import Routes


@dataclass(frozen=True)
class Endpoints:
    """Where a face keeps its webhook endpoints, and in which words: for programs that register one (`ordermill listen`)."""

    path: str
    named: str
    """The field that says what an endpoint is for."""
    secret: str
    listed: str
    """The field of a list's answer that holds them."""
    wrapped: bool = False
    """One endpoint is answered under `data`."""


@dataclass(frozen=True)
class Face:
    """One face."""

    name: str
    prefixes: tuple[str, ...]
    """Path prefixes (whole segments) whose 404, 405 and 500 take this face's shape; the longest match wins."""
    words: Mapping[str, tuple[int | None, str]]
    """Neutral or domain code -> (HTTP status, None = the usual one; this face's code). Not named: the code itself."""
    error_body: Callable[[Problem, str, str], dict[str, Any]]
    """(problem, this face's code, request id) -> the body of an error."""
    error_model: type[BaseModel]
    """That body, for OpenAPI."""
    routes: "Routes"
    axes: tuple[Axis, ...] = ()
    """Its status words, as lists filter and sort by them (store/lists/facets.py)."""
    events: Mapping[str, str | None] = field(default_factory=dict)
    """Engine event -> this face's name, or None; every name of domain.events.EVENTS."""
    renderer: Renderer | None = None
    """Its webhooks' bodies; None: the face sends none."""
    endpoints: Endpoints | None = None
    """Its webhook endpoints; None: it has none."""
    signer: Signer | None = None
    """Its webhooks' own headers; None: the standard ones alone."""

    def owns(self, path: str) -> bool:
        """Whether a path is under one of this face's prefixes."""
        return any(under(path, prefix) for prefix in self.prefixes)

    def answer_to(self, problem: Problem) -> tuple[int, str]:
        """(HTTP status, this face's code) of a problem."""
        known = problem.code if problem.code in self.words else WIDER.get(problem.code, problem.code)
        status, code = self.words.get(known, (None, known))
        return status if status is not None else status_of(known), code


def under(path: str, prefix: str) -> bool:
    """Whether a path is a prefix or lies below it, by whole segments."""
    return path == prefix or path.startswith(f"{prefix}/")
