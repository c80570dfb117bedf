"""Machines in the catalogue: the newest reports of each host, and buckets of the use of its cards.

Part of `catalog.SqlCatalog`, which lends its transactions. A report changes rows; it adds one only for a new card or a new bucket.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import machine, machine_state
from yoloscope.store import ports_machines
from yoloscope.store.catalog import tables

_Transaction = Callable[[], AbstractContextManager[sa.Connection]]
RUNS_MAX = 64
"""Runs that are remembered of one card in one bucket."""
_runs = msgspec.json.Decoder(tuple[str, ...])


class _Stored(msgspec.Struct, frozen=True):
    """What the column ``report`` holds."""

    told: tuple[machine_state.Told, ...]
    lives: dict[str, machine_state.CardLife]


_stored = msgspec.json.Decoder(_Stored)


class SqlMachines:
    """Implements `ports_machines.Machines`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def hear(self, report: machine.Report, *, now_ns: int) -> bool:
        """Take a report that came now; False if it is not newer than what its sender said before."""
        with self._writing() as connection:
            known = _known(connection, report.host)
            after = machine_state.after_report(known, report, now_ns=now_ns)
            if after is None:
                return False
            _keep(connection, after, is_new=known is None)
            seen = {card.uuid: card for card in machine_state.cards(after.told)}
            added = [_add(connection, report.host, seen[card.uuid], now_ns=now_ns) for card in report.cards]
            if any(added) or known is None:
                _forget(connection, before_ns=now_ns - ports_machines.KEPT_NS)
            return True

    def machines(self, *, since_ns: int) -> list[machine_state.Machine]:
        """Return the machines heard of since then, by host."""
        query = sa.select(tables.machine).where(tables.machine.c.heard_ns >= since_ns).order_by(tables.machine.c.host)
        with self._reading() as connection:
            return [_machine(found) for found in connection.execute(query).mappings()]

    def machine(self, host: str) -> machine_state.Machine:
        """Return one machine."""
        with self._reading() as connection:
            known = _known(connection, host)
        if known is None:
            raise errors.NotFound(f"no machine {host[:80]!r} has reported here")
        return known

    def use(self, host: str, *, from_ns: int) -> list[ports_machines.UseBucket]:
        """Return the use of a host's cards from then on, by card and time."""
        use = tables.card_use
        query = sa.select(use).where(use.c.host == host, use.c.begin_ns >= from_ns).order_by(use.c.card, use.c.begin_ns)
        with self._reading() as connection:
            return [_bucket(found) for found in connection.execute(query).mappings()]

    def use_sums(self, *, from_ns: int, until_ns: int) -> Sequence[ports_machines.UseSum]:
        """Return the use of all cards in the buckets that begin in a span of time."""
        use = tables.card_use
        share = sa.cast(use.c.busy_samples, sa.Double) / use.c.samples
        query = (
            sa.select(use.c.host, use.c.card, sa.func.count(), sa.func.sum(share))
            .where(use.c.begin_ns >= from_ns, use.c.begin_ns < until_ns)
            .group_by(use.c.host, use.c.card)
        )
        with self._reading() as connection:
            return [ports_machines.UseSum(*found) for found in connection.execute(query).all()]


def _known(connection: sa.Connection, host: str) -> machine_state.Machine | None:
    query = sa.select(tables.machine).where(tables.machine.c.host == host)
    found = connection.execute(query).mappings().first()
    return None if found is None else _machine(found)


def _machine(found: sa.RowMapping) -> machine_state.Machine:
    stored = _stored.decode(found["report"])
    return machine_state.Machine(found["host"], found["first_heard_ns"], found["heard_ns"], stored.told, stored.lives)


def _keep(connection: sa.Connection, after: machine_state.Machine, *, is_new: bool) -> None:
    text = msgspec.json.encode(_Stored(after.told, after.lives)).decode()
    values = {"heard_ns": after.heard_ns, "first_heard_ns": after.first_heard_ns, "report": text}
    if is_new:
        connection.execute(tables.machine.insert().values(host=after.host, **values))
    else:
        connection.execute(tables.machine.update().where(tables.machine.c.host == after.host).values(**values))


def _add(connection: sa.Connection, host: str, card: machine.Card, *, now_ns: int) -> bool:
    """Add one look at a card to its bucket; True if the bucket is new."""
    use = tables.card_use
    begin_ns = now_ns - now_ns % ports_machines.BUCKET_NS
    mine = (use.c.host == host) & (use.c.card == card.uuid) & (use.c.begin_ns == begin_ns)
    found = connection.execute(sa.select(use).where(mine)).mappings().first()
    before = ports_machines.UseBucket(card.uuid, begin_ns, 0, 0, 0, 0.0, 0, ()) if found is None else _bucket(found)
    runs = {*before.runs, *(process.run for process in card.processes if process.run is not None)}
    values = {
        "samples": before.samples + 1,
        "busy_samples": before.busy_samples + machine_state.is_used(card),
        "util_samples": before.util_samples + (card.util_percent is not None),
        "util_sum": before.util_sum + (card.util_percent or 0.0),
        "memory_max_bytes": max(before.memory_max_bytes, card.memory_bytes or 0),
        "runs": msgspec.json.encode(sorted(runs)[:RUNS_MAX]).decode(),
    }
    if found is None:
        connection.execute(use.insert().values(host=host, card=card.uuid, begin_ns=begin_ns, **values))
    else:
        connection.execute(use.update().where(mine).values(**values))
    return found is None


def _bucket(found: sa.RowMapping) -> ports_machines.UseBucket:
    return ports_machines.UseBucket(
        card=found["card"],
        begin_ns=found["begin_ns"],
        samples=found["samples"],
        busy_samples=found["busy_samples"],
        util_samples=found["util_samples"],
        util_sum=found["util_sum"],
        memory_max_bytes=found["memory_max_bytes"],
        runs=_runs.decode(found["runs"]),
    )


def _forget(connection: sa.Connection, *, before_ns: int) -> None:
    connection.execute(tables.card_use.delete().where(tables.card_use.c.begin_ns < before_ns))
    connection.execute(tables.machine.delete().where(tables.machine.c.heard_ns < before_ns))
