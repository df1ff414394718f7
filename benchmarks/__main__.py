"""`python -m benchmarks [cost|speed|lists|people|console|open|peers|checkout|builds|rows|many|eyes|kept …]`

Measures, and writes the docs.
All when none is named, but `rows` and `many`; `checkout`, `open`, `eyes` and `kept`, which need Linux; `peers`, which installs
other systems; and `builds`, which needs another build (their files say how).
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import builds, console, cost, eyes, kept, lists, many, people, report, rows, speed
from benchmarks import open as open_orders
from benchmarks.peers import run as peers
from ordermill.launch.dev_server import running
from store.database import migrate
from tests.workflows.shop import SEARCH_ATTRIBUTES, opened


def measure_cost(folder: Path) -> None:
    """The table per verb."""

    async def measure(address: str) -> str:
        async with opened(address, url, folder) as shop:
            costs, total = await cost.happy_path(shop)
            rest = await cost.others(shop)
        return cost.table(costs | {name: found for name, found in rest.items() if name not in costs}, total)

    url = f"sqlite+aiosqlite:///{folder / 'ordermill.sqlite'}"
    migrate.upgrade(url)
    with running(search_attributes=SEARCH_ATTRIBUTES) as server:
        report.publish("cost", asyncio.run(measure(server.address)))


def measure_speed(folder: Path) -> None:
    report.publish("speed", speed.table(speed.run(folder)))


def measure_lists(folder: Path) -> None:
    report.publish("lists", lists.table(asyncio.run(lists.run(folder))))


def measure_people(folder: Path) -> None:
    report.publish("people", people.table(people.run(folder)))


def measure_open(folder: Path) -> None:
    report.publish("open", open_orders.run(folder))


def measure_console(folder: Path) -> None:
    report.publish("console", console.table(asyncio.run(console.run(folder))))


def measure_peers(folder: Path) -> None:
    report.publish("peers", peers.run(folder))


def measure_checkout(folder: Path) -> None:
    report.publish("checkout", peers.run(folder, peers={}))


def measure_builds(folder: Path) -> None:
    report.publish("builds", builds.run(folder))


def measure_kept(folder: Path) -> None:
    report.publish("kept", kept.run(folder), report.SCALE)


def measure_rows(folder: Path) -> None:
    report.publish("rows", rows.run(folder))


def measure_many(folder: Path) -> None:
    report.publish("many", many.run(folder))


def measure_eyes(folder: Path) -> None:
    report.publish("eyes", eyes.table(folder))


PARTS: Final[dict[str, Callable[[Path], None]]] = {
    "cost": measure_cost,
    "speed": measure_speed,
    "lists": measure_lists,
    "people": measure_people,
    "console": measure_console,
    "open": measure_open,
    "peers": measure_peers,
    "checkout": measure_checkout,
    "builds": measure_builds,
    "rows": measure_rows,
    "many": measure_many,
    "eyes": measure_eyes,
    "kept": measure_kept,
}
ASKED_FOR: Final = ("open", "peers", "checkout", "builds", "rows", "many", "eyes", "kept")
"""Not measured unless named."""


def main(names: list[str]) -> None:
    """SystemExit, with what there is, for `--help` and for what there is not."""
    if not set(names) <= set(PARTS):
        raise SystemExit(f"{__doc__}\n\nThere is: {', '.join(PARTS)}")
    for name in names or [part for part in PARTS if part not in ASKED_FOR]:
        with tempfile.TemporaryDirectory(prefix="ordermill-bench-") as folder:
            PARTS[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
