"""Attempts of runs in the catalogue: opened, told of, heard of, ended; and what a run shows of them.

Called by `catalog` inside its transactions. Every word belongs to one attempt. The run's own state and end are those of its newest
attempt of rank 0: `settle` copies them after each change, so that a list of runs reads no attempts, and so that nothing that an older
attempt still says can change a run that goes on.
"""

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids, row, state
from yoloscope.store import ports
from yoloscope.store.catalog import rows, tables, waiting
from yoloscope.wire import recording

OBSERVED_REASON = "ended without finish"

Columns = Mapping[str, object]
_Key = tuple[ids.RunId, int]


class Heard(msgspec.Struct, frozen=True):
    """What a writer's sidecar said of its trainer, and when."""

    now_ns: int
    alive: bool | None
    stalled: bool


def opened(
    connection: sa.Connection,
    run: ids.RunId,
    writer: ids.WriterId,
    attempt: row.AttemptRef,
    *,
    rank: int,
    has_rows: bool,
) -> int:
    """Return the number of the writer's attempt, made if it is new.

    Raises:
        NotFound: if there is no such run.
    """
    mine = tables.attempt.c.run == run, tables.attempt.c.writer == writer
    known = connection.execute(
        sa.select(tables.attempt.c.number).where(*mine, tables.attempt.c.writer_index == attempt.index)
    ).scalar()
    if known is not None:
        if has_rows:
            _set(connection, (run, known), has_rows=True)
        return known
    check_run(connection, run)
    last = connection.execute(
        sa.select(sa.func.max(tables.attempt.c.number)).where(tables.attempt.c.run == run)
    ).scalar()
    number = (last or 0) + 1
    # An epoch run again comes from the same process, which says where it comes from only once.
    same_process = (
        sa.select(tables.attempt.c.provenance)
        .where(*mine, tables.attempt.c.writer_index < attempt.index)
        .order_by(tables.attempt.c.writer_index.desc())
        .limit(1)
    )
    connection.execute(
        tables.attempt.insert().values(
            run=run,
            number=number,
            writer=writer,
            writer_index=attempt.index,
            wall_ns=attempt.wall_ns,
            mono_ns=attempt.mono_ns,
            start_epoch=attempt.start_epoch,
            start_step=attempt.start_step,
            rank=rank,
            provenance=connection.execute(same_process).scalar() or "{}",
            has_rows=has_rows,
        )
    )
    _move_end(connection, run, writer, to=attempt)
    settle(connection, run)
    if rank == 0 and _is_new_process(connection, run, number):
        waiting.goes_on(connection, run)
    return number


def newest_of(connection: sa.Connection, run: ids.RunId) -> int:
    """Return the number of the run's newest attempt.

    Raises:
        NotFound: if there is no such run, or if it has no attempt.
    """
    known = of_runs(connection, [run]).get(run, [])
    if not known:
        check_run(connection, run)
        raise errors.NotFound(f"run {run[:80]!r} has no attempt yet")
    return (ports.main_attempts(known) or known)[-1].number


def _is_new_process(connection: sa.Connection, run: ids.RunId, number: int) -> bool:
    """Tell whether an attempt is the run's newest, by a process that had none before: not what an older one sends late."""
    known = of_runs(connection, [run])[run]
    newest = (ports.main_attempts(known) or known)[-1]
    others = [one for one in known if one.number != number and one.writer == newest.writer]
    return newest.number == number and not others and not recording.is_derived(newest.writer)


def merge(connection: sa.Connection, key: _Key, event: row.Updated) -> None:
    """Merge what was said of an attempt, key by key, into its life, or into the provenance of its process from then on.

    Raises:
        NotFound: if there is no such attempt.
    """
    column = tables.attempt.c[event.section]
    this = connection.execute(
        sa.select(tables.attempt.c.writer, tables.attempt.c.writer_index).where(*_is(key))
    ).first()
    if this is None:
        raise _unknown(key[0])
    which = tables.attempt.c.writer == this.writer, tables.attempt.c.writer_index >= this.writer_index
    one_process = not recording.is_derived(this.writer)  # a copy of a run has one writer for all its processes
    told = which if event.section == "provenance" and one_process else _is(key)
    query = sa.select(tables.attempt.c.number, column).where(tables.attempt.c.run == key[0], *told)
    for number, text in connection.execute(query).all():
        merged = rows.section_from_text(text) | event.values
        _set(connection, (key[0], number), **{event.section: rows.text_from_section(merged, section=event.section)})


def end(connection: sa.Connection, key: _Key, event: row.Ended) -> None:
    """Set how the process of an attempt ended, once for each report: one sent again must not end what was resumed since.

    That is the end of the newest attempt of the process, whichever it was reported in.
    """
    run = key[0]
    seen = sa.select(tables.ending.c.run).where(
        tables.ending.c.run == run, tables.ending.c.wall_ns == event.wall_ns, tables.ending.c.state == event.state
    )
    if connection.execute(seen).first():
        return
    connection.execute(tables.ending.insert().values(run=run, wall_ns=event.wall_ns, state=event.state))
    _set(
        connection,
        _newest_of_process(connection, key),
        end_state=event.state,
        ended_ns=event.wall_ns,
        end_reason=event.reason,
        exit_code=event.exit_code,
    )


