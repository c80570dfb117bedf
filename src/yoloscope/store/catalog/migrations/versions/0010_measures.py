"""Why trainings were asked for things and what came of it, what the server may do by itself, and which trainings wait for a card."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _effects()
    _measures()
    _waiting()


def _effects() -> None:
    op.add_column("command", sa.Column("cause", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "effect",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("command", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
    )
    op.create_index("effect_of_project", "effect", ["project", "rule", "act"])


def _measures() -> None:
    op.create_table(
        "measure",
        sa.Column("project", sa.Text, sa.ForeignKey("project.name"), primary_key=True),
        sa.Column("measure", sa.Text, primary_key=True),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("most", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "measure_spared",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "measure_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("run", sa.Text, sa.ForeignKey("run.id")),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
    )
    op.create_index("measure_event_of_run", "measure_event", ["run", "measure", "id"])
    op.create_index("measure_event_of_project", "measure_event", ["project", "id"])


def _waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("at_once", sa.Boolean, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_ns", sa.BigInteger, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("waiting_at_host", "waiting", ["host", "state", "asked_ns"])
