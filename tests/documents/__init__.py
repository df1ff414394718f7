"""The five documents as published, and the requests printed in them: what the faces are held to, word for word."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HANZO = ("000-hanzo-order-api.txt", "001-hanzo-order-module.txt")


@dataclass(frozen=True)
class Curl:
    """One printed curl command."""

    document: str
    method: str
    url: str
    headers: dict[str, str]
    body: str | None


def text(document: str) -> str:
    """A document without a viewer's markup (`| 42 | +…`)."""
    raw = (HERE / document).read_text(encoding="utf-8")
    return re.sub(r"(?m)^\| \d+ \| \+?(.*?) ?\| ?\|?$", r"\1", raw).replace("\r\n", "\n")


_ARGUMENT = r"(?:-X \w+|-[Hd] (?:\"[^\"]*\"|'[^']*')|\"[^\"]*\"|https?://[^\s\\]+|-\w+)"
_CURL = re.compile(rf"curl(?:(?:[ \t]|\\\n)+{_ARGUMENT})+")
"""A command ends where its last argument does: headings follow a closing quote without a space."""


def curls(document: str) -> list[Curl]:
    """Every curl command of a document, in order."""
    return [
        _parsed(document, shlex.split(match.group().replace("\\\n", " "))[1:])
        for match in _CURL.finditer(text(document))
    ]


def _parsed(document: str, words: list[str]) -> Curl:
    method, url, body, headers = None, "", None, {}
    rest = iter(words)
    for word in rest:
        if word in ("-X", "--request"):
            method = next(rest)
        elif word in ("-H", "--header"):
            name, _, value = next(rest).partition(":")
            headers[name] = value.strip()
        elif word in ("-d", "--data"):
            body = next(rest)
        elif not word.startswith("-"):
            url = word
    return Curl(document, method or ("POST" if body is not None else "GET"), url, headers, body)


def samples(document: str) -> list[Any]:
    """Every JSON object printed in a document that is no request's body, in order."""
    content = re.sub(r"'\{.*?\}'", "", text(document), flags=re.DOTALL)
    decoder, found, at = json.JSONDecoder(), [], 0
    while (start := content.find("\n{", at)) >= 0:
        try:
            value, end = decoder.raw_decode(content, start + 1)
        except ValueError:
            at = start + 1
            continue
        found.append(value)
        at = end
    return found
