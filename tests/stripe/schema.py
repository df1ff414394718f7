"""Stripe's published schema (stripe-schema.json, its notice inside) as a check on every object the simulator made."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

SCHEMA = Path(__file__).with_name("stripe-schema.json")


def _modern(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(node, list):
        return [_modern(child) for child in node]
    if not isinstance(node, dict):
        return node
    made = {key: _modern(child) for key, child in node.items() if key not in ("nullable", "format")}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made


@cache
def _validator(kind: str) -> Draft202012Validator:
    document = _modern(json.loads(SCHEMA.read_text()))
    return Draft202012Validator({"components": document["components"], "$ref": f"#/components/schemas/{kind}"})


def faults_of(body: dict[str, Any], kind: str | None = None) -> list[str]:
    """What the schema says against the object; kinds Stripe's file leaves out (customer, tax) have no say."""
    name = kind or body["object"]
    if name in ("customer", "tax.calculation"):
        return []
    return [f"{name}{list(e.absolute_path)}: {e.message[:200]}" for e in _validator(name).iter_errors(body)]
