"""Logs of every process: structlog, JSON or console, on standard error; the standard library's loggers join in.

A request's lines carry `request_id`, an order's `order_id`, wherever they are written from (contextvars, so they
follow `await`). The rule: no key material, whoever logs it: values that look like a key and fields named as one
are masked last, after exceptions have become text.
"""

import logging
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from ordermill.settings import Settings

MASK = "***"
_SECRET_NAMES = re.compile(
    r"^(authorization|.*api[-_]?key|.*password|.*secret|.*token|cookie|key_material)$", re.IGNORECASE
)
_SECRET_VALUES = re.compile(
    r"((?:sk|rk|ck|pk)_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]{4,}"  # ours and Stripe's keys, webhook secrets
    r"|(?i:(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}"
    r"|(?<=://)[^\s/:@]*:[^\s/@]+(?=@)"  # user:password in a URL
)
_TALKATIVE = ("httpx", "httpx2", "httpcore", "httpcore2", "alembic")
"""Libraries that write a line per request at `info`; ours say it with order and request id."""


def configure(process: str, settings: Settings, *, stream: TextIO | None = None) -> None:
    """Set this process's logs up; once, at its start. `process` names it in every line (api, worker, up)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(["order_id", "request_id"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _process_name(process),
    ]
    console = structlog.dev.ConsoleRenderer(
        colors=(stream or sys.stderr).isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    renderer: Processor = structlog.processors.JSONRenderer() if settings.log_json else console
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    _json_of.clear()
    if settings.log_json:
        _json_of[process] = handler
    _join_in()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


_json_of: Final[dict[str, "logging.StreamHandler[TextIO]"]] = {}
"""This process's name -> where its JSON goes; empty where people read it."""


def write(
    logger: structlog.stdlib.BoundLogger, level: int, event: str, fields: Mapping[str, str | int | float]
) -> None:
    """A line of what is ours and flat, as every request writes one: the same line as `logger` would write at a tenth of its cost
    (`python -m benchmarks eyes`). The caller masks what others may have typed."""
    root = logging.getLogger()
    process, handler = next(iter(_json_of.items()), ("", None))
    if handler is None or handler not in root.handlers:
        logger.log(level, event, **fields)
        return
    if not root.isEnabledFor(level):
        return
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    known = {"event": event, "level": logging.getLevelName(level).lower(), "timestamp": at, "process": process}
    handler.acquire()
    try:
        handler.stream.write(orjson.dumps({**fields, **known}).decode() + "\n")
        handler.flush()
    finally:
        handler.release()


def _join_in() -> None:
    """The libraries' loggers write as ours do, whoever configured them before."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # who starts uvicorn by itself gives it handlers
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def about(*, order_id: str | None = None, request_id: str | None = None, **more: str) -> AbstractContextManager[None]:
    """Bind what the following lines are about, for the length of a `with` block."""
    bound = {"order_id": order_id, "request_id": request_id, **more}
    return structlog.contextvars.bound_contextvars(
        **{name: value for name, value in bound.items() if value is not None}
    )


def mask(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The last processor before rendering: masks secrets in every value, nested ones too."""
    return {name: _masked(name, value) for name, value in event.items()}


def masked_text(text: str) -> str:
    """Text with everything that looks like a key replaced; a key's kind stays (`sk_test_***`)."""
    return _SECRET_VALUES.sub(lambda match: f"{match.group(1) or ''}{MASK}", text)


def _masked(name: str, value: Any) -> Any:
    if _SECRET_NAMES.match(name) and value is not None:
        return MASK
    match value:
        case str():
            return masked_text(value)
        case Mapping():
            return {key: _masked(str(key), entry) for key, entry in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked("", entry) for entry in value]
        case None | bool() | int() | float():
            return value
        case _:
            return masked_text(repr(value))


def _process_name(process: str) -> Processor:
    def add(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    return add
