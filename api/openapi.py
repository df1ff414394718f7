"""OpenAPI for routes that parse their bodies themselves: every path, query, body, answer and error, by face.

FastAPI describes what it validates; here the pipeline validates, so each route's models are handed over: answers and errors as
`responses`, path, query and body as `openapi_extra`. Nested schemas are moved to components afterwards.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from api.dialect import Dialect
from api.problems import Problem
from api.routing import NoBody, Route

DESCRIPTION: Final = """Four order APIs over one domain; every order is a durable Temporal workflow.

Authenticate with `Authorization: Bearer KEY` (or Basic, the key as user name). Every answer carries `X-Request-Id`; every
single order an `ETag`. `Idempotency-Key` is honoured on every POST, PUT, PATCH and DELETE.
"""
_REF: Final = "#/components/schemas/{model}"

READ_ERRORS: Final = (
    "unauthorized",
    "insufficient_permissions",
    "validation_error",
    "rate_limited",
    "internal",
    "unavailable",
)
CHANGE_ERRORS: Final = (*READ_ERRORS, "bad_json", "payload_too_large", "idempotency_key_in_use", "timeout")
ORDER_ERRORS: Final = ("not_found",)
COMMAND_ERRORS: Final = ("precondition_failed", "payment_required", "conflict")
_WORDS: Final = {
    400: "Not JSON", 401: "No key, or a wrong one", 402: "Unpaid, declined, or waiting for the customer",
    403: "This key may not do that", 404: "No such order, or not yours to see", 405: "Not this method",
    409: "The order's state forbids it; `event` names what made it so", 412: "If-Match named an older version",
    413: "More than 1 MiB", 422: "Wrong content; `field` names it", 429: "Too many requests; see Retry-After",
    500: "Our fault", 503: "Nothing was done; try again after Retry-After",
    504: "Unknown whether it was done; repeat with the same Idempotency-Key",
}  # fmt: skip


def described(route: Route, dialect: Dialect) -> dict[str, Any]:
    """What `add_api_route` wants to know of a route."""
    responses: dict[int | str, dict[str, Any]] = {}
    for status in sorted(_error_statuses(route, dialect)):
        responses[status] = {"model": dialect.error_model, "description": _WORDS.get(status, "Refused")}
    for status, model in _answers(route).items():
        responses[status] = {"description": _good(status)} | ({} if model is None else {"model": model})
    extra: dict[str, Any] = {"parameters": _parameters(route, dialect)}
    if not route.reads:
        extra["requestBody"] = {
            "required": route.body is not NoBody and any(f.is_required() for f in route.body.model_fields.values()),
            "content": {"application/json": {"schema": _schema(route.body, dialect)}},
        }
    first = min(_answers(route))
    return {
        "status_code": first,
        "summary": route.summary,
        "description": route.description or route.summary,
        "tags": [dialect.name],
        "operation_id": f"{dialect.name}_{route.handler.__name__}_{route.method.lower()}{_slug(route.path)}",
        "responses": responses,
        "openapi_extra": extra,
    }


def _slug(path: str) -> str:
    return re.sub(r"\W+", "_", path).rstrip("_")


def _answers(route: Route) -> Mapping[int, Any]:
    """Good answers: the route's own, 202 where the engine is asked, 304 where there is an ETag."""
    answers = dict(route.answers)
    if route.kind in ("command", "place"):
        answers.setdefault(202, next(iter(route.answers.values())))
    if route.kind == "read":
        answers[304] = None
    return answers


def _good(status: int) -> str:
    return {
        200: "Done",
        201: "Made",
        202: "Accepted and durable, not yet settled; repeat with the same Idempotency-Key",
        204: "Gone",
        304: "Not changed since If-None-Match",
    }.get(status) or _WORDS.get(status, "Good")


def _error_statuses(route: Route, dialect: Dialect) -> set[int]:
    codes = [*(READ_ERRORS if route.reads else CHANGE_ERRORS)]
    if "{" in route.path:
        codes += ORDER_ERRORS
    if route.kind in ("command", "place"):
        codes += [*COMMAND_ERRORS, *dialect.words]
    elif route.kind == "write":
        codes.append("conflict")
    return {dialect.answer_to(Problem(code, ""))[0] for code in codes}


def _parameters(route: Route, dialect: Dialect) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    schema = _schema(route.query, dialect)
    for name, content in schema.get("properties", {}).items():
        shown = {key: value for key, value in content.items() if key != "description"}
        parameter = {"name": name, "in": "query", "required": False, "schema": shown}
        if "description" in content:
            parameter["description"] = content["description"]
        if shown.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        found.append(parameter)
    if route.kind == "read":
        found.append(_header("If-None-Match", "Answer 304 when the order's ETag is this."))
    if not route.reads:
        found.append(_header("Idempotency-Key", "1-255 visible ASCII characters: the same request is done once.", 255))
    if route.kind == "command":
        found.append(_header("If-Match", "Refuse with 412 unless the order's ETag is this."))
    return found


def _schema(model: type[BaseModel], dialect: Dialect) -> dict[str, Any]:
    """A request's schema; what it refers to carries the face's name, since every face has an AddressIn of its own."""
    schema = model.model_json_schema(ref_template=_REF.format(model=f"{dialect.name}_{{model}}"))
    schema["$defs"] = {f"{dialect.name}_{name}": part for name, part in schema.get("$defs", {}).items()}
    return schema


def _header(name: str, description: str, longest: int | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"} | ({"minLength": 1, "maxLength": longest} if longest else {})
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def describe(app: FastAPI) -> None:
    """Finish the document FastAPI makes: nested schemas to components, the key as a security scheme."""
    made = app.openapi

    def finished() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = made()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        _hoist(document["paths"], schemas)
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic", "description": "The key as user name, no password."},
        }
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["security"] = [] if path.startswith("/health/") else [{"bearer": []}, {"basic": []}]
                operation["responses"].pop("422", None) if path.startswith("/health/") else None
        app.openapi_schema = document
        return document

    app.openapi = finished  # type: ignore[method-assign]


def _hoist(node: Any, schemas: dict[str, Any]) -> None:
    """Move every `$defs` below `node` to components."""
    if isinstance(node, dict):
        for name, schema in (node.pop("$defs", None) or {}).items():
            schemas.setdefault(name, schema)
            _hoist(schema, schemas)
        for value in node.values():
            _hoist(value, schemas)
    elif isinstance(node, list):
        for value in node:
            _hoist(value, schemas)
