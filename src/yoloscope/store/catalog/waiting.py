"""The trainings that wait to be started again, in their table.

`SqlWaiting` borrows the transactions of `catalog`. Each change stands in the same transaction as its line of the run's audit.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids, state
from yoloscope.store import changes as store_changes
from yoloscope.store import ports_commands, ports_waiting
from yoloscope.store.catalog import command_rows, tables
from yoloscope.store.ports_waiting import Wish

_OPEN = ("waiting", "starting")
_OVER = sorted(state.ENDED - {"finished"})
_MAY_FOLLOW: dict[ports_waiting.Word, tuple[ports_waiting.State, ...]] = {
    "starting": ("waiting", "starting"),
    "started": ("starting", "started"),
    "failed": ("waiting", "starting"),
}
_DETAIL_MAX_CHARS = 1_000
_waiting = tables.waiting.c
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]


class SqlWaiting:
    """Implements `ports_waiting.Waiting`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction, noted: store_changes.Changes) -> None:
        self._reading = reading
        self._writing = writing
        self._noted = noted

    def ask(self, run: ids.RunId, asked: ports_waiting.Asked, *, now_ns: int) -> Wish:
        """Put a run at the end of its machine's list."""
        with self._writing() as connection:
            if not connection.execute(sa.select(tables.run.c.id).where(tables.run.c.id == run)).first():
                raise errors.NotFound(f"there is no run {run[:80]!r}")
            known = _one(connection, run)
            if known is not None and _stays(known, asked, now_ns=now_ns):
                return known
            _check_room(connection, asked.host)
            wish = Wish(
                run=run,
                **msgspec.structs.asdict(asked),
                state="waiting",
                asked_ns=max(now_ns, _last_ns(connection, asked.host) + 1),
                changed_ns=now_ns,
            )
            connection.execute(tables.waiting.delete().where(_waiting.run == run))
            connection.execute(tables.waiting.insert().values(msgspec.structs.asdict(wish)))
            where = f"on {wish.host}" + (f", card {wish.card}" if wish.card else "")
            _tell(connection, wish, "queued", who=wish.who, at_ns=now_ns, detail=where)
        self._noted.note([run])
        return wish

    def cancel(self, run: ids.RunId, *, host: str, who: str, now_ns: int) -> Wish | None:
        """Take a run from the list."""
        with self._writing() as connection:
            known = _one(connection, run)
            if known is None or known.host != host:
                return None
            if _is_starting(known, now_ns=now_ns):
                return known
            connection.execute(tables.waiting.delete().where(_waiting.run == run))
            if known.state in _OPEN:
                _tell(connection, known, "cancelled", who=who, at_ns=now_ns, detail=f"on {host}")
        self._noted.note([run])
        return msgspec.structs.replace(known, state="waiting") if known.state == "starting" else known

    def say(self, run: ids.RunId, said: ports_waiting.Said, *, now_ns: int) -> bool:
        """Note what a machine's agent says of one of its wishes."""
        with self._writing() as connection:
            known = _one(connection, run)
            if known is None or (known.id, known.host) != (said.wish, said.host):
                return False
            if known.state not in _MAY_FOLLOW[said.word] or (known.state == said.word == "started" and known.detail):
                return False
            detail = said.detail[:_DETAIL_MAX_CHARS] or (said.word if said.word == "started" else "")
            changed = {"state": said.word, "changed_ns": now_ns, "detail": detail}
            connection.execute(tables.waiting.update().where(_waiting.run == run).values(changed))
            if not known.state == said.word == "starting":  # again, by an agent that was killed meanwhile
                _tell(connection, known, said.word, who=said.who, at_ns=now_ns, detail=detail)
        self._noted.note([run])
        return True

    def open_at(self, host: str) -> list[Wish]:
        """Return what an agent is told."""
        query = sa.select(tables.waiting).join(tables.run, tables.run.c.id == _waiting.run)
        has_ended = tables.run.c.state.in_(_OVER), tables.run.c.deleted_ns.is_(None)
        there = _waiting.host == host, _waiting.state.in_(_OPEN), *has_ended
        with self._reading() as connection:
            found = connection.execute(query.where(*there).order_by(_waiting.asked_ns)).mappings().all()
        return [_wish(one) for one in found]

    def shown(self, hosts: Sequence[str], *, now_ns: int) -> list[Wish]:
        """Return what people see of some machines."""
        query = sa.select(tables.waiting).join(tables.run, tables.run.c.id == _waiting.run)
        lately = sa.or_(
            _waiting.state.in_(_OPEN),
            (_waiting.state == "started") & (_waiting.changed_ns > now_ns - ports_waiting.STARTED_SHOWN_NS),
            (_waiting.state == "failed") & (_waiting.changed_ns > now_ns - ports_waiting.FAILED_SHOWN_NS),
        )
        query = query.where(_waiting.host.in_(hosts), tables.run.c.deleted_ns.is_(None), lately)
        with self._reading() as connection:
            found = connection.execute(query.order_by(_waiting.host, _waiting.asked_ns)).mappings().all()
        return [_wish(one) for one in found]

    def one(self, run: ids.RunId) -> Wish | None:
        """Return the wish of a run."""
        with self._reading() as connection:
            return _one(connection, run)

    def startable(self, hosts: Sequence[str]) -> list[ids.RunId]:
        """Return runs that ended on some machines without being finished."""
        run = tables.run.c
        place = sa.func.row_number().over(partition_by=run.host, order_by=(run.updated_ns.desc(), run.id))
        there = (
            run.host.in_(hosts),
            run.state.in_(_OVER),
            run.deleted_ns.is_(None),
            run.framework.is_distinct_from(state.PLAIN_LOG),
        )
        ranked = sa.select(run.id, run.updated_ns, place.label("place")).where(*there).subquery()
        query = sa.select(ranked.c.id).where(ranked.c.place <= ports_waiting.STARTABLE_MAX)
        with self._reading() as connection:
            found = connection.execute(query.order_by(ranked.c.updated_ns.desc(), ranked.c.id)).scalars().all()
        return [ids.RunId(one) for one in found]


