"""The policy file (`ordermill.yaml`, contract sections 1 and 4) and its environment overrides, read once at start.

Every key can be set by a variable: `ORDERMILL_ORDER__RETURN_WINDOW_DAYS=0.5`,
`ORDERMILL_SHIPPING_METHODS__SHIP_STANDARD__PRICE=0`, `ORDERMILL_TAX_RATES='[{country: US, title: Tax, rate: 0.1}]'`;
values are YAML. A wrong or unknown key, in the file or in the environment, stops the start with a message that names it: a
policy that is silently ignored is worse than none.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from domain.policy import ShopConfig
from ordermill.refusals import CannotStart
from ordermill.settings import PREFIX, Settings


class ConfigError(CannotStart):
    """The policy file or its environment cannot be used; the message names the key."""


def load(settings: Settings, environ: Mapping[str, str] | None = None) -> ShopConfig:
    """The shop's policy: the file's (absent only where the default path is), then the environment's. ConfigError."""
    path = settings.config
    values = read(path, required="config" in settings.model_fields_set)
    sources = override(values, os.environ if environ is None else environ)
    try:
        return ShopConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_told(path, sources, item) for item in error.errors(include_url=False))) from None


def read(path: Path, *, required: bool) -> dict[str, Any]:
    """The file as it stands; empty when it may be and is absent."""
    if not path.exists():
        if required:
            raise ConfigError(f"{path}: no such policy file (ORDERMILL_CONFIG)")
        return {}
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read: {error.strerror} (ORDERMILL_CONFIG)") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no YAML: {' '.join(str(error).split())}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: blocks are expected (order:, store:, …)")
    return {str(block): {} if content is None else content for block, content in values.items()}


def override(values: dict[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """Write the environment's keys into `values`; answers key path -> variable, for messages."""
    blocks = {name.upper(): name for name in ShopConfig.model_fields}
    sources: dict[str, str] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX):
            continue
        first, *rest = variable.removeprefix(PREFIX).split("__")
        if first not in blocks:
            if rest:
                raise ConfigError(f"{variable}: no block of the policy file is called {first.lower()}")
            continue
        try:
            value = yaml.safe_load(environ[variable])
        except yaml.YAMLError:
            value = environ[variable]
        place = _set(values, [blocks[first], *rest], value, variable)
        sources[place] = variable
    return sources


def _set(values: dict[str, Any], parts: list[str], value: Any, variable: str) -> str:
    """Put `value` where the parts lead; an existing key is met in any case. Answers the path."""
    here: Any = values
    names: list[str] = []
    for i, part in enumerate(parts):
        key: str | int = _key(here, part, upper=parts[0] == "discount_codes" and i == 1)
        names.append(str(key))
        if isinstance(here, list) and not (isinstance(key, int) and key < len(here)):
            raise ConfigError(f"{variable}: {'.'.join(names[:-1])} has no entry {part}")
        if i == len(parts) - 1:
            here[key] = value
            break
        if isinstance(here, dict) and here.get(key) is None:
            here[key] = {}
        here = here[key]
        if not isinstance(here, (dict, list)):
            raise ConfigError(f"{variable}: {'.'.join(names)} holds no keys")
    return ".".join(names)


def _key(here: Any, part: str, *, upper: bool) -> str | int:
    """A name as it stands in the file, in any case; a new one in lower case, a new discount code in upper."""
    if isinstance(here, list):
        return int(part) if part.isdigit() else part
    for known in here:
        if str(known).upper() == part.upper():
            return str(known)
    return part.upper() if upper else part.lower()


def _told(path: Path, sources: Mapping[str, str], item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"])
    source = next((v for known, v in sources.items() if place == known or place.startswith(f"{known}.")), str(path))
    message = "unknown key" if item["type"] == "extra_forbidden" else item["msg"].removeprefix("Value error, ")
    return f"{source}: {place}: {message}"
