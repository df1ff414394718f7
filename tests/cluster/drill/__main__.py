"""`python -m tests.cluster.drill`: the package says what it does. Its last line is the verdict; exit code 1 with differences."""

import argparse
import logging
import sys

from tests.cluster.drill.run import Options, run
from tests.cluster.server import NoServer


def options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.drill", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shoppers", type=int, default=6, help="lives through any face at once")
    parser.add_argument("--lives", type=int, default=2, help="money lives at once")
    parser.add_argument("--quiet-seconds", type=float, default=4.0, help="between two breaks")
    parser.add_argument("--only", action="append", help="break this process alone (repeatable)")
    given = parser.parse_args(arguments)
    only = tuple(given.only) if given.only else None
    return Options(given.seed, given.shoppers, given.lives, given.quiet_seconds, only)


def main() -> int:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        verdict = run(options(sys.argv[1:]))
    except NoServer as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join([*verdict.lines(), ""]))
    return 1 if verdict.differences else 0


if __name__ == "__main__":
    sys.exit(main())