def of_writer(connection: sa.Connection, run: ids.RunId, writer: ids.WriterId) -> ports.AttemptInfo | None:
    """Return the newest attempt of a writer, which is the one that its process is in."""
    query = (
        sa.select(tables.attempt)
        .where(tables.attempt.c.run == run, tables.attempt.c.writer == writer)
        .order_by(tables.attempt.c.writer_index.desc())
        .limit(1)
    )
    found = connection.execute(query).mappings().first()
    return None if found is None else rows.attempt_from_row(found)


def _move_end(connection: sa.Connection, run: ids.RunId, writer: ids.WriterId, *, to: row.AttemptRef) -> None:
    """Let what was said of a process's end, or seen of its death, be that of its newest attempt: lanes arrive in any order."""
    columns = tables.attempt.c
    mine = columns.run == run, columns.writer == writer
    newest = connection.execute(sa.select(sa.func.max(columns.writer_index)).where(*mine)).scalar()
    if newest != to.index or recording.is_derived(writer):
        return
    older = (*mine, columns.writer_index < to.index, columns.ended_ns >= to.wall_ns)
    ends = columns.alive, columns.end_state, columns.ended_ns, columns.end_reason, columns.exit_code
    query = sa.select(*ends).where(*older).order_by(columns.writer_index.desc()).limit(1)
    found = connection.execute(query).mappings().first()
    if found is not None:
        connection.execute(tables.attempt.update().where(*older).values(dict.fromkeys(found)))
        connection.execute(tables.attempt.update().where(*mine, columns.writer_index == to.index).values(dict(found)))


def _newest_of_process(connection: sa.Connection, key: _Key) -> _Key:
    """Return the newest attempt of an attempt's process; a copy of a run has one writer for all its processes."""
    run = key[0]
    writer = connection.execute(sa.select(tables.attempt.c.writer).where(*_is(key))).scalar()
    if writer is None:
        raise _unknown(run)
    if recording.is_derived(ids.WriterId(writer)):
        return key
    newest = of_writer(connection, run, ids.WriterId(writer))
    return key if newest is None else (run, newest.number)


def hears_news(known: ports.AttemptInfo, heard: Heard) -> bool:
    """Tell whether noting what was heard would change more than the time of the last word."""
    alive = known.alive if heard.alive is None else heard.alive
    return (alive, heard.stalled) != (known.alive, known.stalled)


def note_heard(connection: sa.Connection, run: ids.RunId, known: ports.AttemptInfo, heard: Heard) -> None:
    """Note what was heard of an attempt; an end that nobody said is taken back when its process shows life."""
    changes: dict[str, object] = {"heard_ns": heard.now_ns, "stalled": heard.stalled}
    if heard.alive is not None:
        changes["alive"] = heard.alive
    if known.end_state is None and heard.alive is False and known.alive is not False:
        changes |= {"ended_ns": heard.now_ns, "end_reason": OBSERVED_REASON}
    if known.end_state is None and heard.alive:
        changes |= {"ended_ns": None, "end_reason": None}
    _set(connection, (run, known.number), **changes)


def set_paused(connection: sa.Connection, key: _Key, *, paused: bool) -> None:
    """Note whether an attempt holds because it was asked to."""
    _set(connection, key, paused=paused)
    settle(connection, key[0])


def settle(connection: sa.Connection, run: ids.RunId) -> None:
    """Bring what the run shows up to its attempts; a run of which only other ranks were heard stays as it is."""
    main = ports.main_attempts(of_runs(connection, [run]).get(run, ()))
    if not main:
        return
    newest = main[-1]
    provenance = next((one.provenance for one in reversed(main) if one.provenance), newest.provenance)
    shown: dict[str, object] = {
        "state": state.of_attempt(
            said=newest.end_state, alive=newest.alive, stalled=newest.stalled, paused=newest.paused
        ),
        "end_said": newest.end_state is not None,
        "ended_ns": newest.ended_ns,
        "end_reason": newest.end_reason,
        "exit_code": newest.exit_code,
        "provenance": rows.text_from_section(provenance, section="provenance"),
        "life": rows.text_from_section(newest.life, section="life"),
    }
    connection.execute(tables.run.update().where(tables.run.c.id == run).values(**shown))


def of_runs(connection: sa.Connection, runs: list[ids.RunId]) -> dict[ids.RunId, list[ports.AttemptInfo]]:
    """Return the attempts of some runs in order; a run without any is left out."""
    found: dict[ids.RunId, list[ports.AttemptInfo]] = {}
    for values in connection.execute(sa.select(tables.attempt).where(tables.attempt.c.run.in_(runs))).mappings():
        found.setdefault(ids.RunId(values["run"]), []).append(rows.attempt_from_row(values))
    return {run: supersede.in_order(attempts) for run, attempts in found.items()}


def check_run(connection: sa.Connection, run: ids.RunId) -> None:
    """Return if there is such a run.

    Raises:
        NotFound: if there is none.
    """
    if not connection.execute(sa.select(tables.run.c.id).where(tables.run.c.id == run)).first():
        raise _unknown(run)


def _set(connection: sa.Connection, key: _Key, **columns: object) -> None:
    connection.execute(tables.attempt.update().where(*_is(key)).values(**columns))


def _is(key: _Key) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    run, number = key
    return tables.attempt.c.run == run, tables.attempt.c.number == number


def _unknown(run: ids.RunId) -> errors.NotFound:
    return errors.NotFound(f"there is no run {run[:80]!r}")
