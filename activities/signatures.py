"""The activities' names and types, for workflows to call; the classes that do the work are in the files beside this.

A workflow never imports those: it knows a name, an input, an answer.
"""

from typing import Final

SAVE: Final = "save_order"
"""SaveTask -> SaveResult. One transaction; local first."""
PERFORM: Final = "perform_payment"
"""MoneyTask -> MoneyResult. Asks a provider; always regular."""
SWEEP: Final = "sweep_orders"
"""SweepTask -> int. Finds workflows that lag behind their rows, and wakes them."""
DRAIN_MAILS: Final = "drain_mails"
"""-> int. Sends mails that wait in the outbox."""
