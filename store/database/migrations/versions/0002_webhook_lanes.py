"""Deliveries stand in a lane per order: their position, the step on the ladder, and why an endpoint is not active.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_endpoints", sa.Column("reason", sa.Text()))
    op.add_column("webhook_deliveries", sa.Column("position", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("webhook_deliveries", sa.Column("failures", sa.Integer, nullable=False, server_default="0"))
    op.create_index(
        "ix_webhook_deliveries_lane", "webhook_deliveries", ["endpoint_id", "status", "order_id", "position"]
    )
    op.drop_index("ix_webhook_deliveries_endpoint", "webhook_deliveries")
    op.create_index("ix_webhook_deliveries_endpoint", "webhook_deliveries", ["endpoint_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_endpoint", "webhook_deliveries")
    op.create_index("ix_webhook_deliveries_endpoint", "webhook_deliveries", ["endpoint_id", "created_at"])
    op.drop_index("ix_webhook_deliveries_lane", "webhook_deliveries")
    op.drop_column("webhook_deliveries", "failures")
    op.drop_column("webhook_deliveries", "position")
    op.drop_column("webhook_endpoints", "reason")
