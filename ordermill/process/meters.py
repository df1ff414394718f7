"""What a process counts about its own work, without knowing who reads it.

    Meter           counts nothing: what a process uses while ORDERMILL_METRICS_PORT is not set
    prometheus.py   the same methods over Prometheus' client, loaded only where the port is set

The rule: a label is a word of ours (a route's template, a verb, an outcome), never an id, a path or anything a caller sends:
each value is a time series for ever.
"""


class Meter:
    """Every other method is a row or two of `METRICS` in ordermill/process/prometheus.py."""

    def text(self) -> bytes:
        """What was counted, as Prometheus reads it."""
        return b""

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """An HTTP request was answered."""

    def command(self, verb: str, outcome: str) -> None:
        """A caller's command was answered: done, refused, pending (202), unavailable (503) or unknown (504)."""

    def execution(self, verb: str, outcome: str) -> None:
        """An order's activity came to an end, whoever asked: done, refused, absent or stale."""

    def provider_call(self, provider: str, kind: str, outcome: str, seconds: float) -> None:
        """A payment provider answered, or did not: ok, declined, refused, unavailable or error."""

    def swept(self, at: float, orders: int) -> None:
        """A sweep ended at `at` (epoch seconds) and pushed so many orders on."""

    def waits(self, counts: dict[tuple[str, str], int]) -> None:
        """How many orders wait for each word now, by (mode, word)."""

    def lag(self, *, webhook: float, mail: float, sweep: float, overdue: int) -> None:
        """Seconds the oldest undelivered webhook and mail are old, and the oldest deadline nobody has attended to is late; and
        how many orders are overdue."""

    def workers(self, alive: int) -> None:
        """How many workers beat lately."""

    def payload_read(self, key_id: str) -> None:
        """A payload was decrypted with this key (ordermill/process/encryption.py)."""

    def payload_unreadable(self) -> None:
        """A payload could not be decrypted."""
