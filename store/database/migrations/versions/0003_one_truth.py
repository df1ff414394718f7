"""Command records, claims with their content, and rows that know what is under way: the order lives in its row alone.

Revision 0003, after 0002. What was done before is recorded too, from the events and the answered requests, so that a
command which comes again is recognised whichever release did it.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
WORD = sa.String(length=32)
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    _commands()
    _claims()
    _orders()
    _operations()


def _commands() -> None:
    op.create_table(
        "commands",
        Column("order_id", KEY, nullable=False),
        Column("request_id", KEY, nullable=False),
        Column("verb", WORD, nullable=False),
        Column("outcome", WORD, nullable=False),
        Column("version", sa.Integer),
        Column("subject", KEY),
        Column("error", JSON),
        Column("snapshot", sa.Text),
        Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "request_id", name="pk_commands"),
    )
    _index("ix_commands_snapshot", "commands", "at", "snapshot IS NOT NULL")
    op.execute(
        "INSERT INTO commands (order_id, request_id, verb, outcome, version, subject, snapshot, at) "
        "SELECT order_id, id, '', 'applied', version, subject, snapshot, created_at FROM requests "
        "WHERE version IS NOT NULL"
    )
    op.execute(
        "INSERT INTO commands (order_id, request_id, verb, outcome, version, subject, at) "
        "SELECT order_id, request_id, '', 'applied', MIN(version), MIN(subject), MIN(at) FROM events "
        "WHERE NOT EXISTS (SELECT 1 FROM commands c "
        "WHERE c.order_id = events.order_id AND c.request_id = events.request_id) "
        "GROUP BY order_id, request_id"
    )


def _claims() -> None:
    op.create_table(
        "claims",
        Column("id", KEY, nullable=False),
        Column("request_id", KEY, nullable=False),
        Column("owner", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("fingerprint", KEY, nullable=False),
        Column("order_id", KEY, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("content", sa.Text),
        Column("status", sa.Integer),
        Column("headers", JSON),
        Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sa.UniqueConstraint("request_id", name="uq_claims_request_id"),
    )
    op.execute(
        "INSERT INTO claims (id, request_id, owner, livemode, fingerprint, order_id, created_at, status, headers, body) "
        "SELECT id, id, owner, livemode, fingerprint, order_id, created_at, status, headers, body FROM requests"
    )
    op.drop_table("requests")
    op.create_index("ix_claims_created", "claims", ["created_at"])
    _index("ix_claims_unanswered", "claims", "order_id", "status IS NULL")


def _orders() -> None:
    op.drop_column("orders", "last_request")
    op.add_column("orders", Column("nudges", sa.Integer, nullable=False, server_default="0"))
    op.add_column("orders", Column("nudge_after", sa.BigInteger))
    op.add_column("orders", Column("asking", JSON))
    op.add_column("orders", Column("schema", sa.Integer, nullable=False, server_default="1"))
    op.drop_index("ix_orders_deadline", "orders")
    _index("ix_orders_deadline", "orders", "next_deadline", "next_deadline IS NOT NULL")
    _index("ix_orders_asking", "orders", "saved_at", "asking IS NOT NULL")


def _operations() -> None:
    """Money that was under way is finished by whoever looks at its order first: the row says which request it is."""
    op.add_column("payment_operations", Column("request_id", KEY))
    op.add_column("payment_operations", Column("position", sa.Integer, nullable=False, server_default="0"))
    op.add_column("payment_operations", Column("operation", JSON))
    conn = op.get_bind()
    started = conn.execute(sa.text("SELECT order_id, result FROM payment_operations WHERE status = 'started'"))
    for order_id, result in started.all():
        found: Any = json.loads(result) if isinstance(result, str) else result
        task = (found or {}).get("task")
        if task is not None:
            asking = {name: task[name] for name in ("verb", "command", "request", "now")}
            conn.execute(
                sa.text("UPDATE orders SET asking = :asking WHERE id = :id AND version = :version"),
                {"asking": json.dumps(asking), "id": order_id, "version": task["version"]},
            )
    op.drop_column("payment_operations", "prelude_applied")


def _index(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    """What the older schema has no place for (refusals, contents, money under way) is lost: stop the engine first."""
    op.add_column(
        "payment_operations", Column("prelude_applied", sa.Boolean, nullable=False, server_default=sa.false())
    )
    for name in ("operation", "position", "request_id"):
        op.drop_column("payment_operations", name)
    op.drop_index("ix_orders_asking", "orders")
    op.drop_index("ix_orders_deadline", "orders")
    for name in ("schema", "asking", "nudge_after", "nudges"):
        op.drop_column("orders", name)
    op.add_column("orders", Column("last_request", KEY))
    op.create_index("ix_orders_deadline", "orders", ["is_open", "next_deadline"])
    op.create_table(
        "requests",
        Column("id", KEY, nullable=False),
        Column("owner", KEY, nullable=False),
        Column("livemode", sa.Boolean, nullable=False),
        Column("fingerprint", KEY, nullable=False),
        Column("order_id", KEY, nullable=False),
        Column("created_at", sa.BigInteger, nullable=False),
        Column("version", sa.Integer),
        Column("subject", KEY),
        Column("snapshot", sa.Text),
        Column("status", sa.Integer),
        Column("headers", JSON),
        Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    op.create_index("ix_requests_created", "requests", ["created_at"])
    op.execute(
        "INSERT INTO requests SELECT k.id, k.owner, k.livemode, k.fingerprint, k.order_id, k.created_at, c.version, "
        "c.subject, c.snapshot, k.status, k.headers, k.body FROM claims k "
        "LEFT JOIN commands c ON c.order_id = k.order_id AND c.request_id = k.request_id"
    )
    op.drop_table("claims")
    op.drop_table("commands")
