"""What crosses Temporal between an endpoint's workflow and the activity that drains it: references and figures only."""

from datetime import datetime
from typing import Literal

from workflows.messages import Message


class DrainTask(Message):
    """Send what is due for one endpoint."""

    endpoint_id: str
    now: datetime
    """The workflow's time: what is due is judged by it, so that skipped time counts."""
    seed: int
    """Of the jitter; from workflow.random, so that a replay sees the same."""
    width: int
    """Requests at once."""


class Drained(Message):
    """How it went, and what waits."""

    status: Literal["active", "failing", "disabled", "deleted"]
    host: str = ""
    face: str = ""
    livemode: bool = False
    delivered: int = 0
    failed: int = 0
    """Attempts that failed."""
    failures_in_a_row: int = 0
    """At the end of this drain; 0 after a success. None sent: 0."""
    pending: int = 0
    due: bool = False
    """More can be sent at once."""
    next_attempt_at: datetime | None = None
    last_error: str | None = None
