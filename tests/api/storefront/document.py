"""Document 003 as data: every printed request with its body, and the printed answers."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests import documents

NAME = "003-storefront-orders-api.txt"


@dataclass(frozen=True)
class Printed:
    """One ```http block, and the JSON body printed below it where there is one."""

    heading: str
    method: str
    path: str
    body: Any


def requests() -> list[Printed]:
    """Every printed request, in order. A JSON block under "Request Body" belongs to the request above it."""
    found: list[Printed] = []
    heading, below = "", ""
    for kind, content in _blocks():
        if kind == "#":
            heading, below = (content, "") if content not in PARTS else (heading, content)
        elif kind == "http" and (match := re.match(r"(GET|POST|PUT|DELETE) (\S+)", content)):
            found.append(Printed(heading, match[1], match[2], None))
        elif kind == "json" and below == "Request Body":
            last = found.pop()
            found.append(Printed(last.heading, last.method, last.path, json.loads(content)))
    return found


PARTS = ("Request Body", "Query Parameters", "Parameters", "Example Request", "Example Response", "Cancel Reasons")


def _blocks() -> list[tuple[str, str]]:
    """("#", heading) and (language, content) in order of appearance."""
    pattern = re.compile(r"^#+ (?P<heading>[^\n]+)$|^```(?P<kind>\w+)\n(?P<content>.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        ("#", match["heading"]) if match["heading"] else (match["kind"], match["content"])
        for match in pattern.finditer(documents.text(NAME))
    ]


def sample(field: str) -> Any:
    """The printed answer that begins with this field."""
    return next(s for s in documents.samples(NAME) if next(iter(s)) == field)


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, cells without back-quotes."""
    content = documents.text(NAME).partition(f"# {heading}\n")[2]
    rows = re.match(r"\s*(?:\|.*\n?)+", content)
    assert rows, heading
    lines = rows.group().strip().splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
