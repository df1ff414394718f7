"""People of the console, their sessions and sign-in links, what they did there, and the money they gave back.

Revision 0009, after 0006. Only new tables and indexes: releases before it neither read nor write the
former, and need not know the latter, by which one order's mails and deliveries are found.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
WORD = sa.String(length=32)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "people",
        Column("id", KEY, nullable=False),
        Column("email", KEY, nullable=False),
        Column("role", WORD, nullable=False),
        Column("password", sa.Text),
        Column("subject", KEY),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("signed_in_at", sa.BigInteger),
        Column("disabled_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("email", name="uq_people_email"),
        sa.UniqueConstraint("subject", name="uq_people_subject"),
    )
    _signing_in()
    _doing()
    mails = sa.text("kind = 'mail'")
    op.create_index("ix_outbox_order_mails", "outbox", ["order_id"], sqlite_where=mails, postgresql_where=mails)
    op.create_index("ix_webhook_deliveries_order_id", "webhook_deliveries", ["order_id", "sequence"])


def _signing_in() -> None:
    op.create_table(
        "sessions",
        Column("hash", KEY, nullable=False),
        Column("person_id", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("ends_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"])
    op.create_table(
        "sign_in_links",
        Column("hash", KEY, nullable=False),
        Column("person_id", KEY, nullable=False),
        Column("ends_at", sa.BigInteger, nullable=False),
        Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("hash", name="pk_sign_in_links"),
    )
    op.create_index("ix_sign_in_links_person_id", "sign_in_links", ["person_id"])
    op.create_table(
        "sign_in_attempts",
        Column("who", KEY, nullable=False),
        Column("bucket", sa.BigInteger, nullable=False),
        Column("failed", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("who", "bucket", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_bucket", "sign_in_attempts", ["bucket"])


def _doing() -> None:
    op.create_table(
        "money_back",
        Column("request_id", KEY, nullable=False),
        Column("person_id", KEY, nullable=False),
        Column("order_id", KEY, nullable=False),
        Column("amount", sa.BigInteger, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_money_back"),
    )
    op.create_index("ix_money_back_person_id", "money_back", ["person_id", "at"])
    op.create_index("ix_money_back_order_id", "money_back", ["order_id", "at"])
    op.create_index("ix_money_back_at", "money_back", ["at"])
    op.create_table(
        "console_actions",
        Column("id", SERIAL, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        Column("person_id", KEY, nullable=False),
        Column("email", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("action", WORD, nullable=False),
        Column("about", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_actions"),
    )
    op.create_index("ix_console_actions_at", "console_actions", ["livemode", "at", "id"])
    op.create_index("ix_console_actions_person_id", "console_actions", ["person_id", "at", "id"])


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_order_id", "webhook_deliveries")
    op.drop_index("ix_outbox_order_mails", "outbox")
    for name in ("console_actions", "money_back", "sign_in_attempts", "sign_in_links", "sessions", "people"):
        op.drop_table(name)
