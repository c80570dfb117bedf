"""What people say of runs, and the views that they save."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "run_edit",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("tags", sa.Text),
        sa.Column("group_said", sa.Boolean, nullable=False),
        sa.Column("group_name", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("starred", sa.Boolean, nullable=False),
        sa.Column("archived_ns", sa.BigInteger),
    )
    op.create_index("run_edit_by_name", "run_edit", ["name"])
    op.create_table(
        "view",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("project", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.Column("updated_ns", sa.BigInteger, nullable=False),
    )
