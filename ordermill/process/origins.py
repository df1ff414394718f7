"""Where each value of the policy comes from: the environment, the policy file, or our default. Only told, never decided here."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.policy import ShopConfig
from ordermill.process import config
from ordermill.settings import Settings

Kind = Literal["environment", "file", "default"]


@dataclass(frozen=True)
class Known:
    """One key, dotted (`order.return_window_days`, `tax_rates.0.rate`). `source`: the variable, or the file's name."""

    path: str
    value: str
    kind: Kind
    source: str | None


def origins(settings: Settings, shop: ShopConfig, environ: Mapping[str, str] | None = None) -> list[Known]:
    """Every key of the policy in force, block by block, as it was when it was read. ConfigError, as for `config.load`."""
    in_file = config.read(settings.config, required=False)
    filed = {path for path, _ in _flat(in_file)}
    variables = config.override(in_file, os.environ if environ is None else environ)
    return [
        Known(path, _spoken(value), *_origin(path, filed, variables, settings.config.name))
        for path, value in _flat(shop.model_dump(mode="json"))
    ]


def _origin(path: str, filed: set[str], variables: Mapping[str, str], file: str) -> tuple[Kind, str | None]:
    for place, variable in variables.items():
        if path == place or path.startswith(f"{place}."):
            return "environment", variable
    return ("file", file) if path in filed else ("default", None)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of everything that is no block; an empty one is a value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{path}.{place}")
    else:
        yield path, value


def _spoken(value: Any) -> str:
    match value:
        case None | [] | {}:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
