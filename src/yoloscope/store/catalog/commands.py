"""The commands of runs and their audit, in their tables.

`SqlCommands` borrows the transactions of `catalog`. Each change of state stands in the same transaction as its line of the audit.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import command, ids, row, state
from yoloscope.store import changes as store_changes
from yoloscope.store import ports_attempts, ports_commands
from yoloscope.store.catalog import attempts, command_rows, rows, tables, waiting
from yoloscope.store.ports_commands import Event, Known
from yoloscope.wire import recording

_OPEN = ("sent", "accepted")
_HOLDING = ("pause", "resume")
_MINUTE_NS = 60 * 10**9
_command, _event = tables.command.c, tables.command_event.c
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]


class SqlCommands:
    """Implements `ports_commands.Commands`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction, noted: store_changes.Changes) -> None:
        self._reading = reading
        self._writing = writing
        self._noted = noted
        self._lock = threading.Lock()
        query = sa.select(_command.run).where(_command.state.in_(_OPEN)).distinct()
        with reading() as connection:
            self._waiting: set[str] = set(connection.execute(query).scalars())

    def ask(
        self, run: ids.RunId, asked: ports_commands.Asked, *, writer: ids.WriterId | None, now_ns: int
    ) -> ports_commands.Answer:
        """Keep a command for a writer, behind all others of the run."""
        with self._writing() as connection:
            attempts.check_run(connection, run)
            known = command_rows.find(connection, run, asked.id)
            if known is not None:
                return _met_again(connection, known, asked, now_ns=now_ns)
            refusal = asked.refusal or _no_room(connection, run)
            made = _made(connection, run, asked, writer=writer, refusal=refusal, now_ns=now_ns)
            if _is_hurried(connection, run, now_ns=now_ns):
                return _turned_away(connection, made)
            connection.execute(tables.command.insert().values(command_rows.values_from_known(made)))
            reason, detail = (refusal.reason, refusal.detail) if refusal else ("", "")
            command_rows.tell(
                connection, made, "refused" if refusal else "sent", who=asked.who, at_ns=now_ns, why=(reason, detail)
            )
        self._remember(run)
        return ports_commands.Answer(made, is_new=True)

    def note(self, run: ids.RunId, event: Event) -> None:
        """Write a line of the audit."""
        with self._writing() as connection:
            if connection.execute(sa.select(tables.run.c.id).where(tables.run.c.id == run)).first():
                command_rows.write(connection, run, event)

    def admits(self, run: ids.RunId, writer: ids.WriterId, *, now_ns: int) -> bool:
        """Tell whether the commands of a run are for a writer; one that they are not for is noted."""
        with self._reading() as connection:
            attempts.check_run(connection, run)
            newest = _newest(connection, run)
        if newest is not None and newest.writer == writer:
            return True
        self.note(
            run,
            Event(
                kind="foreign", who=command_rows.named(writer), at_ns=now_ns, detail="asked for the commands of the run"
            ),
        )
        return False

    def orders(self, run: ids.RunId, writer: ids.WriterId, *, now_ns: int) -> list[Known]:
        """Return the open commands of a writer in their order."""
        self.expire(run, now_ns=now_ns)
        query = sa.select(tables.command).where(
            _command.run == run, _command.writer == writer, _command.state.in_(_OPEN)
        )
        with self._reading() as connection:
            found = connection.execute(query.order_by(_command.order)).mappings().all()
        return [command_rows.known_from_row(one) for one in found]

    def take(self, run: ids.RunId, writer: ids.WriterId, taken: Sequence[str], *, now_ns: int) -> bool:
        """Note which commands the sidecar of a writer holds."""
        changed = False
        with self._writing() as connection:
            for one in dict.fromkeys(taken):
                known = command_rows.find(connection, run, one)
                if known is None or known.writer != writer:
                    command_rows.tell_stray(connection, run, one, known=known, writer=writer, at_ns=now_ns)
                elif known.state == "sent":
                    _accept(connection, known, at_ns=now_ns)
                    changed = True
        return changed

    def settle(
        self, run: ids.RunId, writer: ids.WriterId, acted: Sequence[row.Acted], *, attempt: int, now_ns: int
    ) -> bool:
        """Note what a writer did in one of its attempts."""
        changed = False
        with self._writing() as connection:
            for one in acted:
                known = command_rows.find(connection, run, one.id)
                if known is None and (recording.is_derived(writer) or _is_own(connection, run, one, writer=writer)):
                    known = _recorded(connection, run, one, writer=writer)
                if known is None or known.writer != writer:
                    command_rows.tell_stray(
                        connection, run, one.id, known=known, writer=writer, at_ns=now_ns, verb=one.verb
                    )
                elif _settle(connection, known, one, attempt=attempt, at_ns=now_ns):
                    changed = True
        self._remember(run)
        if changed:
            self._noted.note([run])
        return changed

    def expire(self, run: ids.RunId | None, *, now_ns: int) -> list[ids.RunId]:
        """Let expire what is due, of one run or of all."""
        if not (self._waiting if run is None else self.is_waiting(run)):
            return []
        query = sa.select(tables.command).where(_command.state.in_(_OPEN)).order_by(_command.run, _command.order)
        with self._reading() as connection:
            found = connection.execute(query if run is None else query.where(_command.run == run)).mappings().all()
            due = _due([command_rows.known_from_row(one) for one in found], connection, now_ns=now_ns)
        if not due:
            return []
        with self._writing() as connection:
            changed = {known.run: None for known, reason in due if _expire(connection, known, reason, at_ns=now_ns)}
        for one in changed:
            self._remember(one)
        return list(changed)

    def is_waiting(self, run: ids.RunId) -> bool:
        """Tell from memory whether a run has open commands."""
        return run in self._waiting

    def forget(self, run: ids.RunId) -> None:
        """Forget a run that was removed."""
        self._remember(run)

    def was_released(self, run: ids.RunId) -> bool:
        """Tell whether the last that the run's newest main attempt carried out is a pause that gave its card back."""
        with self._reading() as connection:
            newest = _newest(connection, run)
            if newest is None:
                return False
            mine = _command.run == run, _command.writer == newest.writer, _command.state == "applied"
            query = sa.select(tables.command).where(*mine, _command.verb.in_((*_HOLDING, "stop")))
            found = connection.execute(query.order_by(_command.order.desc()).limit(1)).mappings().first()
        return found is not None and _is_release(command_rows.known_from_row(found))

    def is_releasing(self, run: ids.RunId) -> bool:
        """Tell whether a run that goes on is to give its card back."""
        with self._reading() as connection:
            if _has_open_release(connection, run):
                return True
        return self.was_released(run)

    def page(self, run: ids.RunId, *, limit: int, cursor: str | None) -> ports_commands.CommandList:
        """Return a page of the commands of a run, newest first."""
        query = sa.select(tables.command).where(_command.run == run).order_by(_command.order.desc())
        if cursor is not None:
            query = query.where(_command.order < rows.run_from_cursor(cursor)[0])
        with self._reading() as connection:
            attempts.check_run(connection, run)
            found = connection.execute(query.limit(limit + 1)).mappings().all()
        shown = tuple(command_rows.known_from_row(one) for one in found[:limit])
        more = len(found) > limit
        return ports_commands.CommandList(shown, rows.cursor_from_run(shown[-1].order, shown[-1].id) if more else None)

    def audit(self, run: ids.RunId, *, limit: int, cursor: str | None) -> ports_commands.EventList:
        """Return a page of the audit of a run, newest first."""
        query = sa.select(tables.command_event).where(_event.run == run).order_by(_event.id.desc())
        if cursor is not None:
            query = query.where(_event.id < rows.run_from_cursor(cursor)[0])
        with self._reading() as connection:
            attempts.check_run(connection, run)
            found = connection.execute(query.limit(limit + 1)).mappings().all()
        shown = found[:limit]
        more = len(found) > limit
        fields = Event.__struct_fields__
        events = tuple(Event(**{field: one[field] for field in fields}) for one in shown)
        return ports_commands.EventList(events, rows.cursor_from_run(shown[-1]["id"], run) if more else None)

    def _remember(self, run: ids.RunId) -> None:
        """Look whether a run has open commands. Whoever changes them looks behind its own change, one after the other: so the last look saw all of them.

        The change stands by then: where the look fails the run counts as one that has some, which costs a look more.
        """
        with self._lock:
            try:
                with self._reading() as connection:
                    is_open = _has_open(connection, run)
            except errors.StoreError:
                is_open = True
            if is_open:
                self._waiting.add(run)
            else:
                self._waiting.discard(run)


