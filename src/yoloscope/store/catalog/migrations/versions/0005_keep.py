"""How long what is kept: a trash for runs, and for each project what becomes of old ones."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the table."""
    op.add_column("run", sa.Column("deleted_ns", sa.BigInteger))
    op.add_column("run", sa.Column("restored", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "retention",
        sa.Column("project", sa.Text, primary_key=True),
        sa.Column("fields", sa.Text, nullable=False),
    )
