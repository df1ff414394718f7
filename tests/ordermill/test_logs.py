import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ordermill.process import logs
from ordermill.settings import Settings


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """JSON logs into a string, and the process's own set-up back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure("api", Settings(log_json=True), stream=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_its_process_order_and_request(stream: io.StringIO) -> None:
    with logs.about(order_id="order_1", request_id="req_1"):
        structlog.stdlib.get_logger("api").info("placed", number=1001)
    structlog.stdlib.get_logger("api").info("idle")
    placed, idle = lines(stream)
    assert {"process": "api", "order_id": "order_1", "request_id": "req_1", "number": 1001}.items() <= placed.items()
    assert "order_id" not in idle


def test_the_standard_librarys_loggers_join_in_with_what_is_bound(stream: io.StringIO) -> None:
    with logs.about(order_id="order_1"):
        logging.getLogger("uvicorn.error").warning("slow %s", "answer")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"], line["order_id"]) == (
        "slow answer",
        "uvicorn.error",
        "warning",
        "order_1",
    )


@pytest.mark.parametrize(
    "leak",
    [
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_live_abcdefgh12345678",
        "ck_test_abcdefgh12345678",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "Authorization: Bearer eyJhbGciOi.JIUzI1NiJ9",
        "Authorization: Basic c2tfdGVzdF9hYmM6",
        "postgresql+asyncpg://ordermill:hunter2hunter2@db/orders",
    ],
)
def test_key_material_is_masked_wherever_it_stands(stream: io.StringIO, leak: str) -> None:
    secret = leak.rpartition(" ")[2].rpartition("//")[2].partition("@")[0].rpartition(":")[2][-12:]
    log = structlog.stdlib.get_logger("api")
    log.info(f"got {leak}")  # noqa: G004
    log.info("got", value=leak, nested={"headers": [leak]}, other=ValueError(leak))
    logging.getLogger("stripe").error("failed with %s", leak)
    try:
        raise ValueError(leak)  # noqa: TRY301
    except ValueError:
        log.exception("failed")
    assert len(lines(stream)) == 4
    assert secret not in stream.getvalue()


def test_a_field_named_as_a_secret_is_masked_whatever_it_holds(stream: io.StringIO) -> None:
    structlog.stdlib.get_logger("api").info("made", api_key="plain", signing_secret="plain", key_id="key_1")
    (line,) = lines(stream)
    assert (line["api_key"], line["signing_secret"], line["key_id"]) == (logs.MASK, logs.MASK, "key_1")


def test_a_masked_key_still_tells_its_kind() -> None:
    assert logs.masked_text("with sk_live_abcdefgh12345678.") == "with sk_live_***."


def test_a_console_line_is_for_people_and_masked_too() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure("api", Settings(log_json=False), stream=written)
    try:
        raise ValueError("sk_test_abcdefgh12345678")  # noqa: TRY301
    except ValueError:
        structlog.stdlib.get_logger("api").exception("failed", order_id="order_1")
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert "failed" in written.getvalue()
    assert "order_id=order_1" in written.getvalue()
    assert "ValueError: sk_test_***" in written.getvalue()
    assert "abcdefgh" not in written.getvalue()


def test_lines_below_the_level_are_not_written() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure("api", Settings(log_json=True, log_level="warning"), stream=written)
    structlog.stdlib.get_logger("api").info("quiet")
    structlog.stdlib.get_logger("api").warning("loud")
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert [line["event"] for line in lines(written)] == ["loud"]


def test_a_quick_line_is_the_line_the_logger_would_have_written(stream: io.StringIO) -> None:
    log = structlog.stdlib.get_logger("api.request")
    log.warning("request", status=503, request_id="req_1")
    logs.write(log, logging.WARNING, "request", {"logger": "api.request", "status": 503, "request_id": "req_1"})
    slow, quick = lines(stream)
    assert abs(len(slow.pop("timestamp")) - len(quick.pop("timestamp"))) == 0
    assert slow == quick


def test_a_quick_line_below_the_level_or_for_people_goes_the_usual_way() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    log = structlog.stdlib.get_logger("api.request")
    logs.configure("api", Settings(log_json=True, log_level="warning"), stream=written)
    logs.write(log, logging.INFO, "request", {"status": 200})
    assert written.getvalue() == ""
    logs.configure("api", Settings(log_json=False), stream=written)
    logs.write(log, logging.INFO, "request", {"status": 200})
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert "status=200" in written.getvalue()
    assert not written.getvalue().startswith("{")