def _met_again(
    connection: sa.Connection, known: Known, asked: ports_commands.Asked, *, now_ns: int
) -> ports_commands.Answer:
    clashes = (known.verb, known.args) != (asked.verb, asked.args)
    command_rows.tell(connection, known, "clashed" if clashes else "repeated", who=asked.who, at_ns=now_ns)
    return ports_commands.Answer(known, is_new=False, clashes=clashes)


def _no_room(connection: sa.Connection, run: ids.RunId) -> ports_commands.Refusal | None:
    count = sa.select(sa.func.count()).select_from(tables.command).where(_command.run == run)
    if connection.execute(count.where(_command.state.in_(_OPEN))).scalar_one() < ports_commands.OPEN_MAX:
        return None
    return ports_commands.Refusal("too_many", f"{ports_commands.OPEN_MAX} commands of the run are open already")


def _is_hurried(connection: sa.Connection, run: ids.RunId, *, now_ns: int) -> bool:
    mine = _command.run == run, _command.created_ns > now_ns - _MINUTE_NS
    count = sa.select(sa.func.count()).select_from(tables.command).where(*mine)
    return connection.execute(count).scalar_one() >= ports_commands.MINUTE_MAX


def _turned_away(connection: sa.Connection, made: Known) -> ports_commands.Answer:
    """Refuse without keeping more than a line, of which there are only so many."""
    detail = f"the run got {ports_commands.MINUTE_MAX} commands within a minute"
    turned = {
        "kind": "rejected",
        "command": made.id,
        "verb": made.verb,
        "who": made.who,
        "at_ns": made.created_ns,
        "reason": "too_many",
    }
    command_rows.write(connection, made.run, Event(**turned, detail=detail))  # pyright: ignore[reportArgumentType] - the fields' types
    result: dict[str, object] = {"reason": "too_many", "detail": detail}
    refused = msgspec.structs.replace(made, state="refused", writer=None, settled_ns=made.created_ns, result=result)
    return ports_commands.Answer(refused, is_new=True)


