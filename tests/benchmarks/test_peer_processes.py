"""What `python -m benchmarks peers` starts, it stops; what it cannot install or start, it says; CPU counts by process tree."""

import contextlib
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.peers import engine, install, processes, run
from benchmarks.peers.processes import Missing, cpu_seconds, done, started, until_up
from benchmarks.peers.system import System
from ordermill.launch.ports import free_ports

BUSY = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass\n"


def proc(folder: Path, pid: int, parent: int, cpu: tuple[int, int, int, int], name: str = "node") -> None:
    """A /proc/PID/stat as Linux writes it."""
    (folder / str(pid)).mkdir()
    fields = ["S", parent, *([0] * 9), *cpu, 20, 0, 1]
    (folder / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(map(str, fields))}\n")


def test_cpu_is_a_process_s_own_its_descendants_and_that_of_the_ended(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    proc(tmp_path, 1, 0, (900, 900, 900, 900))
    proc(tmp_path, 10, 1, (100, 20, 3, 4))
    proc(tmp_path, 11, 10, (50, 0, 0, 0), name="a (b) c) 7 7")
    proc(tmp_path, 12, 11, (1, 1, 1, 1))
    proc(tmp_path, 20, 1, (500, 500, 500, 500))
    (tmp_path / "13").mkdir()  # it ended between the listing and the reading
    assert cpu_seconds(10, tmp_path) == (127 + 50 + 4) / processes.TICKS
    assert cpu_seconds(99, tmp_path) == 0


def test_cpu_of_a_child_that_has_ended_is_its_parent_s(tmp_path: Path) -> None:
    child = [sys.executable, "-c", BUSY]
    line = f"import subprocess, time; subprocess.run({child!r}); print('waited', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", line], stdout=subprocess.PIPE) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"waited\n"
            assert cpu_seconds(parent.pid) >= 0.3
        finally:
            parent.kill()


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_a_started_process_is_stopped_when_the_run_is_interrupted(tmp_path: Path) -> None:
    pids: list[int] = []

    def interrupted() -> None:
        with started(["sleep", "60"], tmp_path / "log", {}, tmp_path) as process:
            pids.append(process.pid)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert gone(pids[0])


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    with started([sys.executable, "-c", deaf], log, {}, tmp_path) as process:
        while "deaf" not in log.read_text():
            assert process.poll() is None
    assert gone(process.pid)


def test_a_command_that_fails_or_hangs_says_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"^`sh -c .*` ended with 3$") as failed:
        done(["/bin/sh", "-c", "echo no such package; exit 3"], tmp_path / "fails", {}, tmp_path, 10)
    assert failed.value.said == "no such package"
    with pytest.raises(Missing, match=r"took more than 0 s$") as hung:
        done(["/bin/sh", "-c", "echo still at it; exec sleep 60"], tmp_path / "hangs", {}, tmp_path, 0.4)
    assert hung.value.said == "still at it"


def test_a_server_that_ends_or_never_answers_is_missing(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}/health"
    with (
        started(["sh", "-c", "echo port taken; exit 1"], tmp_path / "ends", {}, tmp_path) as process,
        pytest.raises(Missing, match=r"ended with 1 as it started") as ended,
    ):
        until_up(url, process, tmp_path / "ends", 10)
    assert ended.value.said == "port taken"
    with (
        started(["sleep", "60"], tmp_path / "silent", {}, tmp_path) as process,
        pytest.raises(Missing, match=r"does not answer within 0 s"),
    ):
        until_up(url, process, tmp_path / "silent", 0.3)


# Installing


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but a shell; peers are installed into a cache of the test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("sh", "cat"):
        (folder / program).symlink_to(f"/bin/{program}")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(install, "CACHE", tmp_path / "cache")
    return folder


def program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_without_node_the_installer_says_so(programs: Path) -> None:
    with pytest.raises(Missing, match=r"needs Node\.js 20 or newer"):
        install.npm("vendure")


def test_a_failed_install_is_said_and_tried_again_and_a_good_one_is_not_repeated(programs: Path) -> None:
    program(programs / "node", "exit 0")
    program(programs / "npm", "echo E404 no such version; exit 1")
    with pytest.raises(Missing, match=r"^`npm install .* ended with 1$") as failed:
        install.npm("vendure")
    assert failed.value.said == "E404 no such version"
    program(programs / "npm", "echo once >> calls")
    home = install.npm("vendure")
    install.npm("vendure")
    assert (home / "calls").read_text() == "once\n"
    assert (home / "server.js").read_text() == (install.SOURCES / "vendure" / "server.js").read_text()


def test_a_changed_manifest_is_installed_anew(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs / "node", "exit 0")
    program(programs / "npm", "echo again >> calls")
    sources = tmp_path / "sources"
    (sources / "vendure").mkdir(parents=True)
    monkeypatch.setattr(install, "SOURCES", sources)
    for manifest in ("{}", '{"name": "newer"}'):
        (sources / "vendure" / "package.json").write_text(manifest)
        install.npm("vendure")
    assert (install.CACHE / "vendure" / "calls").read_text() == "again\nagain\n"


# All of them


def system(name: str, pid: int, skipped: dict[str, str] | None = None) -> System:
    return System(name, "http://127.0.0.1:1", {}, {"app": pid}, (), skipped or {})


@contextlib.contextmanager
def standing(folder: Path) -> Iterator[System]:
    """A system of one process."""
    with started(["sleep", "60"], folder / "log", {}, folder) as process:
        yield system(folder.name, process.pid, {"its second case": "not built"})


def absent(folder: Path) -> contextlib.AbstractContextManager[System]:
    raise Missing(f"needs a program for {folder.name}")


def interrupting(_folder: Path) -> contextlib.AbstractContextManager[System]:
    raise KeyboardInterrupt


def test_a_peer_that_is_missing_is_left_out_and_the_others_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "running", standing)
    with contextlib.ExitStack() as stack:
        systems, skipped = run.up(stack, tmp_path, {"Absent": absent, "There": standing})
        assert [one.name for one in systems] == ["ordermill", "there"]
        assert skipped == {"Absent": "needs a program for absent", "its second case": "not built"}
        pids = [pid for one in systems for pid in one.processes.values()]
        assert not any(map(gone, pids))
    assert all(map(gone, pids))


def test_ctrl_c_while_they_start_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: list[int] = []

    @contextlib.contextmanager
    def noted(folder: Path) -> Iterator[System]:
        with standing(folder) as found:
            pids.extend(found.processes.values())
            yield found

    monkeypatch.setattr(engine, "running", noted)
    with pytest.raises(KeyboardInterrupt), contextlib.ExitStack() as stack:
        run.up(stack, tmp_path, {"There": noted, "Interrupting": interrupting})
    assert len(pids) == 2
    assert all(map(gone, pids))
