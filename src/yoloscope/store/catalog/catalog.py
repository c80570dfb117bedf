"""The catalogue: what is known of projects, runs, attempts and sessions, in one relational database.

Made by `store.open`; implements `ports.Catalog`, whose methods say what each does. Every write is one transaction that reads
what is there first, so that repeating it changes nothing. Writers take turns; readers never wait.
"""

import contextlib
import threading
from collections.abc import Generator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import exc

from yoloscope import errors
from yoloscope.records import ids, row, state
from yoloscope.records import policy as policies
from yoloscope.store import changes, ports
from yoloscope.store.catalog import (
    attempts,
    commands,
    console,
    edits,
    effects,
    findings,
    items,
    keeping,
    ledger,
    machines,
    measures,
    rows,
    tables,
    views,
    waiting,
)
from yoloscope.store.catalog import engine as engines

_ASKED_MAX = 500  # values that every database takes in one question
_HEARD_NS = 1_000_000_000  # each note is a commit: a hundred batches a second must not cost a hundred


class SqlCatalog:
    """The catalogue behind a SQLAlchemy URL. Its methods may be called from any thread."""

    def __init__(self, url: str | sa.URL) -> None:
        self._engine = engines.opened(url)
        self._turn = threading.Lock()
        self.changes = changes.Changes()
        self.console = console.SqlConsole(reading=self._reading, writing=self._writing)
        self.items = items.SqlItems(reading=self._reading, writing=self._writing, noted=self.changes)
        self.keeping = keeping.SqlKeeping(reading=self._reading, writing=self._writing)
        self.machines = machines.SqlMachines(reading=self._reading, writing=self._writing)
        self.edits = edits.SqlEdits(writing=self._writing, noted=self.changes)
        self.findings = findings.SqlFindings(reading=self._reading, writing=self._writing, noted=self.changes)
        self.commands = commands.SqlCommands(reading=self._reading, writing=self._writing, noted=self.changes)
        self.effects = effects.SqlEffects(reading=self._reading, writing=self._writing)
        self.measures = measures.SqlMeasures(reading=self._reading, writing=self._writing)
        self.waiting = waiting.SqlWaiting(reading=self._reading, writing=self._writing, noted=self.changes)
        self.views = views.SqlViews(reading=self._reading, writing=self._writing)

    def open_run(self, ref: row.RunRef) -> bool:
        """Make project and run unless they exist; True if the run is new."""
        with self._writing() as connection:
            known = connection.execute(sa.select(tables.run.c.project).where(tables.run.c.id == ref.id)).scalar()
            if known is not None:
                _check_project(ref, known=known)
                return False
            if not connection.execute(
                sa.select(tables.project.c.name).where(tables.project.c.name == ref.project)
            ).first():
                connection.execute(tables.project.insert().values(name=ref.project))
            name = rows.name_made_unique(ref.name, is_taken=lambda one: _is_taken(connection, ref.project, one))
            connection.execute(tables.run.insert().values(rows.values_from_ref(ref, name=name, state=state.NEW)))
        self.changes.note([ref.id])
        return True

    def open_attempt(
        self, run: ids.RunId, writer: ids.WriterId, attempt: row.AttemptRef, *, rank: int = 0, has_rows: bool = True
    ) -> int:
        """Return the number of the writer's attempt; if a new one is the run's newest, the run is running."""
        with self._writing() as connection:
            number = attempts.opened(connection, run, writer, attempt, rank=rank, has_rows=has_rows)
        self.changes.note([run])
        return number

    def apply(self, run: ids.RunId, events: Sequence[row.Event], *, attempt: int | None = None) -> None:
        """Merge `Updated` sections key by key; `Ended` sets how the attempt ended, and with the newest the run."""
        with self._writing() as connection:
            of = (run, attempts.newest_of(connection, run) if attempt is None else attempt)
            for event in events:
                if isinstance(event, row.Ended):
                    attempts.end(connection, of, event)
                elif isinstance(event, row.Updated) and event.section in _OF_ATTEMPT:
                    attempts.merge(connection, of, event)
                elif isinstance(event, row.Updated):
                    _merge(connection, run, event)
            attempts.settle(connection, run)
        self.changes.note([run])

    def observe(  # noqa: PLR0913 - what a writer says of itself
        self,
        run: ids.RunId,
        writer: ids.WriterId,
        *,
        now_ns: int,
        lost: Mapping[str, int],
        alive: bool | None,
        deferred: int = 0,
        stalled: bool = False,
    ) -> bool:
        """Note that the writer was heard of; True if the run's state changed.

        Cost: nothing is written if all is as it was and the writer was heard of within the last second.
        """
        heard = attempts.Heard(now_ns, alive, stalled)
        with self._reading() as connection:
            known = ledger.deferred(connection, [run], writer=writer).get(run, 0)
            if known == deferred and _nothing_new(connection, run, writer, heard=heard, lost=lost):
                return False
        with self._writing() as connection:
            before = _standing(connection, run)[0]
            ledger.raise_lost(connection, run, writer, lost=lost)
            if known != deferred:
                ledger.set_deferred(connection, run, writer, total=deferred)
            attempt = attempts.of_writer(connection, run, writer)
            if attempt is not None:
                attempts.note_heard(connection, run, attempt, heard)
                attempts.settle(connection, run)
            connection.execute(tables.run.update().where(tables.run.c.id == run).values(updated_ns=now_ns))
            changed = _standing(connection, run)[0] != before
        self.changes.note([run])
        return changed

    def run(self, run: ids.RunId) -> ports.RunInfo:
        """Return one run."""
        with self._reading() as connection:
            found = connection.execute(sa.select(tables.run).where(tables.run.c.id == run)).mappings().all()
            if not found:
                raise _unknown(run)
            return _infos(connection, found)[0]

    def some_runs(self, runs: Sequence[ids.RunId]) -> list[ports.RunInfo]:
        """Return those of some runs that exist, in no order."""
        with self._reading() as connection:
            infos: list[ports.RunInfo] = []
            for at in range(0, len(runs), _ASKED_MAX):
                query = sa.select(tables.run).where(tables.run.c.id.in_(runs[at : at + _ASKED_MAX]))
                infos += _infos(connection, connection.execute(query).mappings().all())
            return infos

    def runs(self, project: ids.ProjectName | None, *, limit: int, cursor: str | None) -> ports.RunList:
        """Return a page of runs, newest first, without those in the trash."""
        query = (
            sa.select(tables.run)
            .where(tables.run.c.deleted_ns.is_(None))
            .order_by(tables.run.c.created_ns.desc(), tables.run.c.id.desc())
            .limit(limit + 1)
        )
        if project is not None:
            query = query.where(tables.run.c.project == project)
        if cursor is not None:
            created_ns, behind = rows.run_from_cursor(cursor)
            query = query.where(sa.tuple_(tables.run.c.created_ns, tables.run.c.id) < sa.tuple_(created_ns, behind))
        with self._reading() as connection:
            found = connection.execute(query).mappings().all()
            infos = _infos(connection, found[:limit])
        more = len(found) > limit and infos
        return ports.RunList(
            tuple(infos), rows.cursor_from_run(infos[-1].created_ns, infos[-1].ref.id) if more else None
        )

    def run_ids(self) -> list[ids.RunId]:
        """Return the ids of all runs, those in the trash included, in no order."""
        with self._reading() as connection:
            return [ids.RunId(run) for run in connection.execute(sa.select(tables.run.c.id)).scalars()]

    def all_runs(self, project: ids.ProjectName | None) -> list[ports.RunInfo]:
        """Return every run, those in the trash included, in no order."""
        query = sa.select(tables.run)
        if project is not None:
            query = query.where(tables.run.c.project == project)
        with self._reading() as connection:
            found = connection.execute(query).mappings().all()
            infos: list[ports.RunInfo] = []
            for at in range(0, len(found), _ASKED_MAX):
                infos += _infos(connection, found[at : at + _ASKED_MAX])
            return infos

    def set_deleted(self, runs: Sequence[ids.RunId], *, deleted_ns: int | None) -> None:
        """Move runs to the trash, or back out of it with ``None``."""
        there: list[ids.RunId] = []
        with self._writing() as connection:
            for at in range(0, len(runs), _ASKED_MAX):
                some = runs[at : at + _ASKED_MAX]
                keeping.set_deleted(connection, some, deleted_ns=deleted_ns)
                known = sa.select(tables.run.c.id).where(tables.run.c.id.in_(some))
                there += map(ids.RunId, connection.execute(known).scalars())
        self.changes.note(there)  # what clients call a run need not be one, and is not remembered

    def remove_run(self, run: ids.RunId) -> None:
        """Forget a run and all that belongs to it."""
        with self._writing() as connection:
            keeping.remove(connection, run)
        self.commands.forget(run)
        self.changes.note([run])

    def retention(self, project: ids.ProjectName) -> ports.Retention:
        """Return how long a project keeps what, by default everything for ever."""
        with self._reading() as connection:
            return keeping.retention(connection, project)

    def set_retention(self, project: ids.ProjectName, retention: ports.Retention) -> None:
        """Say how long a project keeps what."""
        with self._writing() as connection:
            keeping.set_retention(connection, project, retention)

    def resumed_runs(self) -> list[ports.RunInfo]:
        """Return the runs of which an attempt supersedes something."""
        starts = sa.or_(tables.attempt.c.start_epoch.is_not(None), tables.attempt.c.start_step.is_not(None))
        superseding = sa.select(tables.attempt.c.run).distinct().where(tables.attempt.c.rank == 0, starts)
        with self._reading() as connection:
            found = connection.execute(superseding).scalars().all()
        return self.some_runs([ids.RunId(run) for run in found])

    def projects(self) -> list[ports.ProjectCount]:
        """Return all projects by name; runs in the trash and archived ones are not counted."""
        is_running = sa.and_(tables.run.c.state == "running", tables.run_edit.c.run.is_(None))
        running = sa.func.coalesce(sa.func.sum(sa.case((is_running, 1), else_=0)), 0)
        shown = sa.func.count(tables.run.c.id) - sa.func.count(tables.run_edit.c.run)
        there = sa.and_(tables.run.c.project == tables.project.c.name, tables.run.c.deleted_ns.is_(None))
        archived = sa.and_(tables.run_edit.c.run == tables.run.c.id, tables.run_edit.c.archived_ns.is_not(None))
        query = (
            sa.select(tables.project.c.name, shown, running, sa.func.max(tables.run.c.updated_ns))
            .select_from(tables.project.outerjoin(tables.run, there).outerjoin(tables.run_edit, archived))
            .group_by(tables.project.c.name)
            .order_by(tables.project.c.name)
        )
        with self._reading() as connection:
            found = connection.execute(query).all()
        return [ports.ProjectCount(ids.ProjectName(name), count, live, at) for name, count, live, at in found]

    def find_runs(self, project: ids.ProjectName, *, name: str) -> list[ids.RunId]:
        """Return the ids of the runs that are called so, or were by their training, newest first."""
        newest_first = tables.run.c.created_ns.desc(), tables.run.c.id.desc()
        query = edits.named(project, name).order_by(*newest_first)
        with self._reading() as connection:
            return [ids.RunId(found) for found in connection.execute(query).scalars()]

    def instance(self) -> tuple[str, int]:
        """Return this server's random instance id and its epoch, which is greater after each restore of a backup."""
        query = sa.select(tables.meta.c.key, tables.meta.c.value).where(
            tables.meta.c.key.in_(("instance", "instance_epoch"))
        )
        with self._reading() as connection:
            found: dict[str, str] = {row_.key: row_.value for row_ in connection.execute(query)}
        return found["instance"], int(found["instance_epoch"])

    def policy(self, project: ids.ProjectName) -> policies.Policy | None:
        """Return the policy of a project, None if it has none."""
        query = sa.select(tables.policy.c.fields).where(tables.policy.c.project == project)
        with self._reading() as connection:
            text = connection.execute(query).scalar()
        return None if text is None else rows.policy_from_text(text)

    def set_policy(self, project: ids.ProjectName, policy: policies.Policy) -> None:
        """Give a project a policy, in place of one that it has."""
        with self._writing() as connection:
            connection.execute(tables.policy.delete().where(tables.policy.c.project == project))
            connection.execute(tables.policy.insert().values(project=project, fields=rows.text_from_policy(policy)))

    def add_session(self, token_hash: str, *, expires_ns: int) -> None:
        """Remember a browser session by the hash of its token."""
        with self._writing() as connection:
            connection.execute(tables.session.delete().where(tables.session.c.token_hash == token_hash))
            connection.execute(tables.session.insert().values(token_hash=token_hash, expires_ns=expires_ns))

    def session_valid(self, token_hash: str, *, now_ns: int) -> bool:
        """Tell whether a session exists and has not expired."""
        query = sa.select(tables.session.c.expires_ns).where(tables.session.c.token_hash == token_hash)
        with self._reading() as connection:
            expires_ns = connection.execute(query).scalar()
        return expires_ns is not None and now_ns < expires_ns

    def close(self) -> None:
        """Release connections; calling it twice is harmless."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _reading(self) -> Generator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except exc.SQLAlchemyError as error:
            raise engines.store_error(error) from error

    @contextlib.contextmanager
    def _writing(self) -> Generator[sa.Connection]:
        try:
            with (
                self._turn,
                self._engine.connect().execution_options(**{engines.WRITING: True}) as connection,
                connection.begin(),
            ):
                yield connection
        except OverflowError as error:
            raise errors.InvalidRecord(
                "a number is out of range; nothing was stored", field="entries", fix="use 64-bit integers"
            ) from error
        except exc.SQLAlchemyError as error:
            raise engines.store_error(error) from error


_OF_ATTEMPT = frozenset(("provenance", "life"))
"""The sections that each attempt has of its own; the others are the run's."""


