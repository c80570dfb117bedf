"""The catalogue's tables. The migrations make them; a test compares both.

Times are Unix nanoseconds as 64-bit integers; sections, tags and the like are JSON text.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
project = sa.Table("project", metadata, sa.Column("name", sa.Text, primary_key=True))
run = sa.Table(
    "run",
    metadata,
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
    sa.Column("life", sa.Text, nullable=False, server_default="{}"),
    sa.Column("console_removed", sa.BigInteger, nullable=False, server_default="0"),  # old lines, for want of room
    sa.Column("deleted_ns", sa.BigInteger),  # in the trash since
    sa.Column("restored", sa.Boolean, nullable=False, server_default=sa.false()),  # somebody brought it back from there
    sa.UniqueConstraint("project", "name", name="run_name_unique"),
    sa.Index("run_by_time", "created_ns", "id"),
    sa.Index("run_by_project_time", "project", "created_ns", "id"),
)
run_edit = sa.Table(
    "run_edit",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("name", sa.Text),  # null, as tags: what the training said holds
    sa.Column("tags", sa.Text),
    sa.Column("group_said", sa.Boolean, nullable=False),  # whether the group is what people said, which may be none
    sa.Column("group_name", sa.Text),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("starred", sa.Boolean, nullable=False),
    sa.Column("archived_ns", sa.BigInteger),
    sa.Index("run_edit_by_name", "name"),
)
attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("writer", sa.Text, nullable=False),
    sa.Column("writer_index", sa.BigInteger, nullable=False),
    sa.Column("wall_ns", sa.BigInteger, nullable=False),
    sa.Column("mono_ns", sa.BigInteger, nullable=False),
    sa.Column("start_epoch", sa.Double),
    sa.Column("start_step", sa.BigInteger),
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
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("run", "writer", "writer_index", name="attempt_of_writer_unique"),
)
ending = sa.Table(
    "ending",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("wall_ns", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, primary_key=True),
)
run_lost = sa.Table(
    "run_lost",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("writer", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("total", sa.BigInteger, nullable=False),
)
run_deferred = sa.Table(
    "run_deferred",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("writer", sa.Text, primary_key=True),
    sa.Column("total", sa.BigInteger, nullable=False),
)
policy = sa.Table(
    "policy",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),  # also of a project that has no run yet
    sa.Column("fields", sa.Text, nullable=False),
)
retention = sa.Table(
    "retention",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),  # also of a project that has no run yet
    sa.Column("fields", sa.Text, nullable=False),
)
console = sa.Table(
    "console",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False),  # its number within writer and stream
    sa.Column(
        "place", sa.BigInteger, nullable=False
    ),  # grows with each line that is stored or stored again: where readers go on
    sa.Column("wall_ns", sa.BigInteger, nullable=False),
    sa.Column("left_out", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("console_by_place", "run", "place", unique=True),
)
item = sa.Table(
    "item",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),  # within the attempt's writer
    sa.Column("place", sa.BigInteger, nullable=False),  # grows with each item of the run
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("step", sa.BigInteger),
    sa.Column("epoch", sa.Double),
    sa.Column("wall_ns", sa.BigInteger, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("needs", sa.Text, nullable=False),
    sa.Index("item_by_place", "run", "place", unique=True),
    sa.Index("item_by_name", "run", "name", "place"),
)
item_part = sa.Table(
    "item_part",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Index("item_part_by_digest", "digest"),
)
machine = sa.Table(
    "machine",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("heard_ns", sa.BigInteger, nullable=False),
    sa.Column("first_heard_ns", sa.BigInteger, nullable=False),
    sa.Column("report", sa.Text, nullable=False),
)
card_use = sa.Table(
    "card_use",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("card", sa.Text, primary_key=True),
    sa.Column("begin_ns", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("samples", sa.BigInteger, nullable=False),
    sa.Column("busy_samples", sa.BigInteger, nullable=False),
    sa.Column("util_samples", sa.BigInteger, nullable=False),
    sa.Column("util_sum", sa.Double, nullable=False),
    sa.Column("memory_max_bytes", sa.BigInteger, nullable=False),
    sa.Column("runs", sa.Text, nullable=False),
    sa.Index("card_use_by_time", "begin_ns"),
)
view = sa.Table(
    "view",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("project", sa.Text),  # null: of all projects
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("updated_ns", sa.BigInteger, nullable=False),
)
finding = sa.Table(
    "finding",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("first_ns", sa.BigInteger, nullable=False),
    sa.Column("dismissed_ns", sa.BigInteger),  # null: nobody said that it does not matter
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("finding", sa.Text, nullable=False),
    sa.Index("finding_dismissed", "dismissed_ns"),
    sa.Index("finding_by_time", "first_ns", "run", "rule"),
)
finding_event = sa.Table(
    "finding_event",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("epoch", sa.Double),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("finding_event_of_run", "run", "id"),
)
diagnosis = sa.Table(
    "diagnosis",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("not_evaluated", sa.Text, nullable=False),
    sa.Column("thresholds", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("updated_ns", sa.BigInteger, nullable=False),
)
command = sa.Table(
    "command",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("order", sa.BigInteger, nullable=False),  # grows with each command of the run
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("args", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("writer", sa.Text),  # the one that may settle it; null: refused before it went anywhere
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    sa.Column("deadline_ns", sa.BigInteger, nullable=False),
    sa.Column("accepted_ns", sa.BigInteger),
    sa.Column("settled_ns", sa.BigInteger),
    sa.Column("attempt", sa.BigInteger),  # in which the training settled it, where and when by its clock
    sa.Column("step", sa.BigInteger),
    sa.Column("epoch", sa.Double),
    sa.Column("wall_ns", sa.BigInteger),
    sa.Column("result", sa.Text),
    sa.Column("cause", sa.Text, nullable=False, server_default=""),  # the rule whose finding it answers
    sa.Index("command_by_order", "run", "order", unique=True),
    sa.Index("command_by_state", "state", "run"),
)
command_event = sa.Table(
    "command_event",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), nullable=False),
    sa.Column("command", sa.Text, nullable=False),  # as it was said: there may be none of this id
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("command_event_of_run", "run", "id"),
    sa.Index("command_event_by_kind", "run", "kind"),
)
effect = sa.Table(
    "effect",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("command", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),  # what was done, without its run: "set lr_factor=0.333"
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("effect", sa.Text, nullable=False),
    sa.Index("effect_of_project", "project", "rule", "act"),
)
measure = sa.Table(
    "measure",
    metadata,
    sa.Column("project", sa.Text, sa.ForeignKey("project.name"), primary_key=True),
    sa.Column("measure", sa.Text, primary_key=True),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("most", sa.BigInteger, nullable=False),  # acts a run
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("changed_ns", sa.BigInteger, nullable=False),
)
measure_spared = sa.Table(
    "measure_spared",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
)
measure_event = sa.Table(
    "measure_event",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("run", sa.Text, sa.ForeignKey("run.id")),  # null: the settings of the project changed
    sa.Column("measure", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Index("measure_event_of_run", "run", "measure", "id"),
    sa.Index("measure_event_of_project", "project", "id"),
)
waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("run", sa.Text, sa.ForeignKey("run.id"), primary_key=True),
    sa.Column("id", sa.Text, nullable=False),  # of this wish: an agent starts each once
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("card", sa.Text, nullable=False),  # its uuid; empty: any, or none at all
    sa.Column("at_once", sa.Boolean, nullable=False),  # not waited until the card is free
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_ns", sa.BigInteger, nullable=False),
    sa.Column("changed_ns", sa.BigInteger, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("waiting_at_host", "host", "state", "asked_ns"),
)
session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("expires_ns", sa.BigInteger, nullable=False),
)
