"""A request's body as JSON, checked for size, depth and odd characters before a face reads it.

Whatever the Content-Type says (contract section 0: document 002's curls send none). At most 1 MiB, counted while it is
read, so chunked bodies too; nested at most 64 deep; no NaN, no NUL, no half surrogate (the databases take none of those); an
object, or nothing at all, which is `{}`. Numbers with a point stay decimal. A key given twice counts once, the last time.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request

from api.http.problems import Problem

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 64
READ_SECONDS: Final = 20.0
"""A body that is longer under way ends in 408: it must not hold its connection for ever."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


async def read(request: Request) -> bytes:
    """The raw body. 413 as soon as it is longer than MAX_BYTES, whether that was declared or only happened; 408 when it is
    too slow."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > MAX_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise _too_large()
                chunks.append(chunk)
    except TimeoutError:
        message = f"the body did not come within {READ_SECONDS:g} seconds"
        raise Problem("request_timeout", message, headers={"Connection": "close"}) from None
    return b"".join(chunks)


def _too_large() -> Problem:
    return Problem("payload_too_large", f"the body is larger than {MAX_BYTES} bytes", headers={"Connection": "close"})


def parse(raw: bytes) -> dict[str, Any]:
    """The body as an object. 400 for everything else."""
    if not raw.strip():
        return {}
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise Problem("bad_json", "the body is not UTF-8") from None
    except RecursionError:
        raise Problem("bad_json", f"the body is nested deeper than {MAX_DEPTH}") from None
    except ValueError as error:
        raise Problem("bad_json", f"the body is not JSON: {_short(error)}") from None
    if not isinstance(value, dict):
        raise Problem("bad_json", "the body must be a JSON object")
    _inspect(value)
    return value


def _short(error: ValueError) -> str:
    return f"{error.msg} at position {error.pos}" if isinstance(error, json.JSONDecodeError) else str(error)


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    # An exponent of a million would be a number of a million digits as soon as anybody prints it.
    if not number.is_finite() or abs(number.adjusted()) > 400 or len(text) > 400:
        raise ValueError("a number is out of range")
    return number


def _integer(text: str) -> int:
    if len(text) > 400:
        raise ValueError("a number is out of range")
    return int(text)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _inspect(value: Any) -> None:
    """Depth, NUL and half surrogates, level by level, without recursion."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return
    raise Problem("bad_json", f"the body is nested deeper than {MAX_DEPTH}")


def _inside(item: Any) -> Iterable[Any]:
    """What an array or object holds; texts are looked at on the way."""
    if isinstance(item, dict):
        for key in item:
            _text(key)
        return item.values()
    if isinstance(item, list):
        return item
    if isinstance(item, str):
        _text(item)
    return ()


def _text(text: str) -> None:
    if "\0" in text:
        raise Problem("bad_json", "the body holds a NUL character")
    if not text.isascii() and _SURROGATE.search(text):
        raise Problem("bad_json", "the body holds half a surrogate pair")


def canonical(value: Any) -> bytes:
    """One spelling of equal JSON values, for fingerprints (contract section 3)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=lambda number: f"#{number}").encode()


def plain(value: Any) -> Any:
    """Free-form JSON (metadata) with its decimals as JSON numbers again: what is stored and answered."""
    if isinstance(value, Decimal):
        number = float(value)
        if number in (float("inf"), float("-inf")):
            raise ValueError("a number is out of range")
        return number
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        raise ValueError("a number is out of range")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
