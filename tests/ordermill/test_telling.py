"""A story that does not go on is told as such."""

from typing import Any, cast

import pytest

from ordermill.commands import telling
from ordermill.commands.chapters import Act
from ordermill.commands.reaching import Refusal
from ordermill.commands.stages import Running

ORDER = {
    "id": "order_01", "displayId": "#1001", "createdAt": "2026-11-24T12:00:00Z", "closedAt": None, "currency": "USD",
    "amountDue": 0, "capturedTotal": 0, "refundedTotal": 0,
}  # fmt: skip


class Still:
    """A clock that moves, and an engine in which nothing ever happens."""

    @classmethod
    async def of(cls, workflow: str, temporal: str) -> "Still":
        return cls()

    async def move_to(self, at: object) -> None:
        return None

    async def __call__(self, method: str, path: str, body: object = None, expect: int = 0) -> dict[str, Any]:
        return (
            ORDER if path.startswith("/order") and not path.endswith("events") else {"models": [], "nextCursor": None}
        )


async def test_a_deadline_that_does_nothing_ends_the_story(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(telling, "OrderClock", Still)
    monkeypatch.setattr(telling, "PATIENCE_SECONDS", 1)
    engine = Running("http://127.0.0.1", "sk_test_x", "127.0.0.1:1/default", "http://127.0.0.1:1")
    story = telling.Telling(engine, {"shop": cast("Any", Still())}, "cus_jane")
    await story.day(0, [Act(0, "shop", "placed", "POST /order", {}, {"order": "id"})])
    with pytest.raises(Refusal, match="nothing happened by itself on day 25"):
        await story.day(25, [Act(25, "clock", "the deadline")])
    assert "the deadline" not in capsys.readouterr().out
