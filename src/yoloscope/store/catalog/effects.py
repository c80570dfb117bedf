"""What came of commands, in its table. `SqlEffects` borrows the transactions of `catalog`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope.records import command, effect, ids
from yoloscope.store import ports_commands
from yoloscope.store.catalog import command_rows, tables
from yoloscope.store.ports_effects import Measured

_effect, _command, _run = tables.effect.c, tables.command.c, tables.run.c
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]
_from_text = msgspec.json.Decoder(effect.Effect)


class SqlEffects:
    """Implements `ports_effects.Effects`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def due(self, verbs: Sequence[command.Verb]) -> list[ports_commands.Known]:
        """Return the applied commands of some verbs with a cause, oldest first, of which nothing final is known."""
        known = sa.and_(_effect.run == _command.run, _effect.command == _command.id)
        query = (
            sa.select(tables.command)
            .join(tables.run, _run.id == _command.run)
            .outerjoin(tables.effect, known)
            .where(
                _command.state == "applied", _command.cause != "", _command.verb.in_(verbs), _run.deleted_ns.is_(None)
            )
            .where(sa.or_(_effect.verdict.is_(None), _effect.verdict == "measuring"))
            .order_by(_command.created_ns, _command.run, _command.order)
        )
        with self._reading() as connection:
            return [command_rows.known_from_row(found) for found in connection.execute(query).mappings()]

    def put(self, measured: Measured) -> None:
        """Keep what came of a command in the place of what was known."""
        mine = _effect.run == measured.run, _effect.command == measured.command
        values = {
            "project": measured.project,
            "rule": measured.rule,
            "act": measured.act,
            "verdict": measured.effect.verdict,
            "at_ns": measured.at_ns,
            "effect": msgspec.json.encode(measured.effect).decode(),
        }
        with self._writing() as connection:
            if connection.execute(tables.effect.update().where(*mine).values(**values)).rowcount:
                return
            if connection.execute(sa.select(_run.id).where(_run.id == measured.run)).first():
                own = {"run": measured.run, "command": measured.command}
                connection.execute(tables.effect.insert().values(**own, **values))

    def of_run(self, run: ids.RunId) -> dict[str, Measured]:
        """Return what came of the commands of a run, by their ids."""
        with self._reading() as connection:
            found = connection.execute(sa.select(tables.effect).where(_effect.run == run)).mappings()
            return {one["command"]: _measured(one) for one in found}

    def of_project(self, project: ids.ProjectName) -> list[Measured]:
        """Return what came of all acts in a project where it is decided, oldest first."""
        query = (
            sa.select(tables.effect)
            .join(tables.run, _run.id == _effect.run)
            .where(_effect.project == project, _effect.verdict.in_(effect.DECIDED), _run.deleted_ns.is_(None))
            .order_by(_effect.at_ns, _effect.run, _effect.command)
        )
        with self._reading() as connection:
            return [_measured(found) for found in connection.execute(query).mappings()]


def _measured(found: sa.RowMapping) -> Measured:
    return Measured(
        run=ids.RunId(found["run"]),
        command=found["command"],
        project=ids.ProjectName(found["project"]),
        rule=found["rule"],
        act=found["act"],
        at_ns=found["at_ns"],
        effect=_from_text.decode(found["effect"]),
    )
