"""Writes a table into docs/performance.md (or docs/scale.md), between the markers of its name, and prints it."""

import re
from pathlib import Path
from typing import Final

PERFORMANCE: Final = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
SCALE: Final = PERFORMANCE.with_name("scale.md")


def publish(name: str, table: str, path: Path = PERFORMANCE) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`. KeyError when the page has no such markers."""
    print(table)
    text = path.read_text()
    new, replaced = re.subn(
        rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda found: found[1] + table + found[2], text, flags=re.DOTALL
    )
    if not replaced:
        raise KeyError(f"{path.name} has no markers for {name}")
    path.write_text(new)
