"""`python -m tests.cluster.upgrade`: the package says what. Its last line is the verdict; exit code 1 with differences."""

import argparse
import logging
import sys

from tests.cluster.server import NoServer
from tests.cluster.upgrade.run import run
from tests.faults import source
from tests.faults.released import RELEASED


def main() -> int:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.upgrade", description=__doc__)
    parser.add_argument("--orders", type=int, default=200, help="open in every stage before the upgrade, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shoppers", type=int, default=3, help="lives through any face at once, meanwhile")
    given = parser.parse_args()
    if not source.has(RELEASED):
        sys.stderr.write(f"the release before is commit {RELEASED[:7]}, which a shallow clone does not have\n")
        return 1
    try:
        verdict = run(given.orders, given.seed, given.shoppers)
    except NoServer as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join([*verdict.lines(), ""]))
    return 1 if verdict.differences else 0


if __name__ == "__main__":
    sys.exit(main())
