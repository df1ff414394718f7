"""The run's figures as markdown, for docs/performance.md."""

import statistics
from collections.abc import Mapping

from benchmarks.peers.rounds import Found, Rounds, ratio
from benchmarks.peers.system import AT_ONCE

HEAD = (
    f"| to a paid order | CPU-ms per order | ÷ the first row | by process | orders/s, {AT_ONCE} at once | p50 of one, ms | "
    "idle, CPU-ms/s | its order comprises |\n|---|--:|--:|---|--:|--:|--:|---|\n"
)


def table(found: Found, skipped: Mapping[str, str], afterword: str) -> str:
    """A row per case, the first what the others are held against; then what was left out, and why."""
    first = found.rounds[0]
    rows = "".join(_row(one, first, found.idle[one.system.name]) for one in found.rounds)
    theirs = [one for one in found.rounds if one.system is not first.system]
    ours = "".join(f"\n{_of_theirs(one, theirs)}\n" for one in found.rounds if theirs and one.system is first.system)
    left = "".join(f"\nNot measured: {name}: {why}.\n" for name, why in skipped.items())
    return f"{HEAD}{rows}{ours}{left}\n{len(first.single)} rounds. {afterword}\n"


def _of_theirs(mine: Rounds, theirs: list[Rounds]) -> str:
    """The other way round, as goals are written: what part of each one's CPU this way of ours takes."""
    parts = "; ".join(f"{one.case.name}: {ratio(mine.totals(), one.totals()):.2f}" for one in theirs)
    return f"**{mine.case.name}**, CPU ÷ theirs: {parts}."


def _row(one: Rounds, first: Rounds, idle: float) -> str:
    by_process = ", ".join(f"{name} {one.process(name):.1f}" for name in one.system.processes)
    cells = (
        one.case.name,
        f"{statistics.median(one.totals()):.1f}",
        f"{ratio(one.totals(), first.totals()):.2f}",
        by_process,
        f"{statistics.median(one.per_second):.1f}",
        f"{statistics.median(one.single):.1f}",
        f"{idle:.0f}",
        one.case.comprises,
    )
    return f"| {' | '.join(cells)} |\n"
