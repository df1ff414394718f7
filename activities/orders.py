"""Saving: one command's outcome, in one transaction (store/orders.py). The row wins.

Store errors leave as short, retryable ApplicationErrors: a raw SQLAlchemy chain is 18 kB of history each.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import SaveResult, SaveTask, ShortLine
from activities.signatures import SAVE
from store import orders
from store.engine import StoreRejected, StoreUnavailable
from store.inventory import Short


class Orders:
    """The save activity over one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @activity.defn(name=SAVE)
    async def save(self, task: SaveTask) -> SaveResult:
        """Applied | seen | stale | short; for seen and stale with the stored order."""
        try:
            saved = await orders.save(
                self._engine,
                planned_on=task.planned_on,
                order=task.order,
                events=task.events,
                moves=task.moves,
                request=task.request,
                subject=task.subject,
                mails=mails(task.mails, task.subject),
            )
        except StoreUnavailable as error:
            raise unavailable(error) from None
        except StoreRejected as error:
            raise ApplicationError(str(error), type="StoreRejected") from None
        # Fields left out stay out of the history; what was applied the workflow knows.
        if saved.outcome == "applied":
            return SaveResult(outcome="applied")
        if saved.outcome == "short":
            return SaveResult(outcome="short", short=short_lines(saved.short))
        return SaveResult(outcome=saved.outcome, version=saved.version, subject=saved.subject, order=saved.order)


def unavailable(error: StoreUnavailable) -> ApplicationError:
    return ApplicationError(str(error), type="StoreUnavailable")


def short_lines(short: Sequence[Short]) -> tuple[ShortLine, ...]:
    return tuple(
        ShortLine(line_id=s.line_id, variant_id=s.variant_id, wanted=s.wanted, available=s.available) for s in short
    )


def mails(templates: Sequence[str], subject: str | None) -> list[dict[str, object]]:
    """Outbox payloads: which template, about which child of the order."""
    return [{"template": template, "subject": subject} for template in templates]


def epoch_now() -> int:
    return int(datetime.now(UTC).timestamp())
