"""The activities' names and types, for workflows to call; the classes that do the work are in the files beside this.

A workflow never imports those: it knows a name, an input, an answer (activities/messages.py).
"""

from typing import Final

SAVE: Final = "save_order"
"""SaveTask -> SaveResult. One transaction; local first."""
PERFORM: Final = "perform_payment"
"""MoneyTask -> MoneyResult. Asks a provider; always regular."""
LOAD: Final = "load_order"
"""order id -> Order | None. To wake a closed order's workflow."""
READ_EVENT: Final = "read_provider_event"
"""EventRef -> Fact. What an inbound event means for which order."""
EVENT_DELIVERED: Final = "provider_event_delivered"
"""EventRef -> None."""
SWEEP: Final = "sweep"
"""-> SweepResult. What lags behind the database."""
SEND_MAIL: Final = "send_mail"
"""outbox id -> None. One customer notification."""
RECONCILE: Final = "reconcile"
"""Period -> Reconciliation. Our ledger against a provider's."""
DRAIN_WEBHOOKS: Final = "drain_webhooks"
"""DrainTask -> Drained. What is due for one endpoint, sent."""
