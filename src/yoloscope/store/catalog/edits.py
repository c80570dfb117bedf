"""What people say of runs, in a table of its own beside what trainings say: what is sent again undoes none of it.

`SqlEdits` borrows the transactions of `catalog`, which asks the rest what holds of each run. No two runs of a project share a name, be it that of
their trainings or that of people, so that whoever goes on by name finds one run.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import changes, ports, ports_edits
from yoloscope.store.catalog import rows, tables

_ASKED_MAX = 500  # values that every database takes in one question
_run, _edit = tables.run.c, tables.run_edit.c
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What people say of a run; None is what the training said, of a group only unless ``group_said``."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    group_said: bool = False
    group: str | None = None
    note: str = ""
    starred: bool = False
    archived_ns: int | None = None

    def over(self, ref: row.RunRef) -> row.RunRef:
        """Return what a training said of itself with what people say in its place."""
        return msgspec.structs.replace(
            ref,
            name=ref.name if self.name is None else self.name,
            tags=ref.tags if self.tags is None else self.tags,
            group=self.group if self.group_said else ref.group,
        )


NOTHING = Said()
joined = tables.run.outerjoin(tables.run_edit, _edit.run == _run.id)
"""Runs with what people say of them, if they do."""
name = sa.func.coalesce(_edit.name, _run.name)
tags = sa.func.coalesce(_edit.tags, _run.tags)


class SqlEdits:
    """Implements `ports_edits.Edits`, whose method says what it does."""

    def __init__(self, *, writing: _Transaction, noted: changes.Changes) -> None:
        self._writing = writing
        self._noted = noted

    def change(self, runs: Sequence[ids.RunId], change: ports_edits.Change, *, now_ns: int) -> ports_edits.Changed:
        """Change runs, all or none."""
        asked = list(dict.fromkeys(runs))
        changed: set[str] = set()
        there: set[str] = set()
        with self._writing() as connection:
            for some in _shares(asked):
                found = _found(connection, some)
                there.update(values["id"] for values in found)
                changed.update(_changed(connection, found, change, now_ns=now_ns))
        self._noted.note(run for run in asked if run in changed)
        return ports_edits.Changed(
            tuple(run for run in asked if run in changed), tuple(run for run in asked if run not in there)
        )


def of_runs(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, Said]:
    """Return what people say of some runs; one of which they say nothing is left out."""
    found = connection.execute(sa.select(tables.run_edit).where(_edit.run.in_(run_ids))).mappings()
    return {values["run"]: _said(values) for values in found}


def shown(info: ports.RunInfo, said: Said | None) -> ports.RunInfo:
    """Return a run as people see it."""
    if said is None:
        return info
    marks = {"note": said.note, "starred": said.starred, "archived_ns": said.archived_ns}
    return msgspec.structs.replace(info, ref=said.over(info.ref), sent=info.ref, **marks)


def named(project: str, called: str) -> sa.Select[str]:
    """Return the question for the runs of a project that are called so, or were by their trainings."""
    of_project = tables.run.alias()
    by_training = sa.select(of_project.c.id).where(of_project.c.project == project, of_project.c.name == called)
    by_people = sa.select(_edit.run).where(_edit.name == called)
    either = sa.union_all(by_training, by_people)  # two looks into indexes, where `or` would read the project's runs
    return sa.select(_run.id).where(_run.project == project, _run.id.in_(either))


def _found(connection: sa.Connection, some: Sequence[str]) -> Sequence[sa.RowMapping]:
    """Return what trainings and people say of some runs."""
    said = _edit.name.label("edit_name"), _edit.tags.label("edit_tags"), _edit.group_name.label("edit_group_name")
    marks = _edit.group_said, _edit.note, _edit.starred, _edit.archived_ns
    columns = _run.id, _run.project, _run.name, _run.tags, _run.group_name, _edit.run, *said, *marks
    return connection.execute(sa.select(*columns).select_from(joined).where(_run.id.in_(some))).mappings().all()


def _changed(
    connection: sa.Connection, found: Iterable[sa.RowMapping], change: ports_edits.Change, *, now_ns: int
) -> list[str]:
    """Write down what is said of some runs from now on, and return which of them are another way now."""
    written: list[dict[str, object]] = []
    for values in found:
        before = NOTHING if values["run"] is None else _said(values, prefix="edit_")
        after = _after(before, values, change, now_ns=now_ns)
        if after.name != before.name and after.name is not None:
            _check_free(connection, values, after.name)
        if after != before:
            written.append({"run": values["id"], **_columns(after)})
    changed = [str(one["run"]) for one in written]
    if written:
        connection.execute(tables.run_edit.delete().where(_edit.run.in_(changed)))
        connection.execute(tables.run_edit.insert(), written)
    return changed


def _after(before: Said, values: sa.RowMapping, change: ports_edits.Change, *, now_ns: int) -> Said:
    """Return what is said of a run once it is changed."""
    new: dict[str, object] = {"tags": _tags(before, values, change)}
    if change.name is not msgspec.UNSET:
        new["name"] = None if change.name == values["name"] else change.name
    if change.group is not msgspec.UNSET and change.group != (
        before.group if before.group_said else values["group_name"]
    ):
        new |= {"group_said": True, "group": change.group}
    if change.archived is not msgspec.UNSET and change.archived != (before.archived_ns is not None):
        new["archived_ns"] = now_ns if change.archived else None
    for field in ("note", "starred"):
        if getattr(change, field) is not msgspec.UNSET:
            new[field] = getattr(change, field)
    return msgspec.structs.replace(before, **new)


def _tags(before: Said, values: sa.RowMapping, change: ports_edits.Change) -> tuple[str, ...] | None:
    """Return the tags that people give a run, None as long as they are those of its training."""
    held = rows.tags_from_text(values["tags"]) if before.tags is None else before.tags
    wanted = held if change.tags is msgspec.UNSET else change.tags
    kept = [one for one in wanted if one not in change.remove_tags]
    told = tuple(dict.fromkeys([*kept, *change.add_tags]))
    if told == held:
        return before.tags
    if len(told) > row.TAGS_MAX:
        raise errors.InvalidRecord(
            f"run {values['name']!r} would have {len(told)} tags; nothing was changed",
            field="tags" if change.tags is not msgspec.UNSET else "add_tags",
            fix=f"use at most {row.TAGS_MAX}",
        )
    return told


def _check_free(connection: sa.Connection, values: sa.RowMapping, called: str) -> None:
    """Return if no other run of the project is called so.

    Raises:
        NameTaken: if one is.
    """
    other = connection.execute(named(values["project"], called).where(_run.id != values["id"]).limit(1)).scalar()
    if other is not None:
        raise errors.NameTaken(name=called, run=other)


def _said(values: sa.RowMapping, *, prefix: str = "") -> Said:
    told = values[f"{prefix}tags"]
    found = {
        "name": values[f"{prefix}name"],
        "tags": None if told is None else rows.tags_from_text(str(told)),
        "group": values[f"{prefix}group_name"],
        **{field: values[field] for field in ("group_said", "note", "starred", "archived_ns")},
    }
    return msgspec.convert(found, Said)


def _columns(said: Said) -> dict[str, object]:
    return {
        "name": said.name,
        "tags": None if said.tags is None else msgspec.json.encode(said.tags).decode(),
        "group_said": said.group_said,
        "group_name": said.group,
        "note": said.note,
        "starred": said.starred,
        "archived_ns": said.archived_ns,
    }


def _shares(runs: Sequence[ids.RunId]) -> Iterable[Sequence[ids.RunId]]:
    return (runs[at : at + _ASKED_MAX] for at in range(0, len(runs), _ASKED_MAX))
