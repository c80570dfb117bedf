"""What happens around the numbers: attempts with a life of their own, printed lines, machines and the use of their cards."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ATTEMPT = (
    sa.Column("rank", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("provenance", sa.Text, nullable=False, server_default="{}"),
    sa.Column("life", sa.Text, nullable=False, server_default="{}"),
    sa.Column("alive", sa.Boolean),
    sa.Column("stalled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("heard_ns", sa.BigInteger),
    sa.Column("end_state", sa.Text),
    sa.Column("ended_ns", sa.BigInteger),
    sa.Column("end_reason", sa.Text),
    sa.Column("exit_code", sa.BigInteger),
    sa.Column("has_rows", sa.Boolean, nullable=False, server_default=sa.true()),
)

_END_OF_NEWEST = """
UPDATE attempt SET
    end_state = (SELECT CASE WHEN end_said THEN state END FROM run WHERE id = attempt.run),
    alive = (SELECT CASE WHEN state = 'crashed' AND NOT end_said THEN FALSE END FROM run WHERE id = attempt.run),
    heard_ns = (SELECT updated_ns FROM run WHERE id = attempt.run),
    ended_ns = (SELECT ended_ns FROM run WHERE id = attempt.run),
    end_reason = (SELECT end_reason FROM run WHERE id = attempt.run),
    exit_code = (SELECT exit_code FROM run WHERE id = attempt.run),
    provenance = (SELECT provenance FROM run WHERE id = attempt.run)
WHERE NOT EXISTS (
    SELECT 1 FROM attempt AS other WHERE other.run = attempt.run
    AND (other.wall_ns > attempt.wall_ns OR (other.wall_ns = attempt.wall_ns AND other.number > attempt.number))
)
"""


def upgrade() -> None:
    """Add the columns and make the tables; what a run says of itself becomes what its newest attempt says."""
    op.add_column("run", sa.Column("life", sa.Text, nullable=False, server_default="{}"))
    op.add_column("run", sa.Column("console_removed", sa.BigInteger, nullable=False, server_default="0"))
    for column in _ATTEMPT:
        op.add_column("attempt", column)
    op.execute(_END_OF_NEWEST)
    op.create_table(
        "console",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("wall_ns", sa.BigInteger, nullable=False),
        sa.Column("left_out", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("console_by_place", "console", ["run", "place"], unique=True)
    op.create_table(
        "machine",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("heard_ns", sa.BigInteger, nullable=False),
        sa.Column("first_heard_ns", sa.BigInteger, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )
    op.create_table(
        "card_use",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("card", sa.Text, primary_key=True),
        sa.Column("begin_ns", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("samples", sa.BigInteger, nullable=False),
        sa.Column("busy_samples", sa.BigInteger, nullable=False),
        sa.Column("util_samples", sa.BigInteger, nullable=False),
        sa.Column("util_sum", sa.Double, nullable=False),
        sa.Column("memory_max_bytes", sa.BigInteger, nullable=False),
        sa.Column("runs", sa.Text, nullable=False),
    )
    op.create_index("card_use_by_time", "card_use", ["begin_ns"])


def downgrade() -> None:
    """Drop what was added."""
    for table in ("card_use", "machine", "console"):
        op.drop_table(table)
    with op.batch_alter_table("attempt") as attempt:
        for column in _ATTEMPT:
            attempt.drop_column(column.name)
    with op.batch_alter_table("run") as run:
        run.drop_column("console_removed")
        run.drop_column("life")
