"""Several worker processes under one: signals, crashes, wrong starts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import worker
from ordermill.settings import Settings
from tests.ordermill.processes import CHILD, ROOT, alive, diary, script, until

KEEP = """
import asyncio, sys
from ordermill.launch import workers
from ordermill.launch.supervisor import Backoff
from ordermill.settings import Settings
source, diary, steady = sys.argv[1], sys.argv[2], float(sys.argv[3])
command = (sys.executable, "-c", source)
sys.exit(asyncio.run(workers.keep(
    Settings(log_json=False), 3, ["worker", diary], {}, command=command, steady_seconds=steady,
    backoff=Backoff(first_seconds=0.05),
)))
"""
DIES = "import sys; sys.exit(3)"


def running(path: Path) -> list[int]:
    """Pids that were started and run."""
    return [pid for _, what, pid in diary(path) if what == "start" and alive(pid)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_of_them_at_once_and_none_is_left(tmp_path: Path, number: signal.Signals) -> None:
    book = tmp_path / "diary"
    with script(KEEP, CHILD, str(book), "0.1", output=tmp_path / "out") as process:
        until(lambda: len(running(book)) == 3, "three workers")
        pids = running(book)
        process.send_signal(number)
        assert process.wait(10) == 0
    assert not any(alive(pid) for pid in pids)
    assert len([1 for _, what, _ in diary(book) if what == "stop"]) == 3


def test_one_that_crashes_is_started_again_and_the_others_go_on(tmp_path: Path) -> None:
    book = tmp_path / "diary"
    with script(KEEP, CHILD, str(book), "0.1", output=tmp_path / "out"):
        until(lambda: len(running(book)) == 3, "three workers")
        first, *others = running(book)
        until(lambda: "started" in (tmp_path / "out").read_text(), "its log")
        time.sleep(0.5)  # steady by now
        os.kill(first, signal.SIGKILL)
        until(lambda: len(running(book)) == 3, "three again")
        assert set(others) < set(running(book))


def test_a_wrong_start_ends_the_whole_with_its_reason_and_no_loop(tmp_path: Path) -> None:
    with script(KEEP, DIES, str(tmp_path / "diary"), "30", output=tmp_path / "out") as process:
        assert process.wait(20) == 1
    assert "ended before it was ready" in (tmp_path / "out").read_text()


def test_none_and_too_many_processes_are_refused_by_name() -> None:
    for wrong in ("0", "65"):
        line = [sys.executable, "-m", "ordermill", "worker", "--processes", wrong]
        done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 2
        assert "--processes" in done.stderr


def test_slots_follow_load_where_it_is_asked_for_only() -> None:
    assert worker.tuner(Settings()) is None
    assert worker.tuner(Settings(worker_target_cpu=0.9)) is not None
