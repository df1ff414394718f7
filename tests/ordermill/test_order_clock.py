"""An order's own clock: forward only, and in plain words where the server has no such thing."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from temporalio.service import RPCError, RPCStatusCode

from ordermill.commands.order_clock import NoSkipping, OrderClock
from ordermill.launch.ports import free_ports

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Skipper:
    """Temporal's, as far as a clock asks it. `refuses`: a server that was not started with time skipping."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.moved: list[timedelta] = []
        self._refuses = refuses

    async def get_current_time(self, handle: object) -> datetime:
        return NOON

    async def fast_forward(self, handle: object, by: timedelta) -> bool:
        if self._refuses:
            raise RPCError("time skipping is not enabled", RPCStatusCode.INVALID_ARGUMENT, b"")
        self.moved.append(by)
        return True


def clock(skipper: Skipper) -> OrderClock:
    return OrderClock(cast("Any", skipper), cast("Any", None))


async def test_it_moves_by_what_is_missing() -> None:
    skipper = Skipper()
    await clock(skipper).move_to(NOON + timedelta(days=3))
    assert skipper.moved == [timedelta(days=3)]


async def test_a_moment_that_has_passed_moves_nothing() -> None:
    skipper = Skipper()
    await clock(skipper).move_to(NOON)
    assert skipper.moved == []


async def test_a_server_without_time_skipping_is_named() -> None:
    with pytest.raises(NoSkipping, match=r"which only `make up`'s server does: time skipping is not enabled"):
        await clock(Skipper(refuses=True)).move_to(NOON + timedelta(days=3))


async def test_a_server_that_is_not_there_is_named() -> None:
    nobody = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(NoSkipping, match=f"Temporal does not answer at {nobody}: "):
        await OrderClock.of("order-01", f"{nobody}/default")
