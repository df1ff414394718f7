"""Run a command that cannot outlive the process that asked for it, even one ended by `kill -9`.

Started as a script, `python -I -S tether.py PARENT_PID COMMAND …`, by whoever wants a tethered child. It imports
nothing of ours so that it costs some 15 ms. On Linux it asks the kernel for SIGKILL at the parent's death and
becomes the command. Elsewhere it stays beside the command and watches a pipe on its standard input: the kernel
closes it when the parent is gone, however it went.

The rule: a process tree of ours holds no process whose owner is dead. Note that Linux counts the *thread* that
forked as the parent, so children are started from a thread that lives as long as the process.
"""

import contextlib
import ctypes
import os
import signal
import subprocess  # nosec B404
import sys
import threading

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int) -> None:
    """Have Linux kill this process when its parent dies. Also for processes that a child of ours forks."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent_pid:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def run_beside(command: list[str]) -> int:
    """The portable way: run `command` as a child, kill its group when standard input ends. Returns its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # nosec B603
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: child.send_signal(received))

    def watch() -> None:
        while os.read(0, 1):
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def needs_pipe() -> bool:
    """Whether the starter must hold a pipe to the tether's standard input."""
    return not sys.platform.startswith("linux")


def tethered(command: list[str]) -> list[str]:
    """The command line that runs `command` tethered to this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main(arguments: list[str]) -> int:
    """`PARENT_PID COMMAND …`; does not return on Linux. A PARENT_PID of 0 asks for the portable way."""
    parent_pid, command = int(arguments[0]), arguments[1:]
    if needs_pipe() or parent_pid == 0:
        return run_beside(command)
    die_with_parent(parent_pid)
    try:
        os.execvp(command[0], command)  # noqa: S606  # nosec B606
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
