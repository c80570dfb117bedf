"""The first schema: projects, runs, attempts, endings, lost rows, sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table("project", sa.Column("name", sa.Text, primary_key=True))
    _create_run()
    _create_attempt()
    op.create_table(
        "ending",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("wall_ns", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text, primary_key=True),
    )
    op.create_table(
        "run_lost",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("writer", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("total", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("expires_ns", sa.BigInteger, nullable=False),
    )


def _create_run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, sa.ForeignKey("project.name"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_ns", sa.BigInteger, nullable=False),
        sa.Column("updated_ns", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ended_ns", sa.BigInteger),
        sa.Column("end_reason", sa.Text),
        sa.Column("exit_code", sa.BigInteger),
        sa.Column("end_said", sa.Boolean, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text),
        sa.Column("host", sa.Text),
        sa.Column("framework", sa.Text),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("provenance", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.UniqueConstraint("project", "name", name="run_name_unique"),
    )
    op.create_index("run_by_time", "run", ["created_ns", "id"])
    op.create_index("run_by_project_time", "run", ["project", "created_ns", "id"])


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("writer_index", sa.BigInteger, nullable=False),
        sa.Column("wall_ns", sa.BigInteger, nullable=False),
        sa.Column("mono_ns", sa.BigInteger, nullable=False),
        sa.Column("start_epoch", sa.Double),
        sa.Column("start_step", sa.BigInteger),
        sa.UniqueConstraint("run", "writer", "writer_index", name="attempt_of_writer_unique"),
    )
