"""Stripe's form encoding: `a[b][0]=x` in body or query becomes nested dicts and lists; and typed reads of them.

Values stay text until a handler reads them with its type, so that a wrong type is Stripe's 400 `parameter_invalid_…`.
"""

import re
from collections.abc import Iterable
from typing import Any

from stripe_simulator.refusal import Refusal

_KEY = re.compile(r"^[^\[\]]+|\[([^\[\]]*)\]")
Params = dict[str, Any]


def parse(pairs: Iterable[tuple[str, str]]) -> Params:
    """[("a[b][]", "x")] -> {"a": {"b": ["x"]}}. Refusal for a key that is no path."""
    root: Params = {}
    for key, value in pairs:
        path = _path(key)
        node = root
        for part in path[:-1]:
            node = node.setdefault(part or str(len(node)), {})
            if not isinstance(node, dict):
                raise Refusal(f"Invalid parameter nesting: {key}", param=key, stored=False)
        node[path[-1] or str(len(node))] = value
    return {key: _lists(value) for key, value in root.items()}


def _path(key: str) -> list[str]:
    parts = [m.group(1) if m.group(0).startswith("[") else m.group(0) for m in _KEY.finditer(key)]
    rebuilt = parts[0] + "".join(f"[{p}]" for p in parts[1:]) if parts else ""
    if rebuilt != key:
        raise Refusal(f"Invalid parameter name: {key}", param=key, stored=False)
    return parts


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(child) for key, child in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def known(params: Params, accepted: frozenset[str]) -> None:
    """Refuses parameters the endpoint does not know (400 `parameter_unknown`)."""
    for name in params:
        if name not in accepted and name != "expand":
            raise Refusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name, stored=False)


def text(params: Params, name: str) -> str | None:
    """A string, or None when absent or empty (Stripe's way to unset)."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal(f"Invalid string: {name}", param=name, stored=False)
    return value or None


def required(params: Params, name: str) -> str:
    """A string that must be there (400 `parameter_missing`)."""
    value = text(params, name)
    if value is None:
        raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name, stored=False)
    return value


def integer(params: Params, name: str) -> int | None:
    """A whole number, or None when absent."""
    value = text(params, name)
    if value is None:
        return None
    if not re.fullmatch(r"-?\d{1,15}", value):
        raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name, stored=False)
    return int(value)


def boolean(params: Params, name: str, default: bool = False) -> bool:
    """True or false, `default` when absent."""
    value = text(params, name)
    if value is None:
        return default
    if value.lower() not in ("true", "false"):
        raise Refusal(f"Invalid boolean: {value}", param=name, stored=False)
    return value.lower() == "true"


def choice(params: Params, name: str, allowed: tuple[str, ...]) -> str | None:
    """One of `allowed`, or None when absent."""
    value = text(params, name)
    if value is not None and value not in allowed:
        raise Refusal(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name, stored=False)
    return value


def mapping(params: Params, name: str) -> Params:
    """A nested object, empty when absent."""
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise Refusal(f"Invalid object: {name}", code="parameter_invalid_empty", param=name, stored=False)
    return value


def listing(params: Params, name: str) -> list[Any]:
    """An array, empty when absent."""
    value = params.get(name) or []
    if not isinstance(value, list):
        raise Refusal(f"Invalid array: {name}", param=name, stored=False)
    return value


def metadata(params: Params, before: dict[str, str] | None = None) -> dict[str, str]:
    """`before` with the sent keys set, those sent empty removed; at most 50 keys of 40 and values of 500 characters."""
    merged = dict(before or {})
    for key, value in mapping(params, "metadata").items():
        if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
            raise Refusal("Metadata values can have up to 500 characters.", param="metadata", stored=False)
        merged[key] = value
    merged = {key: value for key, value in merged.items() if value != ""}
    if len(merged) > 50:
        raise Refusal("Metadata can have at most 50 keys.", param="metadata", stored=False)
    return merged
