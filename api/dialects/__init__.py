"""Every face, one row each. To add one: copy a folder, add its name here (docs/adding.md)."""

from typing import Final

from api.dialect import Dialect, under
from api.dialects import commercehq, engine, hanzo, storefront, zephyr
from domain.webhooks import Renderer

DIALECTS: Final[dict[str, Dialect]] = {dialect.name: dialect for dialect in [
    hanzo.DIALECT,
    zephyr.DIALECT,
    storefront.DIALECT,
    commercehq.DIALECT,
    engine.DIALECT,
]}  # fmt: skip
"""Name -> face."""
RENDERERS: Final[dict[str, Renderer]] = {d.name: d.renderer for d in DIALECTS.values() if d.renderer is not None}
"""Name -> the bodies of its webhooks; the worker's dispatcher renders with these."""


def dialect_of(path: str) -> Dialect:
    """The face a path belongs to: the longest prefix; hanzo, the engine's first face, for paths that are nobody's."""
    best, owner = -1, hanzo.DIALECT
    for dialect in DIALECTS.values():
        for prefix in dialect.prefixes:
            if under(path, prefix) and len(prefix) > best:
                best, owner = len(prefix), dialect
    return owner
