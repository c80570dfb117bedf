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
)


def upgrade() -> None:
    """Add the columns and make the tables; what a run says of its one attempt becomes that attempt's."""
    op.add_column("run", sa.Column("life", sa.Text, nullable=False, server_default="{}"))
    for column in _ATTEMPT:
        op.add_column("attempt", column)
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
        sa.Column("util_sum", sa.Double, nullable=False),
        sa.Column("memory_max_bytes", sa.BigInteger, nullable=False),
        sa.Column("runs", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop what was added."""
    for table in ("card_use", "machine", "console"):
        op.drop_table(table)
    with op.batch_alter_table("attempt") as attempt:
        for column in _ATTEMPT:
            attempt.drop_column(column.name)
    with op.batch_alter_table("run") as run:
        run.drop_column("life")
