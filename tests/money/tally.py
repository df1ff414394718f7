"""What a drill did and what it found, in figures."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What was done and what was found."""

    runs: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    repaired: int = 0
    """Differences reconciliation brought home: webhooks that were dropped."""
    moved: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def lines(self, seconds: float) -> Iterator[str]:
        yield f"runs {self.runs} · commands {self.commands.total()} {dict(sorted(self.commands.items()))}"
        yield f"answers {dict(sorted(self.answers.items()))}"
        yield f"faults injected {self.faults.total()} {dict(sorted(self.faults.items()))} · workers killed {self.kills}"
        yield f"payments {self.moved['payments']}, captures {self.moved['captured']}, refunds {self.moved['refunds']}"
        yield f"repaired by reconciliation (webhooks dropped) {self.repaired} · {seconds:.0f} s"
        yield f"differences {len(self.differences)}"
        yield from self.differences
