"""One limit for all processes of the API: counted in the database, or in Redis where there is one."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from api.http.problems import Problem
from api.http.rate_limit import PerMinute
from api.http.shared_limits import DatabaseStorage, storage
from ordermill.launch.ports import free_ports
from ordermill.launch.tether import tethered
from store.access import allowances
from store.access.keys import ensure_dev_key
from store.database.engine import StoreUnavailable, create_engine
from tests.api.client import ROOT

LIMIT = 40


@contextmanager
def serving(url: str, folder: Path, **more: str) -> Iterator[str]:
    """The API as a process of its own."""
    (port,) = free_ports(1)
    environment = os.environ | {
        "ORDERMILL_DATABASE_URL": url, "ORDERMILL_DATA_DIR": str(folder), "ORDERMILL_API_PORT": str(port),
        "ORDERMILL_CONFIG": str(ROOT / "ordermill.yaml"), "ORDERMILL_RATE_LIMIT__PER_MINUTE": str(LIMIT),
    } | more  # fmt: skip
    process = subprocess.Popen(
        tethered([sys.executable, "-m", "ordermill", "api"]), env=environment, cwd=ROOT, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                httpx.get(f"{base}/health/live", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield base
    finally:
        process.terminate()
        process.wait(15)


def early_in_a_minute() -> None:
    """What is counted belongs to one window: wait for the next where this one ends soon."""
    left = 60 - time.time() % 60
    if left < 25:
        time.sleep(left + 0.1)


def answers(url: str, folder: Path, **more: str) -> list[int]:
    """Status codes of many calls with one key, in turn to two processes."""
    key = ensure_dev_key(url, folder, "sk_test_devdevdevdevdevdevdevdev")
    with ExitStack() as stack:
        bases = [stack.enter_context(serving(url, folder, **more)) for _ in range(2)]
        early_in_a_minute()
        with httpx.Client(headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=20) as client:
            return [client.get(f"{bases[n % 2]}/order").status_code for n in range(LIMIT + 20)]


def test_two_processes_let_no_more_through_than_one_would(sqlite_url: str, tmp_path: Path) -> None:
    found = answers(sqlite_url, tmp_path)
    assert found == [200] * LIMIT + [429] * 20


@pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="no redis-server here (Debian: apt install redis-server)"
)
def test_two_processes_count_in_redis_where_it_is_configured(sqlite_url: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    program = shutil.which("redis-server") or ""
    line = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(tethered(line), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=tmp_path)
    try:
        found = answers(sqlite_url, tmp_path, ORDERMILL_REDIS_URL=f"redis://127.0.0.1:{port}/0")
        assert found == [200] * LIMIT + [429] * 20
    finally:
        process.terminate()
        process.wait(10)


class Asked(DatabaseStorage):
    """Counts how often the database is asked."""

    times = 0

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        Asked.times += 1
        return await super().acquire_sliding_window_entry(key, limit, expiry, amount)


async def until_refused(*processes: PerMinute) -> int:
    taken = 0
    while True:
        try:
            await processes[taken % len(processes)].hit("key_1")
        except Problem:
            return taken
        taken += 1


@pytest.fixture
def standing_still(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The clock, in the middle of a window; to be moved by hand."""
    at = [1_800_000_000.0 + 5]
    monkeypatch.setattr(time, "time", lambda: at[0])
    return lambda seconds: at.__setitem__(0, at[0] + seconds)


async def test_the_database_is_asked_for_few_of_many_calls_and_the_limit_holds(
    sqlite_url: str, standing_still: Callable[[float], None]
) -> None:
    engine, Asked.times = create_engine(sqlite_url), 0
    apis = [PerMinute(6000, Asked(engine)) for _ in range(3)]
    taken = await until_refused(*apis)
    assert 6000 - 3 * 60 <= taken <= 6000, "what a process took and has not given out is all that may be missing"
    assert Asked.times < 6000 / 8
    standing_still(120)
    assert await until_refused(PerMinute(6000, Asked(engine))) == 6000
    await engine.dispose()


async def test_a_process_counts_alone_while_the_storage_does_not_answer(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, standing_still: Callable[[float], None]
) -> None:
    engine = create_engine(sqlite_url)
    api = PerMinute(5, DatabaseStorage(engine))
    await api.hit("key_1")

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(allowances, "take", away)
        assert await until_refused(api) == 5
    standing_still(120)
    assert await until_refused(api) == 5
    await engine.dispose()


async def test_a_redis_that_is_not_there_limits_nobody_more_than_its_process_does(sqlite_url: str) -> None:
    engine, (port,) = create_engine(sqlite_url), free_ports(1)
    api = PerMinute(LIMIT, storage(engine, f"redis://127.0.0.1:{port}/0"))
    assert await until_refused(api) == LIMIT
    await engine.dispose()
