"""Orders in every stage (tests/faults/stages.py), many at once: made under one release, ended under whichever is asked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from tests.cluster.topology import Cluster
from tests.faults import selling
from tests.faults.selling import Json
from tests.faults.stages import STAGES, act, check

TOGETHER: Final = 6
A = TypeVar("A")
B = TypeVar("B")


@dataclass
class Staged:
    """`waiting`: stage and order, not ended yet."""

    cluster: Cluster
    waiting: list[tuple[str, Json]] = field(default_factory=list)
    ended: list[tuple[str, Json]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def make(self, count: int) -> None:
        """At least so many, as many of each stage."""
        names = [name for name in STAGES for _ in range(-(-count // len(STAGES)))]
        self.waiting = [made for made in self._each(self._made, names) if made is not None]

    def end(self, share: float) -> None:
        """Of those that wait, so many of each stage are ended."""
        chosen = self.waiting[:: max(1, round(1 / share))]
        self.waiting = [one for one in self.waiting if one not in chosen]
        self.ended += [one for one in self._each(self._end, chosen) if one is not None]

    def check(self) -> None:
        """Every ended order says what it must, and the provider's books the same."""
        self._each(lambda one: check(self.cluster, *one), self.ended)

    def _made(self, name: str) -> tuple[str, Json]:
        order = selling.place(self.cluster, metadata={"stage": name})
        for verb, body in STAGES[name].old:
            act(self.cluster, order, verb, body)
        return name, order

    def _end(self, one: tuple[str, Json]) -> tuple[str, Json]:
        for verb, body in STAGES[one[0]].new:
            act(self.cluster, one[1], verb, body)
        return one

    def _each(self, do: Callable[[A], B], many: list[A]) -> list[B | None]:
        def guarded(one: A) -> B | None:
            try:
                return do(one)
            except (AssertionError, TimeoutError, KeyError) as error:
                self.differences.append(f"{one}: {type(error).__name__} {error}"[:600])
                return None

        with ThreadPoolExecutor(TOGETHER) as pool:
            return list(pool.map(guarded, many))
