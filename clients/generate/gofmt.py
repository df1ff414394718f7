"""Lines as gofmt would have them, so that a tree without Go makes the same files as one with it."""

from collections.abc import Sequence

Line = tuple[str, str, str, str | None]
"""A field: name, type, tag, and what it is, which stands above it."""


def aligned(fields: Sequence[Line], *, tabs: int = 1) -> str:
    """Fields in columns. A comment above a field ends a block of columns, as in gofmt."""
    text, block = "", list[Line]()
    for field in fields:
        if field[3]:
            text += _block(block, tabs) + "\t" * tabs + f"// {field[3]}\n"
            block = []
        block.append(field)
    return text + _block(block, tabs)


def _block(block: Sequence[Line], tabs: int) -> str:
    if not block:
        return ""
    name = max(len(field[0]) for field in block) + 1
    kind = max(len(field[1]) for field in block) + 1
    lines = [f"{field[0]:<{name}}{field[1]:<{kind if field[2] else 0}}{field[2]}".rstrip() for field in block]
    return "".join("\t" * tabs + line + "\n" for line in lines)
