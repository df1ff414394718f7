import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ordermill.launch.supervisor import Backoff
from tests.ordermill.processes import CHILD, alive, diary, script, until

SUPERVISE = """
import asyncio, sys
from ordermill.launch.supervisor import Backoff, Child, Supervisor, prefixed
source, diary, settle = sys.argv[1], sys.argv[2], sys.argv[3] == "settle"
async def main():
    supervisor = Supervisor(prefixed, backoff=Backoff(first_seconds=0.05))
    supervisor.watch_signals()
    for name in ("temporal", "worker", "api"):
        await supervisor.start(Child(name, [sys.executable, "-c", source, name, diary], grace_seconds=1.0))
    if settle:
        supervisor.settled()
    await supervisor.stop_requested.wait()
    await supervisor.stop()
    sys.exit(f"failed: {supervisor.failed}" if supervisor.failed else 0)
asyncio.run(main())
"""


def started(path: Path) -> dict[str, int]:
    """Name -> pid of the latest start."""
    return {name: pid for name, what, pid in diary(path) if what == "start"}


def test_children_start_and_their_lines_carry_their_names(tmp_path: Path) -> None:
    with script(SUPERVISE, CHILD, str(tmp_path / "diary"), "settle", output=tmp_path / "out"):
        until(lambda: "worker   | hello from worker" in (tmp_path / "out").read_text(), "the worker's line")


def test_every_child_leads_a_session_of_its_own(tmp_path: Path) -> None:
    with script(SUPERVISE, CHILD, str(tmp_path / "diary"), "settle", output=tmp_path / "out"):
        until(lambda: len(started(tmp_path / "diary")) == 3, "three children")
        assert all(os.getsid(pid) == pid for pid in started(tmp_path / "diary").values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_api_then_worker_then_temporal(tmp_path: Path, number: signal.Signals) -> None:
    with script(SUPERVISE, CHILD, str(tmp_path / "diary"), "settle", output=tmp_path / "out") as process:
        until(lambda: len(started(tmp_path / "diary")) == 3, "three children")
        process.send_signal(number)
        assert process.wait(10) == 0
    assert [name for name, what, _ in diary(tmp_path / "diary") if what == "stop"] == ["api", "worker", "temporal"]
    assert not any(alive(pid) for pid in started(tmp_path / "diary").values())


def test_under_nohup_a_closed_terminal_stops_nothing(tmp_path: Path) -> None:
    nohup = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + SUPERVISE
    with script(nohup, CHILD, str(tmp_path / "diary"), "settle", output=tmp_path / "out") as process:
        until(lambda: len(started(tmp_path / "diary")) == 3, "three children")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)  # delivered after it: the one that counts
        assert process.wait(10) == 0
    assert [name for name, what, _ in diary(tmp_path / "diary") if what == "stop"] == ["api", "worker", "temporal"]


def test_a_crashed_child_is_restarted_and_the_log_says_so(tmp_path: Path) -> None:
    with script(SUPERVISE, CHILD, str(tmp_path / "diary"), "settle", output=tmp_path / "out"):
        until(lambda: len(started(tmp_path / "diary")) == 3, "three children")
        before = started(tmp_path / "diary")
        os.kill(before["worker"], signal.SIGKILL)
        until(lambda: started(tmp_path / "diary")["worker"] != before["worker"], "a new worker")
        after = started(tmp_path / "diary")
        assert {name: after[name] for name in ("temporal", "api")} == {
            name: before[name] for name in ("temporal", "api")
        }
        assert alive(after["worker"])
    assert "crashed, restarting" in (tmp_path / "out").read_text()


def test_a_child_that_ends_before_everything_is_ready_fails_the_start(tmp_path: Path) -> None:
    with script(SUPERVISE, CHILD, str(tmp_path / "diary"), "wait", output=tmp_path / "out") as process:
        until(lambda: len(started(tmp_path / "diary")) == 3, "three children")
        os.kill(started(tmp_path / "diary")["worker"], signal.SIGKILL)
        assert process.wait(10) == 1
    assert "failed: worker" in (tmp_path / "out").read_text()
    assert not any(alive(pid) for pid in started(tmp_path / "diary").values())


def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    with script(SUPERVISE, CHILD, str(tmp_path / "diary"), "settle", output=tmp_path / "out") as process:
        until(lambda: len(started(tmp_path / "diary")) == 3, "three children")
        process.send_signal(signal.SIGKILL)
        process.wait(5)
        until(
            lambda: not any(alive(pid) for pid in started(tmp_path / "diary").values()),
            "the children are gone",
            timeout_seconds=2.0,
        )
    assert [what for _, what, _ in diary(tmp_path / "diary")] == ["start"] * 3


def test_a_deaf_child_and_what_it_started_are_killed_after_its_grace(tmp_path: Path) -> None:
    deaf = CHILD.replace(
        "signal.signal(signal.SIGTERM, stop)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    ).replace(
        "time.sleep(600)",
        "import subprocess\nsubprocess.run([sys.executable, '-c', sys.argv[3], 'grandchild', diary, ''])",
    )
    deaf = deaf.replace("sys.argv[3]", repr(CHILD.replace("note('stop')", "pass")))
    with script(SUPERVISE, deaf, str(tmp_path / "diary"), "settle", output=tmp_path / "out") as process:
        until(lambda: len(diary(tmp_path / "diary")) == 6, "three children and their own", timeout_seconds=30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not any(alive(pid) for _, _, pid in diary(tmp_path / "diary"))
    assert "did not stop in time" in (tmp_path / "out").read_text()


def test_asking_twice_kills_at_once(tmp_path: Path) -> None:
    slow = CHILD.replace("time.sleep(0.2)", "note('asked'); time.sleep(30)")
    with script(
        SUPERVISE.replace("grace_seconds=1.0", "grace_seconds=60"),
        slow,
        str(tmp_path / "diary"),
        "settle",
        output=tmp_path / "out",
    ) as process:
        until(lambda: len(started(tmp_path / "diary")) == 3, "three children")
        process.send_signal(signal.SIGINT)
        until(lambda: any(what == "asked" for _, what, _ in diary(tmp_path / "diary")), "the API was asked")
        process.send_signal(signal.SIGINT)
        process.wait(5)
    assert not any(alive(pid) for pid in started(tmp_path / "diary").values())


def test_the_portable_tether_ends_its_command_when_its_pipe_closes(tmp_path: Path) -> None:
    path = tmp_path / "diary"
    tether = Path(__file__).parents[2] / "ordermill" / "launch" / "tether.py"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(tether), "0", sys.executable, "-c", CHILD, "child", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        until(lambda: len(started(path)) == 1, "the command")
        process.stdin.close()
        process.wait(5)
        until(lambda: not alive(started(path)["child"]), "the command is gone", timeout_seconds=2.0)


def test_the_portable_tether_passes_sigterm_and_the_exit_code_on(tmp_path: Path) -> None:
    path = tmp_path / "diary"
    tether = Path(__file__).parents[2] / "ordermill" / "launch" / "tether.py"
    source = CHILD.replace("sys.exit(0)", "sys.exit(7)")
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(tether), "0", sys.executable, "-c", source, "child", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        until(lambda: len(started(path)) == 1, "the command")
        process.terminate()
        assert process.wait(5) == 7


def test_restart_delays_double_up_to_a_limit() -> None:
    backoff = Backoff(first_seconds=0.5, limit_seconds=15.0)
    assert [backoff.delay_seconds(crashes) for crashes in (1, 2, 3, 6, 1000)] == [0.5, 1.0, 2.0, 15.0, 15.0]
