"""Items: what runs show beside numbers, and which blobs they are made of."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "item",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("step", sa.BigInteger),
        sa.Column("epoch", sa.Double),
        sa.Column("wall_ns", sa.BigInteger, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("needs", sa.Text, nullable=False),
    )
    op.create_index("item_by_place", "item", ["run", "place"], unique=True)
    op.create_index("item_by_name", "item", ["run", "name", "place"])
    op.create_table(
        "item_part",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
    )
    op.create_index("item_part_by_digest", "item_part", ["digest"])
