"""`python -m tests.faults.drill`: the package says what it does. Its last line is the verdict; exit code 1 with differences."""

import argparse
import contextlib
import logging
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.databases import Postgres
from tests.faults.drill.run import Options, Verdict, run


def options(arguments: list[str]) -> tuple[Options, str]:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.drill", description=__doc__)
    parser.add_argument("--commands", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--kills", type=int, help="processes killed; default: one in eighty commands")
    parser.add_argument("--resets", type=int, help="workflows reset, and as many terminated; default: one in eighty")
    parser.add_argument("--together", type=int, default=8, help="orders whose clients ask at once")
    parser.add_argument("--window-seconds", type=int, default=45, help="payment window and return window")
    given = parser.parse_args(arguments)
    usual = max(1, given.commands // 80)
    chosen = Options(
        commands=given.commands,
        seed=given.seed,
        kills=usual if given.kills is None else given.kills,
        resets=usual if given.resets is None else given.resets,
        together=given.together,
        window_seconds=given.window_seconds,
    )
    return chosen, given.database


@contextlib.contextmanager
def server(database: str) -> Iterator[Postgres | None]:
    """A PostgreSQL of its own, where one is asked for."""
    if database == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="om-drill-pg-") as folder:
        found = Postgres(Path(folder))
        try:
            yield found
        finally:
            found.stop()


def main() -> int:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    chosen, database = options(sys.argv[1:])
    with server(database) as postgres, tempfile.TemporaryDirectory(prefix="om-drill-") as folder:
        verdict: Verdict = run(chosen, Path(folder), postgres)
    for line in verdict.lines():
        print(line)  # noqa: T201 - a command line
    return 1 if verdict.differences else 0


if __name__ == "__main__":
    sys.exit(main())