def goes_on(connection: sa.Connection, run: ids.RunId) -> None:
    """Note that a run lives again, whoever started it: nobody is to start it once more. The agent's word of it may follow, with a detail."""
    mine = _waiting.run == run, _waiting.state.in_(_OPEN)
    connection.execute(tables.waiting.update().where(*mine).values(state="started", detail=""))


def goes_on_unreleased(connection: sa.Connection, run: ids.RunId, *, at_ns: int) -> None:
    """Let a run wait no more whose release came to nothing, unless it ended by itself meanwhile and can be gone on with."""
    known = _one(connection, run)
    stands = connection.execute(sa.select(tables.run.c.state).where(tables.run.c.id == run)).scalar()
    if known is not None and known.state == "waiting" and stands not in _OVER:
        connection.execute(tables.waiting.delete().where(_waiting.run == run))
        _tell(connection, known, "cancelled", who="", at_ns=at_ns, detail="the training was not released")


def _stays(known: Wish, asked: ports_waiting.Asked, *, now_ns: int) -> bool:
    if _is_starting(known, now_ns=now_ns):
        return True
    same = (known.host, known.card, known.at_once) == (asked.host, asked.card, asked.at_once)
    return same and known.state == "waiting"


def _is_starting(known: Wish, *, now_ns: int) -> bool:
    return known.state == "starting" and 0 <= now_ns - known.changed_ns < ports_waiting.STARTING_NS


def _check_room(connection: sa.Connection, host: str) -> None:
    there = _waiting.host == host, _waiting.state.in_(_OPEN)
    count = connection.execute(sa.select(sa.func.count()).select_from(tables.waiting).where(*there)).scalar_one()
    if count >= ports_waiting.HOST_MAX:
        raise errors.TooMuch(
            f"{count} trainings wait for {host[:80]!r}; nothing was stored", field="run", fix="cancel some first"
        )


def _last_ns(connection: sa.Connection, host: str) -> int:
    """Return when the last one in a machine's list was asked for: a clock that is set back changes no order."""
    query = sa.select(sa.func.max(_waiting.asked_ns)).where(_waiting.host == host, _waiting.state.in_(_OPEN))
    return connection.execute(query).scalar() or 0


def _one(connection: sa.Connection, run: ids.RunId) -> Wish | None:
    found = connection.execute(sa.select(tables.waiting).where(_waiting.run == run)).mappings().first()
    return None if found is None else _wish(found)


def _wish(found: sa.RowMapping) -> Wish:
    return Wish(**{field: found[field] for field in Wish.__struct_fields__})


def _tell(
    connection: sa.Connection, wish: Wish, kind: ports_commands.Kind, *, who: str, at_ns: int, detail: str
) -> None:
    event = ports_commands.Event(kind=kind, command=wish.id, verb="resume", who=who, at_ns=at_ns, detail=detail)
    command_rows.write(connection, wish.run, event)
