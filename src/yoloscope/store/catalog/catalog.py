"""The catalogue: what is known of projects, runs, attempts and sessions, in one relational database.

Made by `store.open`; implements `ports.Catalog`, whose methods say what each does. Every write is one transaction that reads
what is there first, so that repeating it changes nothing. Writers take turns; readers never wait.
"""

import contextlib
import threading
from collections.abc import Generator, Mapping, Sequence

import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids, row, state
from yoloscope.store import ports
from yoloscope.store.catalog import engine as engines
from yoloscope.store.catalog import rows
from yoloscope.store.catalog.tables import attempt, ending, meta, project, run, run_lost, session

OBSERVED_REASON = "ended without finish"


class SqlCatalog:
    """The catalogue behind a SQLAlchemy URL. Its methods may be called from any thread."""

    def __init__(self, url: str) -> None:
        self._engine = engines.opened(url)
        self._turn = threading.Lock()

    def open_run(self, ref: row.RunRef) -> bool:
        """Make project and run unless they exist; True if the run is new."""
        with self._writing() as connection:
            known = connection.execute(sa.select(run.c.project).where(run.c.id == ref.id)).scalar()
            if known is not None:
                _check_project(ref, known=known)
                return False
            if not connection.execute(sa.select(project.c.name).where(project.c.name == ref.project)).first():
                connection.execute(project.insert().values(name=ref.project))
            found = connection.execute(sa.select(run.c.name).where(run.c.project == ref.project)).scalars()
            name = rows.name_made_unique(ref.name, taken=frozenset(found))
            connection.execute(run.insert().values(rows.values_from_ref(ref, name=name, state=state.NEW)))
            return True

    def open_attempt(self, run_id: ids.RunId, writer: ids.WriterId, ref: row.AttemptRef) -> int:
        """Return the number of the writer's attempt; a new one sets the run's state to running."""
        with self._writing() as connection:
            known = connection.execute(
                sa.select(attempt.c.number).where(
                    attempt.c.run == run_id, attempt.c.writer == writer, attempt.c.writer_index == ref.index
                )
            ).scalar()
            if known is not None:
                return known
            _state_of(connection, run_id)
            last = connection.execute(sa.select(sa.func.max(attempt.c.number)).where(attempt.c.run == run_id)).scalar()
            number = (last or 0) + 1
            connection.execute(
                attempt.insert().values(
                    run=run_id,
                    number=number,
                    writer=writer,
                    writer_index=ref.index,
                    wall_ns=ref.wall_ns,
                    mono_ns=ref.mono_ns,
                    start_epoch=ref.start_epoch,
                    start_step=ref.start_step,
                )
            )
            _set(connection, run_id, state=state.after_attempt(), end_said=False, **_NO_END)
            return number

    def apply(self, run_id: ids.RunId, events: Sequence[row.Event]) -> None:
        """Merge `Updated` sections key by key; `Ended` sets state, end time, reason and exit code."""
        with self._writing() as connection:
            for event in events:
                if isinstance(event, row.Updated):
                    _merge(connection, run_id, event)
                else:
                    _end(connection, run_id, event)

    def observe(
        self, run_id: ids.RunId, writer: ids.WriterId, *, now_ns: int, lost: Mapping[str, int], alive: bool | None
    ) -> bool:
        """Note that the writer was heard of; True if the run's state changed."""
        with self._writing() as connection:
            before, end_said = _state_of(connection, run_id)
            _raise_lost(connection, run_id, writer, lost=lost)
            after = state.after_heard(before, alive=alive, end_said=end_said)
            changes: dict[str, object] = {}
            if after != before:
                changes = dict(_NO_END)
                if after in state.ENDED:
                    changes |= {"ended_ns": now_ns, "end_reason": OBSERVED_REASON}
            _set(connection, run_id, state=after, updated_ns=now_ns, **changes)
            return after != before

    def run(self, run_id: ids.RunId) -> ports.RunInfo:
        """Return one run."""
        with self._reading() as connection:
            found = connection.execute(sa.select(run).where(run.c.id == run_id)).all()
            if not found:
                raise _unknown(run_id)
            return _infos(connection, found)[0]

    def runs(self, of: ids.ProjectName | None, *, limit: int, cursor: str | None) -> ports.RunList:
        """Return a page of runs, newest first."""
        query = sa.select(run).order_by(run.c.created_ns.desc(), run.c.id.desc()).limit(limit + 1)
        if of is not None:
            query = query.where(run.c.project == of)
        if cursor is not None:
            created_ns, run_id = rows.run_from_cursor(cursor)
            query = query.where(sa.tuple_(run.c.created_ns, run.c.id) < sa.tuple_(created_ns, run_id))
        with self._reading() as connection:
            found = connection.execute(query).all()
            infos = _infos(connection, found[:limit])
        more = len(found) > limit and infos
        return ports.RunList(
            tuple(infos), rows.cursor_from_run(infos[-1].created_ns, infos[-1].ref.id) if more else None
        )

    def projects(self) -> list[ports.ProjectCount]:
        """Return all projects by name."""
        running = sa.func.coalesce(sa.func.sum(sa.case((run.c.state == "running", 1), else_=0)), 0)
        query = (
            sa.select(project.c.name, sa.func.count(run.c.id), running, sa.func.max(run.c.updated_ns))
            .select_from(project.outerjoin(run))
            .group_by(project.c.name)
            .order_by(project.c.name)
        )
        with self._reading() as connection:
            found = connection.execute(query).all()
        return [ports.ProjectCount(ids.ProjectName(name), count, live, at) for name, count, live, at in found]

    def find_runs(self, of: ids.ProjectName, *, name: str) -> list[ids.RunId]:
        """Return the ids of the runs of that name, newest first."""
        query = (
            sa.select(run.c.id)
            .where(run.c.project == of, run.c.name == name)
            .order_by(run.c.created_ns.desc(), run.c.id.desc())
        )
        with self._reading() as connection:
            return [ids.RunId(found) for found in connection.execute(query).scalars()]

    def instance(self) -> tuple[str, int]:
        """Return this server's random instance id and its epoch, which counts restores of a backup."""
        query = sa.select(meta.c.key, meta.c.value).where(meta.c.key.in_(("instance", "instance_epoch")))
        with self._reading() as connection:
            found = {key: value for key, value in connection.execute(query)}
        return found["instance"], int(found["instance_epoch"])

    def add_session(self, token_hash: str, *, expires_ns: int) -> None:
        """Remember a browser session by the hash of its token."""
        with self._writing() as connection:
            connection.execute(session.delete().where(session.c.token_hash == token_hash))
            connection.execute(session.insert().values(token_hash=token_hash, expires_ns=expires_ns))

    def session_valid(self, token_hash: str, *, now_ns: int) -> bool:
        """Tell whether a session exists and has not expired."""
        query = sa.select(session.c.expires_ns).where(session.c.token_hash == token_hash)
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
        except sa.exc.SQLAlchemyError as error:
            raise engines.store_error(error) from error

    @contextlib.contextmanager
    def _writing(self) -> Generator[sa.Connection]:
        try:
            with self._turn, self._engine.connect().execution_options(**{engines.WRITING: True}) as connection:
                with connection.begin():
                    yield connection
        except sa.exc.SQLAlchemyError as error:
            raise engines.store_error(error) from error


