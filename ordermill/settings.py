"""Where things are and who we talk to: the process environment (contract section 1), read once at start.

What an order may do (policy, shipping methods, tax rates) is not here but in the policy file: ordermill/process/config.py.
"""

from pathlib import Path
from typing import Final, Literal

from pydantic import AnyHttpUrl, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

EVERY_ADDRESS: Final = frozenset(("0.0.0.0", "::", ""))  # noqa: S104 - compared with, not bound to


class Settings(BaseSettings):
    """One field per `ORDERMILL_…` variable; `STRIPE_…` ones keep Stripe's names."""

    model_config = SettingsConfigDict(env_prefix="ORDERMILL_", extra="ignore", populate_by_name=True)

    data_dir: Path = Path(".ordermill")
    """State directory: SQLite file, Temporal's database file, development key, mail outbox."""
    config: Path = Path("ordermill.yaml")
    """Policy file; the default may be absent."""
    database_url: str | None = None
    """SQLAlchemy URL with an async driver; default SQLite in the state directory."""

    redis_url: SecretStr | None = None
    """redis://… or rediss://…: API processes count calls for the rate limit there; without it in the database."""

    api_host: str = "127.0.0.1"
    api_port: int = 8000
    public_url: AnyHttpUrl | None = None
    """Where callers reach the API (`https://shop.example/engine`): what links in answers begin with. Default: the address it is
    bound to; where that is every address (0.0.0.0), links are paths. Never what a request's Host header says."""
    temporal_port: int = 7233
    temporal_ui_port: int = 8233
    temporal_address: str | None = None
    """An existing Temporal frontend (`host:port`) instead of the embedded one."""
    temporal_namespace: str = "default"
    temporal_cli: Path | None = None
    """The `temporal` binary; default: PATH, then the virtual environment."""
    task_queue: str = "ordermill"
    command_timeout_seconds: float = 20.0
    """How long a caller waits for a command to settle before 202, 503 or 504 (contract section 3)."""
    sandbox_workflows: bool = True
    """Temporal's workflow sandbox in the worker. Off saves next to nothing (docs/performance.md) and guards nothing."""
    worker_processes: int = Field(default=1, ge=1, le=64)
    """How many processes `ordermill worker` keeps: a process is one core's worth."""
    worker_target_cpu: float | None = Field(default=None, gt=0, le=1)
    """Share of the machine's CPU up to which a worker takes more work (0.9 is usual); with it slots follow load and memory.
    Without it they are fixed, as the SDK has them (100 of each kind)."""
    worker_target_memory: float = Field(default=0.8, gt=0, le=1)
    """The same of memory, where `worker_target_cpu` is set: short of it workers die, so leave room."""
    worker_max_slots: int = Field(default=500, ge=10)
    """At most so many tasks of one kind at a time, where slots follow load."""
    metrics_port: int | None = None
    """Prometheus endpoint of the worker's SDK metrics; off by default."""

    payment_provider: str = "sandbox"
    """A row of PROVIDERS (activities/providers)."""
    stripe_api_key: SecretStr | None = Field(default=None, validation_alias="STRIPE_API_KEY")
    stripe_webhook_secret: SecretStr | None = Field(default=None, validation_alias="STRIPE_WEBHOOK_SECRET")
    stripe_api_base: str | None = Field(default=None, validation_alias="STRIPE_API_BASE")

    stripe_multicapture: bool = False
    """Whether the Stripe account captures one authorisation several times (Stripe grants it per account)."""
    stripe_card_only: bool = False
    """Cards only; otherwise every method switched on in the Stripe account that needs no redirect."""

    dev_api_key: SecretStr | None = None
    """Presets the development key of `make up`; otherwise one is made and stored in the state directory."""
    smtp_url: SecretStr | None = None
    """smtp://user:password@host:port or smtps://…; without it mails go to the state directory's outbox/."""
    webhooks_allow_private: bool = False
    """Whether webhook endpoints on private, loopback and link-local addresses are accepted."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = True

    @property
    def database(self) -> str:
        """The effective database URL."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'ordermill.sqlite').absolute()}"

    @property
    def link_base(self) -> str:
        """What stands before the path of a link; nothing where nobody knows."""
        if self.public_url is not None:
            return str(self.public_url).rstrip("/")
        if self.api_host in EVERY_ADDRESS:
            return ""
        host = f"[{self.api_host}]" if ":" in self.api_host else self.api_host
        return f"http://{host}:{self.api_port}"

    @property
    def temporal_target(self) -> str:
        """`host:port` of the Temporal frontend in use."""
        return self.temporal_address or f"127.0.0.1:{self.temporal_port}"
