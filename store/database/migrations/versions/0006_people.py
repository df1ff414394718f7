"""Search terms, waits, deadlines, tasks and figures of orders, and what of them is written for each order.

Revision 0006, after 0005. Orders of before have an empty `projection`: the sweep writes theirs, some hundred at a time, and
every save does so for its own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
WORD = sa.String(length=32)
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    op.add_column("orders", Column("projection", JSON))
    _partial("ix_orders_unprojected", "orders", "id", "projection IS NULL")
    _partial("ix_outbox_mails", "outbox", "created_at", "kind = 'mail' AND drained_at IS NULL")
    _lists()
    op.create_table(
        "tallies",
        Column("livemode", sa.Boolean, nullable=False),
        Column("figure", WORD, nullable=False),
        Column("bucket", sa.BigInteger, nullable=False),
        Column("currency", WORD, nullable=False),
        Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("livemode", "figure", "bucket", "currency", name="pk_tallies"),
    )


def _lists() -> None:
    _list(
        "search_terms",
        Column("term", KEY, nullable=False),
        Column("newest", sa.BigInteger, nullable=False),
        key=("term",),
        index=("livemode", "term", "newest", "order_id"),
    )
    _list(
        "order_waits",
        Column("word", WORD, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        key=("word",),
        index=("livemode", "word", "created_at", "order_id"),
    )
    _list(
        "deadlines",
        Column("name", KEY, nullable=False),
        Column("number", sa.BigInteger, nullable=False),
        Column("at", sa.BigInteger, nullable=False),
        Column("then", sa.Text, nullable=False),
        Column("money", JSON, nullable=False),
        Column("currency", WORD, nullable=False),
        key=("name",),
        index=("livemode", "at", "order_id", "name"),
    )
    _list(
        "tasks",
        Column("kind", WORD, nullable=False),
        Column("ref", KEY, nullable=False),
        Column("number", sa.BigInteger, nullable=False),
        Column("since", sa.BigInteger, nullable=False),
        Column("due", sa.BigInteger),
        Column("place", sa.BigInteger, nullable=False),
        Column("amount", sa.BigInteger),
        Column("currency", WORD, nullable=False),
        Column("verbs", JSON, nullable=False),
        key=("kind", "ref"),
        index=("livemode", "kind", "place", "order_id", "ref"),
    )


def _list(name: str, *columns: Column[object], key: tuple[str, ...], index: tuple[str, ...]) -> None:
    """A table of an order's rows, and the index that one list walks."""
    whose = (Column("order_id", KEY, nullable=False), Column("livemode", sa.Boolean, nullable=False))
    op.create_table(name, *whose, *columns, sa.PrimaryKeyConstraint("order_id", *key, name=f"pk_{name}"))
    op.create_index(f"ix_{name}_{index[1]}", name, list(index))


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in ("tallies", "tasks", "deadlines", "order_waits", "search_terms"):
        op.drop_table(name)
    op.drop_index("ix_outbox_mails", "outbox")
    op.drop_index("ix_orders_unprojected", "orders")
    op.drop_column("orders", "projection")
