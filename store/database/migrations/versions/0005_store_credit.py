"""Store credit: a balance per mode, customer and currency that is never below 0, its entries, and the payments made with it.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")
WORD = sa.String(32)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "store_credit",
        sa.Column("livemode", sa.Boolean, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("currency", WORD, nullable=False),
        sa.Column("balance", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("livemode", "customer_id", "currency", name="pk_store_credit"),
        sa.CheckConstraint("balance >= 0", name="ck_store_credit_balance"),
    )
    op.create_table(
        "store_credit_entries",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("livemode", sa.Boolean, nullable=False),
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("currency", WORD, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("order_id", KEY),
        sa.Column("reason", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_store_credit_entries"),
        sa.UniqueConstraint("key", name="uq_store_credit_entries_key"),
    )
    op.create_index("ix_store_credit_entries_customer", "store_credit_entries", ["livemode", "customer_id", "id"])
    op.create_table(
        "store_credit_payments",
        sa.Column("ref", KEY, nullable=False),
        sa.Column("livemode", sa.Boolean, nullable=False),
        sa.Column("customer_id", KEY),
        sa.Column("order_id", KEY),
        sa.Column("currency", WORD, nullable=False),
        sa.Column("authorized", sa.BigInteger, nullable=False),
        sa.Column("captured", sa.BigInteger, nullable=False),
        sa.Column("refunded", sa.BigInteger, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("done", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_store_credit_payments"),
    )
    op.create_index("ix_store_credit_payments_created", "store_credit_payments", ["livemode", "created_at"])


def downgrade() -> None:
    op.drop_table("store_credit_payments")
    op.drop_table("store_credit_entries")
    op.drop_table("store_credit")
