"""Schemas as every emitter reads them: a name, and fields of a few kinds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clients.generate.document import Document, Schema
from clients.generate.names import TIMES

_REF: Final = "#/components/schemas/"


@dataclass(frozen=True)
class Kind:
    """What a value is."""

    word: str
    """text, choice, whole, flag, time, any, map, list, ref, union, constant."""
    of: "Kind | None" = None
    """Of a list, or a map's values."""
    names: tuple[str, ...] = ()
    """Of a choice its words, of a reference or a union the schemas, of a constant its value."""


@dataclass(frozen=True)
class Field:
    """A field of a shape."""

    name: str
    """As on the wire."""
    kind: Kind
    needed: bool
    nullable: bool
    positive: bool
    """A number that is never 0: 0 can stand for nothing."""
    on: bool
    """Absent is not the same as false."""
    gloss: str | None


@dataclass(frozen=True)
class Shape:
    """An object of a request, a query or an answer."""

    name: str
    gloss: str | None
    fields: Sequence[Field]
    asked: bool
    patch: bool
    versioned: bool


def shapes(document: Document) -> list[Shape]:
    """Every schema, by name."""
    return [
        Shape(
            name, _one_line(schema.get("description")), _fields(schema, asked=name in document.asked), name in document.asked,
            name in document.patches, name in document.versioned,
        )
        for name, schema in sorted(document.schemas.items())
    ]  # fmt: skip


def _fields(schema: Schema, *, asked: bool) -> list[Field]:
    return [
        _field(name, one, needed=name in schema["required"], asked=asked) for name, one in schema["properties"].items()
    ]


def _field(name: str, schema: Mapping[str, Any], *, needed: bool, asked: bool) -> Field:
    ways = schema.get("anyOf", [schema])
    real = [way for way in ways if way.get("type") != "null"]
    kind = _kind(name, real, asked=asked)
    positive = real[0].get("exclusiveMinimum", -1) >= 0 or real[0].get("minimum", 0) > 0
    gloss = _one_line(schema.get("description"))
    return Field(name, kind, needed, len(real) < len(ways), positive, schema.get("default") is not False, gloss)


def _kind(name: str, ways: Sequence[Mapping[str, Any]], *, asked: bool) -> Kind:
    if len(ways) > 1 or "oneOf" in ways[0]:
        return Kind("union", names=tuple(way["$ref"].removeprefix(_REF) for way in ways[0].get("oneOf", ways)))
    schema = ways[0]
    if "$ref" in schema:
        return Kind("ref", names=(schema["$ref"].removeprefix(_REF),))
    if "const" in schema and isinstance(schema["const"], str):
        return Kind("constant", names=(schema["const"],))
    if "enum" in schema:
        return Kind("choice", names=tuple(schema["enum"]))
    if schema.get("type") == "array":
        return Kind("list", of=_kind("", [schema["items"]], asked=asked))
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return Kind("map", of=_kind("", [values], asked=asked) if isinstance(values, dict) and values else Kind("any"))
    if schema.get("type") == "string":
        is_time = schema.get("format") == "date-time" or name in TIMES or bool(re.search(r"[a-z]At$", name))
        return Kind("time" if is_time else "text")
    return Kind({"integer": "whole", "number": "number", "boolean": "flag"}.get(schema.get("type", ""), "any"))


def _one_line(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


def snake(name: str) -> str:
    """`paymentMethod` -> `payment_method`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


_INITIALS: Final = {"Id": "ID", "Url": "URL", "Sku": "SKU", "Ids": "IDs"}


def pascal(name: str) -> str:
    """`trackingUrl` -> `TrackingURL`."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name[:1].upper() + name[1:])
    return "".join(_INITIALS.get(word, word) for word in words)
