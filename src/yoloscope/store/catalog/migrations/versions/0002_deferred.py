"""How many rows a writer still holds back for later."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "run_deferred",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("writer", sa.Text, primary_key=True),
        sa.Column("total", sa.BigInteger, nullable=False),
    )