def _is_taken(connection: sa.Connection, project: ids.ProjectName, name: str) -> bool:
    return connection.execute(edits.named(project, name).limit(1)).first() is not None


def _check_project(ref: row.RunRef, *, known: str) -> None:
    if known != ref.project:
        raise errors.InvalidRecord(
            f"run {ref.id!r} belongs to project {known!r}, not {ref.project!r}; nothing was stored",
            field="run.id",
            fix="give the run a new id, or send it to its own project",
        )


def _unknown(run: ids.RunId) -> errors.NotFound:
    return errors.NotFound(f"there is no run {run[:80]!r}")


def _standing(connection: sa.Connection, run: ids.RunId) -> tuple[state.State, int]:
    """Return the run's state and when it was last heard of."""
    query = sa.select(tables.run.c.state, tables.run.c.updated_ns).where(tables.run.c.id == run)
    found = connection.execute(query).first()
    if found is None:
        raise _unknown(run)
    return found.state, found.updated_ns


def _nothing_new(
    connection: sa.Connection,
    run: ids.RunId,
    writer: ids.WriterId,
    *,
    heard: attempts.Heard,
    lost: Mapping[str, int],
) -> bool:
    """Tell whether noting what was heard would change nothing but a fraction of a second."""
    heard_ns: int | None = _standing(connection, run)[1]
    attempt = attempts.of_writer(connection, run, writer)
    if attempt is not None:
        heard_ns = attempt.heard_ns
        if attempts.hears_news(attempt, heard):
            return False
    if heard_ns is None or not heard_ns <= heard.now_ns < heard_ns + _HEARD_NS:
        return False
    mine = tables.run_lost.c.run == run, tables.run_lost.c.writer == writer
    totals = connection.execute(sa.select(tables.run_lost.c.reason, tables.run_lost.c.total).where(*mine))
    known: dict[str, int] = {found.reason: found.total for found in totals}
    return all(known.get(reason, -1) >= total for reason, total in lost.items())


def _merge(connection: sa.Connection, run: ids.RunId, event: row.Updated) -> None:
    column = tables.run.c[event.section]
    text = connection.execute(sa.select(column).where(tables.run.c.id == run)).scalar()
    if text is None:
        raise _unknown(run)
    merged = rows.section_from_text(text) | event.values
    values = {event.section: rows.text_from_section(merged, section=event.section)}
    connection.execute(tables.run.update().where(tables.run.c.id == run).values(**values))


def _infos(connection: sa.Connection, found: Sequence[sa.RowMapping]) -> list[ports.RunInfo]:
    run_ids = [values["id"] for values in found]
    of_runs = attempts.of_runs(connection, run_ids)
    lost, deferred = ledger.lost(connection, run_ids), ledger.deferred(connection, run_ids)
    said, health = edits.of_runs(connection, run_ids), findings.of_runs(connection, run_ids)
    infos = [
        rows.run_from_row(
            values,
            attempts=of_runs.get(values["id"], ()),
            lost=lost.get(values["id"], {}),
            deferred=deferred.get(values["id"], 0),
            health=health.get(values["id"], ports.Health()),
        )
        for values in found
    ]
    return [edits.shown(info, said.get(info.ref.id)) for info in infos]