_NO_END: dict[str, object] = {"ended_ns": None, "end_reason": None, "exit_code": None}


def _check_project(ref: row.RunRef, *, known: str) -> None:
    if known != ref.project:
        raise errors.InvalidRecord(
            f"run {ref.id!r} belongs to project {known!r}, not {ref.project!r}; nothing was stored",
            field="run.id",
            fix="give the run a new id, or send it to its own project",
        )


def _unknown(run_id: ids.RunId) -> errors.NotFound:
    return errors.NotFound(f"there is no run {run_id[:80]!r}")


def _state_of(connection: sa.Connection, run_id: ids.RunId) -> tuple[state.State, bool]:
    found = connection.execute(sa.select(run.c.state, run.c.end_said).where(run.c.id == run_id)).first()
    if found is None:
        raise _unknown(run_id)
    return found[0], found[1]


def _set(connection: sa.Connection, run_id: ids.RunId, **columns: object) -> None:
    connection.execute(run.update().where(run.c.id == run_id).values(**columns))


def _merge(connection: sa.Connection, run_id: ids.RunId, event: row.Updated) -> None:
    column = run.c[event.section]
    text = connection.execute(sa.select(column).where(run.c.id == run_id)).scalar()
    if text is None:
        raise _unknown(run_id)
    merged = rows.section_from_text(text) | event.values
    _set(connection, run_id, **{event.section: rows.text_from_json(merged)})


def _end(connection: sa.Connection, run_id: ids.RunId, event: row.Ended) -> None:
    """Set how the run ended, once for each report: one sent again must not end a run that was resumed since."""
    _state_of(connection, run_id)
    seen = sa.select(ending.c.run).where(
        ending.c.run == run_id, ending.c.wall_ns == event.wall_ns, ending.c.state == event.state
    )
    if connection.execute(seen).first():
        return
    connection.execute(ending.insert().values(run=run_id, wall_ns=event.wall_ns, state=event.state))
    _set(
        connection,
        run_id,
        state=state.after_end(event),
        end_said=True,
        ended_ns=event.wall_ns,
        end_reason=event.reason,
        exit_code=event.exit_code,
    )


def _raise_lost(connection: sa.Connection, run_id: ids.RunId, writer: ids.WriterId, *, lost: Mapping[str, int]) -> None:
    """Bring the writer's totals up; a batch that comes late does not bring them down."""
    for reason, total in lost.items():
        mine = (run_lost.c.run == run_id, run_lost.c.writer == writer, run_lost.c.reason == reason)
        known = connection.execute(sa.select(run_lost.c.total).where(*mine)).scalar()
        if known is None:
            connection.execute(run_lost.insert().values(run=run_id, writer=writer, reason=reason, total=total))
        elif known < total:
            connection.execute(run_lost.update().where(*mine).values(total=total))


def _infos(connection: sa.Connection, found: Sequence[sa.Row[tuple[object, ...]]]) -> list[ports.RunInfo]:
    run_ids = [row_.id for row_ in found]
    attempts: dict[str, list[ports.AttemptInfo]] = {}
    mine = sa.select(attempt).where(attempt.c.run.in_(run_ids)).order_by(attempt.c.number)
    for row_ in connection.execute(mine):
        attempts.setdefault(row_.run, []).append(rows.attempt_from_row(row_))
    lost: dict[str, dict[str, int]] = {}
    totals = (
        sa.select(run_lost.c.run, run_lost.c.reason, sa.func.sum(run_lost.c.total))
        .where(run_lost.c.run.in_(run_ids))
        .group_by(run_lost.c.run, run_lost.c.reason)
    )
    for run_id, reason, total in connection.execute(totals):
        lost.setdefault(run_id, {})[reason] = total
    return [rows.run_from_row(row_, attempts=attempts.get(row_.id, ()), lost=lost.get(row_.id, {})) for row_ in found]
