"""`python -m benchmarks peers`: the engine beside Restate, DBOS, Medusa and Vendure, in one run on this machine.

Installs what is not installed yet (install.py), starts every system on loopback with a PostgreSQL of its own, measures
them in turns (rounds.py), stops every process by its own id, on Ctrl-C too, and answers the table. A peer that cannot be
installed or started is left out, and the reason stands below the table; the engine itself must run.
"""

import contextlib
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.peers import engine
from benchmarks.peers.dbos import peer as dbos
from benchmarks.peers.medusa import peer as medusa
from benchmarks.peers.processes import Missing
from benchmarks.peers.restate import peer as restate
from benchmarks.peers.rounds import ROUNDS, measure, say
from benchmarks.peers.system import System
from benchmarks.peers.table import table
from benchmarks.peers.vendure import peer as vendure

Start = Callable[[Path], AbstractContextManager[System]]
PEERS: Final[Mapping[str, Start]] = {
    restate.NAME: restate.running,
    dbos.NAME: dbos.running,
    vendure.NAME: vendure.running,
    medusa.NAME: medusa.running,
}


def run(folder: Path, rounds: int = ROUNDS, peers: Mapping[str, Start] | None = None) -> str:
    """The table, as markdown. `peers`: those beside the engine; none of them: its own ways to a paid order."""
    with contextlib.ExitStack() as stack:
        systems, skipped = up(stack, folder, PEERS if peers is None else peers)
        say(f"measuring {', '.join(system.name for system in systems)}")
        found = uvloop.run(measure(systems, rounds))
    return table(found, skipped, f"Load average afterwards: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


def up(
    stack: contextlib.ExitStack, folder: Path, peers: Mapping[str, Start] = PEERS
) -> tuple[list[System], dict[str, str]]:
    """What runs until the stack ends, and what does not, with the reason."""
    say(f"starting {engine.NAME}")
    systems = [stack.enter_context(engine.running(_room(folder, engine.NAME)))]
    skipped: dict[str, str] = {}
    for name, start in peers.items():
        say(f"starting {name} (the first time it is installed: minutes)")
        try:
            systems.append(stack.enter_context(start(_room(folder, name))))
        except Missing as why:
            say(f"{name} is left out: {why}. It said: {why.said or 'nothing'}")
            skipped[name] = str(why)
    for system in systems:
        skipped |= system.skipped
    return systems, skipped


def _room(folder: Path, name: str) -> Path:
    room = folder / name.lower()
    room.mkdir()
    return room
