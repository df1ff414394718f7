"""Indexes of the console's lists: deadlines that move money, tasks with a time, mails that were sent, deliveries that failed,
and what people did.

Revision 0010, after 0009. Nothing is added to a table. Each index holds a small part of its table's rows, so that saving an order
pays for none of them but where it makes such a row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_deadlines_money", "deadlines", ("livemode", "at"), "CAST(money AS TEXT) <> '[]'"),
    ("ix_tasks_due", "tasks", ("livemode", "due", "order_id"), "due IS NOT NULL"),
    ("ix_outbox_sent_mails", "outbox", ("livemode", "id"), "kind = 'mail' AND drained_at IS NOT NULL"),
    ("ix_webhook_deliveries_failed", "webhook_deliveries", ("endpoint_id", "created_at", "id"), "status = 'failed'"),
    ("ix_events_people", "events", ("at", "order_id", "sequence"), "actor_kind IN ('person', 'operator')"),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        condition = sa.text(where)
        op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
