"""The measures of projects, the runs that are spared, and the audit of both, in their tables.

`SqlMeasures` borrows the transactions of `catalog`. Which projects have a measure that may act is kept in memory, so that where all are off nothing is asked.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports_measures
from yoloscope.store.catalog import tables
from yoloscope.store.ports_measures import Event, Setting

_measure, _spared, _event = tables.measure.c, tables.measure_spared.c, tables.measure_event.c
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]


class _Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of an event has no column of its own."""

    key: str = ""
    rule: str = ""
    epoch: float | None = None
    command: str = ""
    values: dict[str, str | float] = {}


_said_from_text = msgspec.json.Decoder(_Said)


class SqlMeasures:
    """Implements `ports_measures.Measures`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()
        self._known: dict[ids.ProjectName, dict[str, Setting]] | None = None

    def settings(self, project: ids.ProjectName) -> Mapping[str, Setting]:
        """Return what was ever set in a project."""
        found = self._all().get(project)
        if found is None:
            with self._reading() as connection:
                _check_project(connection, project)
            return {}
        return found

    def active(self) -> frozenset[ids.ProjectName]:
        """Return the projects in which a measure is tried or on."""
        return frozenset(
            project for project, of in self._all().items() if any(one.mode != "off" for one in of.values())
        )

    def set(self, project: ids.ProjectName, measure: str, setting: Setting) -> None:
        """Keep a setting and note who changed it."""
        at_ns = setting.changed_ns or 0
        values = {"mode": setting.mode, "most": setting.most, "who": setting.who, "changed_ns": at_ns}
        of_measure = (_measure.project == project, _measure.measure == measure)
        told = {"mode": setting.mode, "most": float(setting.most)}
        event = Event(project=project, run=None, measure=measure, kind="set", who=setting.who, at_ns=at_ns, values=told)
        with self._lock, self._writing() as connection:
            _check_project(connection, project)
            query = sa.select(_measure.mode, _measure.most).where(*of_measure)
            before = connection.execute(query).first()
            if (tuple(before) if before else ("off", ports_measures.MOST_DEFAULT)) == (setting.mode, setting.most):
                return
            if before is None:
                connection.execute(tables.measure.insert().values(project=project, measure=measure, **values))
            else:
                connection.execute(tables.measure.update().where(*of_measure).values(values))
            _write(connection, event)
            self._known = None

    def is_spared(self, run: ids.RunId) -> bool:
        """Tell whether a run is left alone."""
        with self._reading() as connection:
            return connection.execute(sa.select(_spared.run).where(_spared.run == run)).first() is not None

    def spare(self, run: ids.RunId, *, spared: bool, who: str, at_ns: int) -> None:
        """Leave a run alone from now on, or no longer."""
        with self._writing() as connection:
            project = connection.execute(sa.select(tables.run.c.project).where(tables.run.c.id == run)).scalar()
            if project is None:
                raise errors.NotFound(f"there is no run {run!r}")
            was = connection.execute(sa.select(_spared.run).where(_spared.run == run)).first() is not None
            if was == spared:
                return
            if spared:
                connection.execute(tables.measure_spared.insert().values(run=run, who=who, at_ns=at_ns))
            else:
                connection.execute(tables.measure_spared.delete().where(_spared.run == run))
            kind: ports_measures.Kind = "spared" if spared else "unspared"
            _write(connection, Event(project=project, run=run, measure="", kind=kind, who=who, at_ns=at_ns))

    def note(self, event: Event) -> bool:
        """Add a line unless the run has it."""
        same = _event.run == event.run, _event.measure == event.measure, _event.kind == event.kind
        with self._writing() as connection:
            if not connection.execute(sa.select(tables.run.c.id).where(tables.run.c.id == event.run)).first():
                return False
            known = connection.execute(sa.select(_event.event).where(*same)).scalars()
            if any(_said_from_text.decode(one).key == event.key for one in known):
                return False
            _write(connection, event)
        return True

    def of_run(self, run: ids.RunId) -> list[Event]:
        """Return all lines of a run, newest first."""
        query = sa.select(tables.measure_event).where(_event.run == run).order_by(_event.id.desc())
        with self._reading() as connection:
            return [_event_from_row(one) for one in connection.execute(query).mappings()]

    def of_project(self, project: ids.ProjectName) -> list[Event]:
        """Return the newest lines of a project, newest first."""
        joined = tables.measure_event.outerjoin(tables.run, tables.run.c.id == _event.run)
        query = sa.select(tables.measure_event).select_from(joined)
        query = query.where(_event.project == project, tables.run.c.deleted_ns.is_(None))
        with self._reading() as connection:
            _check_project(connection, project)
            newest = query.order_by(_event.id.desc()).limit(ports_measures.EVENTS_SHOWN)
            return [_event_from_row(one) for one in connection.execute(newest).mappings()]

    def counts(self, project: ids.ProjectName) -> dict[str, ports_measures.Counts]:
        """Return in how many runs of a project each measure acted, or would have."""
        kinds = "would", "acted"
        query = (
            sa.select(_event.measure, _event.kind, sa.func.count(_event.run.distinct()))
            .where(_event.project == project, _event.kind.in_(kinds))
            .group_by(_event.measure, _event.kind)
        )
        found: dict[str, dict[str, int]] = {}
        with self._reading() as connection:
            for measure, kind, runs in connection.execute(query):
                found.setdefault(measure, {})[kind] = runs
        return {measure: ports_measures.Counts(**of) for measure, of in found.items()}

    def _all(self) -> Mapping[ids.ProjectName, Mapping[str, Setting]]:
        known = self._known
        if known is not None:
            return known
        with self._lock:
            known = dict[ids.ProjectName, dict[str, Setting]]()
            with self._reading() as connection:
                for one in connection.execute(sa.select(tables.measure)).mappings():
                    setting = Setting(mode=one["mode"], most=one["most"], who=one["who"], changed_ns=one["changed_ns"])
                    known.setdefault(ids.ProjectName(one["project"]), {})[one["measure"]] = setting
            self._known = known
        return known


def _check_project(connection: sa.Connection, project: str) -> None:
    query = sa.select(tables.project.c.name).where(tables.project.c.name == project)
    if connection.execute(query).first() is None:
        raise errors.NotFound(f"there is no project {project[:80]!r}")


def _write(connection: sa.Connection, event: Event) -> None:
    said = _Said(event.key, event.rule, event.epoch, event.command, event.values)
    line = {field: getattr(event, field) for field in ("project", "run", "measure", "kind", "who", "at_ns")}
    connection.execute(tables.measure_event.insert().values({**line, "event": msgspec.json.encode(said).decode()}))


def _event_from_row(found: sa.RowMapping) -> Event:
    said = msgspec.structs.asdict(_said_from_text.decode(found["event"]))
    run = None if found["run"] is None else ids.RunId(found["run"])
    columns = {field: found[field] for field in ("measure", "kind", "who", "at_ns")}
    return Event(project=ids.ProjectName(found["project"]), run=run, **columns, **said)