def _made(
    connection: sa.Connection,
    run: ids.RunId,
    asked: ports_commands.Asked,
    *,
    writer: ids.WriterId | None,
    refusal: ports_commands.Refusal | None,
    now_ns: int,
) -> Known:
    last = connection.execute(sa.select(sa.func.max(_command.order)).where(_command.run == run)).scalar()
    return Known(
        run=run,
        id=asked.id,
        order=(last or 0) + 1,
        verb=asked.verb,
        args=asked.args,
        state="sent" if refusal is None else "refused",
        who=asked.who,
        cause=asked.cause,
        writer=writer if refusal is None else None,
        created_ns=now_ns,
        deadline_ns=now_ns + round(asked.lasts_s * 1e9),
        settled_ns=None if refusal is None else now_ns,
        result=None if refusal is None else {"reason": refusal.reason, "detail": refusal.detail},
    )


def _accept(connection: sa.Connection, known: Known, *, at_ns: int) -> None:
    command_rows.set_columns(connection, known, state="accepted", accepted_ns=at_ns)
    command_rows.tell(connection, known, "accepted", who=command_rows.named(known.writer), at_ns=at_ns)


def _settle(connection: sa.Connection, known: Known, acted: row.Acted, *, attempt: int, at_ns: int) -> bool:
    """Note what the bound writer did; False if it was known or comes too late to count."""
    if known.state in command.SETTLED and not (known.state == "expired" and acted.state == "applied"):
        if (known.state, known.wall_ns) != (acted.state, acted.wall_ns):
            why = "", f"{acted.state} after {known.state}"
            command_rows.tell(connection, known, "late", who=command_rows.named(known.writer), at_ns=at_ns, why=why)
        if known.state == "expired" and known.wall_ns is None:  # it was not carried out, as is known from now on
            command_rows.set_columns(connection, known, wall_ns=acted.wall_ns)
        return False
    if known.state == "sent":  # what was done was taken: that word is still on its way
        _accept(connection, known, at_ns=at_ns)
    settled = {
        "state": acted.state,
        "settled_ns": at_ns,
        "attempt": attempt,
        "step": acted.step,
        "epoch": acted.epoch,
        "wall_ns": acted.wall_ns,
        "result": msgspec.json.encode(acted.result).decode(),
    }
    command_rows.set_columns(connection, known, **settled)
    why = str(acted.result.get("reason", "")), str(acted.result.get("detail", ""))
    command_rows.tell(connection, known, acted.state, who=command_rows.named(known.writer), at_ns=at_ns, why=why)
    if acted.state == "applied" and known.verb in _HOLDING:
        _hold(connection, known.run, attempt)
    if acted.state != "applied":
        _not_released(connection, known, at_ns=at_ns)
    return True


