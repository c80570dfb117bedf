"""What trainings were asked to do, what became of it, and everything that was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_index("finding_by_time", "finding", ["first_ns", "run", "rule"])
    op.add_column("attempt", sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "command",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("order", sa.BigInteger, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("args", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("writer", sa.Text),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.Column("deadline_ns", sa.BigInteger, nullable=False),
        sa.Column("accepted_ns", sa.BigInteger),
        sa.Column("settled_ns", sa.BigInteger),
        sa.Column("attempt", sa.BigInteger),
        sa.Column("step", sa.BigInteger),
        sa.Column("epoch", sa.Double),
        sa.Column("wall_ns", sa.BigInteger),
        sa.Column("result", sa.Text),
    )
    op.create_index("command_by_order", "command", ["run", "order"], unique=True)
    op.create_index("command_by_state", "command", ["state", "run"])
    op.create_table(
        "command_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("command_event_of_run", "command_event", ["run", "id"])
    op.create_index("command_event_by_kind", "command_event", ["run", "kind"])
