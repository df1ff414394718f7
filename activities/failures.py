"""Errors as they leave an activity: short and retryable. A raw SQLAlchemy chain is 18 kB of history each."""

from datetime import timedelta

from temporalio.exceptions import ApplicationError

from activities.providers.base import ProviderUnavailable
from store.database.engine import StoreError, StoreUnavailable


def unavailable(error: StoreError) -> ApplicationError:
    """The database did not do it; Temporal tries again."""
    kind = "StoreUnavailable" if isinstance(error, StoreUnavailable) else "StoreRejected"
    return ApplicationError(str(error), type=kind)


def no_answer(error: ProviderUnavailable) -> ApplicationError:
    """The provider did not answer; Temporal tries again, not before it said."""
    after = timedelta(seconds=error.retry_after_seconds) if error.retry_after_seconds else None
    return ApplicationError(error.message, error.code, type="ProviderUnavailable", next_retry_delay=after)