def _is_own(connection: sa.Connection, run: ids.RunId, acted: row.Acted, *, writer: ids.WriterId) -> bool:
    """Tell whether the newest writer of a run says that its pause ended with nobody asking."""
    if acted.verb != "resume" or acted.state != "applied" or not acted.id.startswith(command.OWN_PREFIX):
        return False
    main = _main(attempts.of_runs(connection, [run]).get(run, []))
    return bool(main) and main[-1].writer == writer


def _recorded(connection: sa.Connection, run: ids.RunId, acted: row.Acted, *, writer: ids.WriterId) -> Known:
    """Keep what this server handed out to nobody: a recording tells what became of it, a training what it did by itself, and nothing of who asked."""
    asked = ports_commands.Asked(id=acted.id, verb=acted.verb, args={}, who="", lasts_s=0.0)
    made = _made(connection, run, asked, writer=writer, refusal=None, now_ns=acted.wall_ns)
    connection.execute(tables.command.insert().values(command_rows.values_from_known(made)))
    command_rows.tell(connection, made, "sent", who=command_rows.named(writer), at_ns=acted.wall_ns)
    return made


def _hold(connection: sa.Connection, run: ids.RunId, attempt: int) -> None:
    """Make an attempt paused or not by the last pause or resume that was carried out in it: words arrive in any order."""
    here = _command.run == run, _command.attempt == attempt, _command.state == "applied", _command.verb.in_(_HOLDING)
    query = sa.select(tables.command).where(*here).order_by(_command.order.desc()).limit(1)
    last = command_rows.known_from_row(connection.execute(query).mappings().one())
    holds = last.verb == "pause" and last.args.get("release") is not True
    attempts.set_paused(connection, (run, attempt), paused=holds)


def _due(
    open_ones: Sequence[Known], connection: sa.Connection, *, now_ns: int
) -> list[tuple[Known, command.Reason | None]]:
    """Return the open commands that nobody will carry out any more, each with why if it is not the time."""
    runs = list({one.run for one in open_ones})
    newest = {run: main[-1] for run, known in attempts.of_runs(connection, runs).items() if (main := _main(known))}
    query = sa.select(tables.run.c.id, tables.run.c.state).where(tables.run.c.id.in_(runs))
    over = {run for run, stands in connection.execute(query) if stands in state.ENDED}
    due: list[tuple[Known, command.Reason | None]] = []
    for one in open_ones:
        grace_ns = ports_commands.GRACE_NS if one.state == "accepted" else 0
        if one.run not in newest or newest[one.run].writer != one.writer:
            due.append((one, "superseded"))
        elif one.run in over:
            due.append((one, "not_running"))
        elif now_ns >= one.deadline_ns + grace_ns:
            due.append((one, None))
    return due


def _expire(connection: sa.Connection, seen: Known, reason: command.Reason | None, *, at_ns: int) -> bool:
    """Let a command expire unless it changed since it was looked at."""
    known = command_rows.find(connection, seen.run, seen.id)
    if known is None or known.state != seen.state:
        return False
    result = None if reason is None else msgspec.json.encode({"reason": reason}).decode()
    command_rows.set_columns(connection, known, state="expired", settled_ns=at_ns, result=result)
    command_rows.tell(connection, known, "expired", who="", at_ns=at_ns, why=(reason or "", ""))
    _not_released(connection, known, at_ns=at_ns)
    return True


def _is_release(known: Known) -> bool:
    return known.verb == "pause" and known.args.get("release") is True


def _has_open_release(connection: sa.Connection, run: ids.RunId) -> bool:
    query = sa.select(tables.command).where(_command.run == run, _command.state.in_(_OPEN), _command.verb == "pause")
    return any(_is_release(command_rows.known_from_row(one)) for one in connection.execute(query).mappings())


def _not_released(connection: sa.Connection, known: Known, *, at_ns: int) -> None:
    """Take a run that goes on from its machine's list once nothing is to end it any more: whenever it ends later, nobody would expect it to start again."""
    if _is_release(known) and not _has_open_release(connection, known.run):
        waiting.goes_on_unreleased(connection, known.run, at_ns=at_ns)


def _newest(connection: sa.Connection, run: ids.RunId) -> ports_attempts.AttemptInfo | None:
    main = _main(attempts.of_runs(connection, [run]).get(run, []))
    return main[-1] if main else None


def _main(known: Sequence[ports_attempts.AttemptInfo]) -> list[ports_attempts.AttemptInfo]:
    return ports_attempts.main_attempts(known)


def _has_open(connection: sa.Connection, run: ids.RunId) -> bool:
    query = sa.select(_command.id).where(_command.run == run, _command.state.in_(_OPEN)).limit(1)
    return connection.execute(query).first() is not None
