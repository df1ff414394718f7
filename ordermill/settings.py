"""Where things are and who we talk to: the process environment (contract section 1), read once at start.

What an order may do (policy, shipping methods, tax rates) is not here but in the policy file: ordermill/process/config.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import quote

from pydantic import AnyHttpUrl, DirectoryPath, Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ordermill.payload_keys import parse
from ordermill.secret_files import SecretFiles

PREFIX: Final = "ORDERMILL_"
FILE: Final = "_FILE"
DATABASES: Final = ("sqlite+aiosqlite://", "postgresql+asyncpg://")
DEV_KEY: Final = "sk_test_"
SHORTEST_TOKEN: Final = 16
EVERY_ADDRESS: Final = frozenset(("0.0.0.0", "::", ""))  # noqa: S104 - compared with, not bound to


class Settings(BaseSettings):
    """One field per `ORDERMILL_…` variable; `STRIPE_…` ones keep Stripe's names. What is secret is also read from the file that
    the same variable with `_FILE` names, as Docker and Kubernetes mount secrets."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    data_dir: Path = Path(".ordermill")
    """State directory: SQLite file, Temporal's database file, development key, mail outbox."""
    config: Path = Path("ordermill.yaml")
    """Policy file; the default may be absent."""
    database_url: str | None = Field(default=None, json_schema_extra={"secret": True})
    """SQLAlchemy URL with an async driver; default SQLite in the state directory."""
    database_password: SecretStr | None = None
    """The password of the URL's user, as it is: no character of it needs to be written in another way, as in a URL it would."""

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
    pg_bin: Path | None = None
    """Directory of PostgreSQL's pg_dump, pg_restore and psql, for `backup` and `restore`; default: PATH, then Debian's."""
    temporal_cli: Path | None = None
    """The `temporal` binary; default: PATH, then the virtual environment."""
    task_queue: str = "ordermill"
    build_id: str | None = Field(default=None, min_length=1, max_length=200)
    """Which build a worker is, for Temporal's worker versioning (docs/upgrades.md). Unset: unversioned."""
    deployment: str = Field(default="ordermill", min_length=1, max_length=200)
    """The worker deployment the builds belong to."""
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
    """`/metrics` of the API; workers and further processes take the ports after it. Off by default."""

    payload_keys: SecretStr | None = None
    """`id:base64 of 32 bytes`, several separated by commas: payloads for Temporal are encrypted with the first, and read with
    whichever they name. Unset: they are legible in Temporal's web UI and database."""
    codec_host: str = "127.0.0.1"
    codec_port: int = 8081
    codec_token: SecretStr | None = None
    """What opens the codec server (`ordermill codec-server`), 16 characters or more; it does not start without one."""
    codec_origins: str | None = None
    """Web UIs that may ask the codec server: `https://temporal.example`, several separated by commas. Default: the embedded
    one's."""

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
    mail_templates: DirectoryPath | None = None
    """A directory with the shop's own mail templates; a file there stands in for ours of its name (docs/mails.md)."""
    oidc_issuer: AnyHttpUrl | None = None
    """Identity provider of the console's people (OpenID Connect); with `oidc_client_id` it is offered beside passwords."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "single sign-on"
    """What the button says: Sign in with …"""
    webhooks_allow_private: bool | Literal["loopback"] = False
    """Whether webhook endpoints on private, loopback and link-local addresses are accepted; `loopback`: on this machine's own
    only, which is what `ordermill up` takes while its API is reached from this machine alone."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = True

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, secrets' files. No dotenv: nothing but the environment says how a process runs."""
        return init_settings, env_settings, SecretFiles(settings_cls, _secrets(cls))

    @field_validator("database_url")
    @classmethod
    def _driver(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(DATABASES):
            raise ValueError(f"it begins with {' or '.join(DATABASES)}")
        return url

    @field_validator("dev_api_key")
    @classmethod
    def _test_key(cls, key: SecretStr | None) -> SecretStr | None:
        text = key.get_secret_value() if key is not None else DEV_KEY + 16 * "x"
        if not text.startswith(DEV_KEY) or len(text) < len(DEV_KEY) + 16:
            raise ValueError("the development key is a secret test key: sk_test_ and at least 16 characters")
        return key

    @field_validator("payload_keys")
    @classmethod
    def _keys(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None:
            parse(keys.get_secret_value())
        return keys

    @field_validator("codec_token")
    @classmethod
    def _long_enough(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"at least {SHORTEST_TOKEN} characters")
        return token

    @model_validator(mode="after")
    def _whose_password(self) -> "Settings":
        if self.database_password is not None:
            _with_password(self.database_url, self.database_password.get_secret_value())
        return self

    @property
    def database(self) -> str:
        """The effective database URL, its password in it."""
        if self.database_password is not None:
            return _with_password(self.database_url, self.database_password.get_secret_value())
        return self.database_url or f"sqlite+aiosqlite:///{self.sqlite_file}"

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database; None for PostgreSQL."""
        if self.database_url is None:
            return (self.data_dir / "ordermill.sqlite").absolute()
        scheme, _, rest = self.database_url.partition("://")
        path = rest.removeprefix("/").partition("?")[0]
        return Path(path) if scheme.startswith("sqlite") and path not in ("", ":memory:") else None

    @property
    def has_oidc(self) -> bool:
        """Whether people sign in at an identity provider."""
        return self.oidc_issuer is not None and self.oidc_client_id is not None

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


def _with_password(url: str | None, password: str) -> str:
    """The URL with this password for its user. ValueError where it has no user, or a password already."""
    scheme, separator, rest = (url or "").partition("://")
    user, at, place = rest.partition("@")
    if not (scheme.startswith("postgresql") and user and at) or "/" in user or ":" in user:
        raise ValueError(
            "ORDERMILL_DATABASE_PASSWORD goes with an ORDERMILL_DATABASE_URL that names a user and no password, "
            "postgresql+asyncpg://USER@HOST/DATABASE"
        )
    return f"{scheme}{separator}{user}:{quote(password, safe='')}@{place}"


def variable_of(name: str, field: FieldInfo) -> str:
    """The environment's name of a field."""
    return field.validation_alias if isinstance(field.validation_alias, str) else PREFIX + name.upper()


def _secrets(settings: type[BaseSettings]) -> dict[str, str]:
    """Field -> variable, of what is secret."""
    return {name: variable_of(name, field) for name, field in settings.model_fields.items() if _is_secret(field)}


def _is_secret(field: FieldInfo) -> bool:
    marked = isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("secret") is True
    return marked or SecretStr in (field.annotation, *get_args(field.annotation))


def variables_of_settings() -> Iterator[str]:
    """Every variable that Settings reads."""
    for name, field in Settings.model_fields.items():
        yield variable_of(name, field)
    for variable in _secrets(Settings).values():
        yield variable + FILE
