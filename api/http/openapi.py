"""OpenAPI of routes that parse their bodies themselves: every path, query, body, answer and error, of every face.

FastAPI describes what it validates; here the pipeline validates, so the document is made from the routes as data, once, when
it is first asked for. Schemas of all faces are named together, so two faces' `Address` never stand for one another.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, Literal

from fastapi import FastAPI
from pydantic import TypeAdapter

from api.face import Face
from api.faces import FACES
from api.http.problems import Problem
from api.http.routing import NoBody, Route

DESCRIPTION: Final = """Four order APIs over one domain; every order is a durable Temporal workflow.

Authenticate with `Authorization: Bearer KEY` (or Basic, the key as user name). Every answer carries `X-Request-Id`; every
single order an `ETag`. `Idempotency-Key` is honoured on every POST, PUT, PATCH and DELETE.
"""
READ_ERRORS: Final = (
    "unauthorized", "insufficient_permissions", "validation_error", "rate_limited", "internal", "unavailable",
)  # fmt: skip
CHANGE_ERRORS: Final = (
    *READ_ERRORS,
    "bad_json",
    "request_timeout",
    "payload_too_large",
    "idempotency_key_in_use",
    "timeout",
)
COMMAND_ERRORS: Final = ("precondition_failed", "payment_required", "conflict")
_WORDS: Final = {
    400: "Not JSON, or refused", 401: "No key, or a wrong one", 402: "Unpaid, declined, or waiting for the customer",
    403: "This key may not do that", 404: "No such order, or not yours to see",
    409: "The order's state forbids it; the winning event is named", 412: "If-Match named an older version",
    408: "The body came too slowly", 413: "More than 1 MiB", 422: "Wrong content; the field is named",
    429: "Too many requests; see Retry-After",
    500: "Our fault", 503: "Nothing was done; try again after Retry-After",
    504: "Unknown whether it was done; repeat with the same Idempotency-Key",
    200: "Done", 201: "Made", 202: "Accepted and durable, not yet settled; repeat with the same Idempotency-Key",
    204: "Gone", 304: "Not changed since If-None-Match",
}  # fmt: skip

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
Shape = tuple[Any, Mode]
"""A type and which way it goes: read from a request, or written in an answer."""


def describe(app: FastAPI) -> None:
    """Let the app's document hold the faces beside what FastAPI knows itself (health)."""
    own = app.openapi

    def whole() -> Schema:
        if app.openapi_schema is None:
            document = own()
            _without_validation_errors(document)
            paths, components = faces()
            document["paths"] |= paths
            schemas = document.setdefault("components", {}).get("schemas", {}) | components
            document["components"] = {"schemas": schemas, "securitySchemes": _SECURITY}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key as user name, no password."},
}


def _without_validation_errors(document: Schema) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)


@cache
def faces() -> tuple[Schema, Schema]:
    """(paths, schemas) of every route of every face. The same for every app: nothing of it is configured."""
    routes = [(face, route) for face in FACES.values() for route in face.routes.all]
    schemas, components = _schemas(shape for face, route in routes for shape in _shapes(face, route))
    paths: Schema = {}
    for face, route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(face, route, schemas)
    return paths, components


def _shapes(face: Face, route: Route) -> Iterable[Shape]:
    yield face.error_model, "serialization"
    yield from ((model, "serialization") for model in route.answers.values() if model is not None)
    if not route.reads:
        yield route.body, "validation"


def _schemas(shapes: Iterable[Shape]) -> tuple[dict[tuple[int, Mode], Schema], Schema]:
    """(shape -> its schema, definitions). Shapes are known by identity: `list[X]` is no dictionary key of its own."""
    wanted = {(id(model), mode): model for model, mode in shapes}
    inputs = [(key[0], key[1], TypeAdapter(model)) for key, model in wanted.items()]
    made, whole = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    definitions: Schema = whole.get("$defs", {})
    return {(key, mode): schema for (key, mode), schema in made.items() if mode in ("validation", "serialization")}, (
        definitions
    )


def _operation(face: Face, route: Route, schemas: Mapping[tuple[int, Mode], Schema]) -> Schema:
    operation: Schema = {
        "tags": [face.name],
        "summary": route.summary,
        "description": route.description or route.summary,
        "operationId": f"{face.name}_{route.handler.__name__}_{route.method.lower()}{_slug(route.path)}",
        "security": [{"bearer": []}, {"basic": []}],
        "parameters": _parameters(route),
        "responses": {},
    }
    if not route.reads:
        required = route.body is not NoBody and any(f.is_required() for f in route.body.model_fields.values())
        content = {"application/json": {"schema": schemas[id(route.body), "validation"]}}
        operation["requestBody"] = {"required": required, "content": content}
    answers: dict[int, Any] = dict.fromkeys(_error_statuses(route, face), face.error_model) | dict(_good(route))
    for status, model in sorted(answers.items()):
        response: Schema = {"description": _WORDS.get(status, "Refused")}
        if model is not None:
            response["content"] = {"application/json": {"schema": schemas[id(model), "serialization"]}}
        operation["responses"][str(status)] = response
    return operation


def _slug(path: str) -> str:
    return re.sub(r"\W+", "_", path).rstrip("_")


def _good(route: Route) -> Mapping[int, Any]:
    """Good answers: the route's own, 202 where a command is sent, 304 where there is an ETag."""
    answers = dict(route.answers)
    if route.kind in ("command", "place"):
        answers.setdefault(202, next(iter(route.answers.values())))
    if route.kind == "read":
        answers[304] = None
    return answers


def _error_statuses(route: Route, face: Face) -> set[int]:
    codes = [*(READ_ERRORS if route.reads else CHANGE_ERRORS)]
    if "{" in route.path:
        codes.append("not_found")
    if route.kind in ("command", "place"):
        codes += [*COMMAND_ERRORS, *face.words]
    elif route.kind == "write":
        codes.append("conflict")
    return {face.answer_to(Problem(code, ""))[0] for code in codes}


def _parameters(route: Route) -> list[Schema]:
    found: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    properties = route.query.model_json_schema().get("properties", {})
    found += [_query(name, content) for name, content in properties.items()]
    if route.kind == "read":
        found.append(_header("If-None-Match", "Answer 304 when the order's ETag is this."))
    if not route.reads:
        found.append(_header("Idempotency-Key", "1-255 visible ASCII characters: the same request is done once.", 255))
    if route.kind == "command":
        found.append(_header("If-Match", "Refuse with 412 unless the order's ETag is this."))
    return found


def _query(name: str, content: Schema) -> Schema:
    shown = {key: value for key, value in content.items() if key != "description"}
    parameter: Schema = {"name": name, "in": "query", "required": False, "schema": shown}
    if "description" in content:
        parameter["description"] = content["description"]
    if shown.get("type") == "array":
        parameter |= {"style": "form", "explode": False}
    return parameter


def _header(name: str, description: str, longest: int | None = None) -> Schema:
    schema: Schema = {"type": "string"} | ({"minLength": 1, "maxLength": longest} if longest else {})
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}
