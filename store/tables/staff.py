"""People who work in the console: who they are, how they signed in, what they did there, and the money they gave back."""

from sqlalchemy import Boolean, Column, Index, Table, Text

from store.tables.base import Key, Serial, Whole, Word, metadata

people = Table(
    "people",
    metadata,
    Column("id", Key, primary_key=True),
    Column("email", Key, nullable=False, unique=True),  # lower case
    Column("role", Word, nullable=False),  # owner | agent | warehouse | viewer
    Column("password", Text),  # argon2; none: signs in by a link or by the identity provider
    Column(
        "subject", Key, unique=True
    ),  # issuer and subject at the identity provider, kept from the first sign-in there
    Column("created_at", Whole, nullable=False),
    Column("signed_in_at", Whole),
    Column("disabled_at", Whole),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", Key, primary_key=True),  # SHA-256, hex, of the token in the cookie
    Column("person_id", Key, nullable=False),
    Column("livemode", Boolean, nullable=False),  # which of the two worlds is on the screen
    Column("created_at", Whole, nullable=False),
    Column("ends_at", Whole, nullable=False),
    Index("ix_sessions_person_id", "person_id"),
    Index("ix_sessions_ends_at", "ends_at"),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("hash", Key, primary_key=True),
    Column("person_id", Key, nullable=False),
    Column("ends_at", Whole, nullable=False),
    Column("used_at", Whole),
    Index("ix_sign_in_links_person_id", "person_id"),
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("who", Key, primary_key=True),  # hash of what is limited: an address of a person, or of the network
    Column("bucket", Whole, primary_key=True, autoincrement=False),
    Column("failed", Whole, nullable=False),
    Index("ix_sign_in_attempts_bucket", "bucket"),
)

money_back = Table(
    "money_back",
    metadata,
    Column("request_id", Key, primary_key=True),
    Column("person_id", Key, nullable=False),
    Column("order_id", Key, nullable=False),  # "" where it belongs to no order
    Column("amount", Whole, nullable=False),
    Column("at", Whole, nullable=False),
    Index("ix_money_back_person_id", "person_id", "at"),
    Index("ix_money_back_order_id", "order_id", "at"),
    Index("ix_money_back_at", "at"),
)

console_actions = Table(
    "console_actions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Whole, nullable=False),
    Column("person_id", Key, nullable=False),
    Column("email", Key, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("action", Word, nullable=False),
    Column("about", Text, nullable=False),
    Index("ix_console_actions_at", "livemode", "at", "id"),
    Index("ix_console_actions_person_id", "person_id", "at", "id"),
)
