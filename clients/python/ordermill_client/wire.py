"""snake_case here, camelCase on the wire. What a caller keeps in `metadata` is left as it is."""

import dataclasses
import functools
import re
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import quote

T = TypeVar("T")

_THEIRS = frozenset({"metadata"})
"""Objects whose keys are the caller's own."""


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def encode(value: Any) -> Any:
    """A request's body, ready for JSON."""
    if isinstance(value, Mapping):
        return {camel(key): (entry if key in _THEIRS else encode(entry)) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(entry) for entry in value]
    return _spelled(value) if isinstance(value, datetime) else value


def path(*segments: str) -> str:
    """ValueError for an id that would lead elsewhere: empty, `.` or `..`."""
    for segment in segments:
        if not re.search(r"[^.]", segment):
            raise ValueError(f"not an id: {segment!r}")
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def query(value: Mapping[str, Any], *, as_it_is: bool = False) -> dict[str, str]:
    """A query: lists joined by commas, times in UTC, what is None not sent."""
    return {name if as_it_is else camel(name): _spelled(entry) for name, entry in value.items() if entry is not None}


def _spelled(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time needs its zone: datetime(..., tzinfo=UTC)")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return ",".join(value) if isinstance(value, (list, tuple)) else str(value)


def decode(cls: type[T], wire: Mapping[str, Any]) -> T:
    """An answer as its dataclass. Unknown fields are ignored; KeyError, TypeError or ValueError for what does not fit."""
    if cls is dict:
        return cast("T", dict(wire))
    hints = _hints(cls)  # type: ignore[arg-type]  # a class is hashable
    given: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # every answer is a dataclass
        name = camel(field.name)
        if name in wire:
            given[field.name] = _value(hints[field.name], wire[name])
        elif field.default is dataclasses.MISSING:
            raise KeyError(name)
    return cls(**given)


@functools.cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    return get_type_hints(cls)


def _value(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        if value is None:
            return None
        hint = next(part for part in get_args(hint) if part is not types.NoneType)
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], entry) for entry in value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    return decode(hint, value) if dataclasses.is_dataclass(hint) and isinstance(hint, type) else value
