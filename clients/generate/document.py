"""The part of the engine's OpenAPI that the clients speak, under the clients' names: what every language is generated from.

Requests lose their nulls: leaving a field out says the same, and for amounts and lists null is refused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from clients.generate.calls import CALLS, Row
from clients.generate.names import CLEARED, QUERIES, SAME, SETTLED, client_name

Schema = dict[str, Any]
_REF: Final = "#/components/schemas/"
_NOISE: Final = frozenset(("title", "example", "pattern"))


@dataclass(frozen=True)
class Call:
    """A row of the table, with what OpenAPI says of it."""

    row: Row
    method: str
    path: str
    summary: str
    body: str | None
    """Name of the request's schema; None: it takes none."""
    body_needed: bool
    query: str | None
    answer: str | None
    """Name of the answer's schema; `""`: any JSON object; None: nothing (204)."""
    accepted: bool
    """202 is the answer itself, and no sign that something is still to come."""
    dry_run: bool
    versioned: bool
    """Its answer carries the order's version."""

    @property
    def parameters(self) -> list[str]:
        """Names in the path: `["id", "returnId"]`."""
        return re.findall(r"{(\w+)}", self.path)


@dataclass
class Document:
    """Schemas under the clients' names, and the calls."""

    schemas: dict[str, Schema]
    calls: list[Call]
    asked: set[str] = field(default_factory=set)
    """Schemas that are (part of) requests."""
    patches: set[str] = field(default_factory=set)
    """Requests in which what is absent stays as it is, so that empty must be told from absent."""
    versioned: set[str] = field(default_factory=set)

    @property
    def whole(self) -> Schema:
        """As an OpenAPI document."""
        info = {"title": "What the clients speak", "version": "1"}
        schemas = dict(sorted(self.schemas.items()))
        return {"openapi": "3.1.0", "info": info, "paths": {}, "components": {"schemas": schemas}}


def document(openapi: Mapping[str, Any]) -> Document:
    """What the table's calls need of the engine's document. KeyError for a route that the engine does not have."""
    return _Reader(openapi["paths"], openapi["components"]["schemas"]).read()


def routes_of(openapi: Mapping[str, Any]) -> set[str]:
    """Every route of the faces the clients speak."""
    return {
        f"{method.upper()} {path}"
        for path, operations in openapi["paths"].items()
        for method, operation in operations.items()
        if set(operation.get("tags", ())) & {"hanzo", "engine"}
    }


class _Reader:
    def __init__(self, paths: Mapping[str, Any], schemas: Mapping[str, Schema]) -> None:
        self._paths = paths
        self._theirs = schemas
        self._by_last = {name.split("__")[-1]: name for name in schemas if "hanzo" in name or "__" not in name}
        self._origin: dict[str, str] = {}
        self.made = Document({}, [])

    def read(self) -> Document:
        self.made.calls = [self._call(row) for row in CALLS]
        self._take(_REF + "DryRunOut", asked=False)
        return self.made

    def _call(self, row: Row) -> Call:
        method, path = row.route.split(" ")
        operation = self._paths[path][method.lower()]
        body = self._body(operation, method)
        answers = operation["responses"]
        good = next((s for s in ("201", "204") if s in answers), "200" if "200" in answers else "202")
        answer = self._answer(answers[good])
        parameters = operation["parameters"]
        versioned = path.startswith(("/order", "/engine/orders/{")) and not (answer or "List").endswith("List")
        if versioned and answer:
            self.made.versioned.add(answer)
        return Call(
            row, method, path, operation["summary"].rstrip("."), body, operation.get("requestBody", {}).get("required", False),
            self._query(row.route, parameters), answer, accepted=good == "202",
            dry_run=any(p["name"] == "dryRun" for p in parameters), versioned=versioned,
        )  # fmt: skip

    def _body(self, operation: Schema, method: str) -> str | None:
        if "requestBody" not in operation:
            return None
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        name = self._take(schema["$ref"], asked=True)
        if not self.made.schemas[name].get("properties"):
            del self.made.schemas[name]
            self.made.asked.discard(name)
            self._origin.pop(name)
            return None
        if method == "PATCH":
            self.made.patches.add(name)
        return name

    def _answer(self, response: Schema) -> str | None:
        content = response.get("content")
        if content is None:
            return None
        schema = content["application/json"]["schema"]
        schema = schema.get("anyOf", [schema])[0]  # the command's own, beside what a dry run answers
        return self._take(schema["$ref"], asked=False) if "$ref" in schema else ""

    def _query(self, route: str, parameters: Iterable[Schema]) -> str | None:
        wanted = [p for p in parameters if p["in"] == "query" and p["name"] != "dryRun"]
        if not wanted:
            return None
        name = QUERIES[route]
        properties = {
            p["name"]: self._clean(_without_null(p["schema"]), asked=True)
            | {key: p[key] for key in ("description",) if key in p}
            for p in wanted
        }
        self.made.schemas[name] = {"type": "object", "properties": properties, "required": []}
        self.made.asked.add(name)
        return name

    def _take(self, reference: str, *, asked: bool) -> str:
        """The clients' name of a schema; it and what it refers to are in the document then."""
        theirs = reference.removeprefix(_REF)
        theirs = self._by_last.get(SAME.get(theirs.split("__")[-1], ""), theirs) if "engine" not in theirs else theirs
        name = client_name(theirs, asked=asked)
        if self._origin.setdefault(name, theirs) != theirs:
            raise ValueError(
                f"{theirs} and {self._origin[name]} would both be {name}: name one in clients/generate/names.py"
            )
        if name not in self.made.schemas:
            self.made.schemas[name] = {}
            if asked:
                self.made.asked.add(name)
            self.made.schemas[name] = self._object(name, self._theirs[theirs], asked=asked)
        return name

    def _object(self, name: str, theirs: Schema, *, asked: bool) -> Schema:
        properties = {}
        for key, schema in theirs.get("properties", {}).items():
            keeps_null = (name, key) in CLEARED if asked else (name, key) not in SETTLED
            properties[key] = self._clean(schema if keeps_null else _without_null(schema), asked=asked)
        made: Schema = {"type": "object", "properties": properties, "required": theirs.get("required", [])}
        if "description" in theirs:
            made["description"] = theirs["description"]
        return made

    def _clean(self, node: Any, *, asked: bool) -> Any:
        if isinstance(node, list):
            return [self._clean(one, asked=asked) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            name = self._take(node["$ref"], asked=asked)
            return {"$ref": _REF + name} | {k: v for k, v in node.items() if k == "description"}
        return {key: self._clean(value, asked=asked) for key, value in node.items() if key not in _NOISE}


def _without_null(schema: Schema) -> Schema:
    ways = [way for way in schema.get("anyOf", ()) if way.get("type") != "null"]
    if not ways or len(ways) == len(schema["anyOf"]):
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**ways[0], **rest} if len(ways) == 1 else {**rest, "anyOf": ways}
