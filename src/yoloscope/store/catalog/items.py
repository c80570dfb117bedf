"""Items of runs and the parts that they are made of, in the catalogue's database.

Made by `catalog`, which lends its transactions; implements `ports_media.Items`. Places are given out while the database is held for
writing, so that no reader ever sees a place before a smaller one that is still to come. Items are never removed one by one: the greatest
place of a run is how many it has.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids, media
from yoloscope.store import changes, ports_media
from yoloscope.store.catalog import hiding, ledger, tables

ITEMS_MOST = 200_000
"""Items of one run: 100 a pass over 2,000 epochs, about 60 MB of the catalogue."""
TOO_MANY = "too_many_items"
"""Why items of a run that has `ITEMS_MOST` are lost."""
SERVER = ids.WriterId("server")
"""Under which the server counts what it did not keep; no trainer's writer is called so."""
_ASKED_MAX = 500  # values that every database takes in one question
_PAGE = 10_000
_ATTEMPTS_KNOWN_MAX = 10_000

_Transaction = Callable[[], AbstractContextManager[sa.Connection]]
_item = tables.item
_part = tables.item_part


class SqlItems:
    """The items of a catalogue. Its methods may be called from any thread."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction, noted: changes.Changes) -> None:
        self._reading = reading
        self._writing = writing
        self._noted = noted
        self._counting = threading.Lock()
        self._left_out: dict[tuple[ids.RunId, int], int] = {}
        """By run and attempt the number behind the last item that was counted as lost: what is sent again is not counted again."""

    def store(self, run: ids.RunId, *, attempt: int, items: Sequence[media.Item]) -> None:
        """Store items of an attempt; those beyond `ITEMS_MOST` are counted as lost instead."""
        with self._writing() as connection:
            _check_known(connection, run)
            fresh = _fresh(connection, run, attempt=attempt, items=items)
            last = connection.execute(sa.select(sa.func.max(_item.c.place)).where(_item.c.run == run)).scalar() or 0
            kept, left_out = fresh[: max(0, ITEMS_MOST - last)], fresh[max(0, ITEMS_MOST - last) :]
            _insert(connection, run, attempt=attempt, items=kept, first_place=last + 1)
            lost = self._new_losses((run, attempt), left_out)
            if lost:
                _count_lost(connection, run, reason=TOO_MANY, items=lost)
        if lost:
            self._noted.note([run])

    def count_lost(self, run: ids.RunId, *, reason: str, items: int) -> None:
        """Add to what the server itself did not keep of a run."""
        with self._writing() as connection:
            _check_known(connection, run)
            _count_lost(connection, run, reason=reason, items=items)
        self._noted.note([run])

    def find(self, wanted: ports_media.Wanted) -> list[ports_media.StoredItem]:
        """Return items in order of run id and place."""
        found: list[ports_media.StoredItem] = []
        with self._reading() as connection:
            for run in sorted(set(wanted.runs)):
                left = wanted.limit - len(found)
                if left <= 0:
                    break
                if wanted.after is None or run >= wanted.after[0]:
                    found += _of_run(connection, _query(run, wanted).limit(left))
        return found

    def item(self, run: ids.RunId, place: int) -> ports_media.StoredItem:
        """Return one item."""
        with self._reading() as connection:
            found = _of_run(connection, _of(run).where(_item.c.place == place))
        if not found:
            raise errors.NotFound(f"run {run[:80]!r} has no item {place}")
        return found[0]

    def names(self, run: ids.RunId) -> list[ports_media.ItemName]:
        """Return what a run has, by kind and name, in order of first arrival."""
        columns = _item.c
        extremes = [
            sa.func.min(columns.step),
            sa.func.max(columns.step),
            sa.func.min(columns.epoch),
            sa.func.max(columns.epoch),
        ]
        query = (
            sa.select(columns.kind, columns.name, sa.func.count(), *extremes)
            .where(columns.run == run)
            .group_by(columns.kind, columns.name)
            .order_by(sa.func.min(columns.place))
        )
        with self._reading() as connection:
            return [ports_media.ItemName(*values) for values in connection.execute(query)]

    def parts(self, run: ids.RunId, digest: str) -> list[tuple[media.Item, media.Part]]:
        """Return every item of a run that has a part of that digest, with the part."""
        numbers = sa.select(_part.c.attempt, _part.c.number).where(_part.c.run == run, _part.c.digest == digest)
        holds = sa.tuple_(_item.c.attempt, _item.c.number).in_(numbers)
        with self._reading() as connection:
            found = _of_run(connection, _of(run).where(holds))
        pairs = ((one.item, part) for one in found for part in one.item.parts)
        return [(item, part) for item, part in pairs if part.digest == digest]

    def used(self, digests: Sequence[str]) -> set[str]:
        """Return those of some digests that an item of any run has as a part."""
        found: set[str] = set()
        with self._reading() as connection:
            for some in _by(digests, _ASKED_MAX):
                query = sa.select(_part.c.digest).distinct().where(_part.c.digest.in_(some))
                found.update(connection.execute(query).scalars())
        return found

    def digests(self) -> Iterator[tuple[str, int]]:
        """Yield the digest and size of every part of every item, each digest once and in order; no transaction stays open."""
        after = ""
        while True:
            query = (
                sa.select(_part.c.digest, sa.func.max(_part.c.size_bytes))
                .where(_part.c.digest > after)
                .group_by(_part.c.digest)
                .order_by(_part.c.digest)
                .limit(_PAGE)
            )
            with self._reading() as connection:
                found: list[tuple[str, int]] = [(digest, size) for digest, size in connection.execute(query)]
            yield from found
            if len(found) < _PAGE:
                return
            after = found[-1][0]

    def _new_losses(self, of: tuple[ids.RunId, int], left_out: Sequence[media.Item]) -> int:
        """Return how many of the items were not counted before; items of an attempt come in order of their numbers."""
        with self._counting:
            counted = self._left_out.get(of, 0)
            new = [item.number for item in left_out if item.number >= counted]
            if new:
                if len(self._left_out) >= _ATTEMPTS_KNOWN_MAX:
                    self._left_out.clear()
                self._left_out[of] = max(new) + 1
        return len(new)


def _check_known(connection: sa.Connection, run: ids.RunId) -> None:
    if connection.execute(sa.select(tables.run.c.id).where(tables.run.c.id == run)).scalar() is None:
        raise errors.NotFound(f"there is no run {run[:80]!r}")


def _fresh(connection: sa.Connection, run: ids.RunId, *, attempt: int, items: Sequence[media.Item]) -> list[media.Item]:
    """Return the items that are not stored yet, each number once."""
    coming = {item.number: item for item in reversed(items)}
    for some in _by(sorted(coming), _ASKED_MAX):
        mine = _item.c.run == run, _item.c.attempt == attempt, _item.c.number.in_(some)
        for number in connection.execute(sa.select(_item.c.number).where(*mine)).scalars():
            del coming[number]
    return list(reversed(coming.values()))


def _insert(
    connection: sa.Connection, run: ids.RunId, *, attempt: int, items: Sequence[media.Item], first_place: int
) -> None:
    if not items:
        return
    rows: list[dict[str, object]] = []
    parts: list[dict[str, object]] = []
    for place, item in enumerate(items, start=first_place):
        of: dict[str, object] = {"run": run, "attempt": attempt, "number": item.number}
        rows.append({**of, "place": place, **_columns(item)})
        parts.extend({**of, **msgspec.structs.asdict(part)} for part in item.parts)
    connection.execute(_item.insert(), rows)
    if parts:
        connection.execute(_part.insert(), parts)


def _columns(item: media.Item) -> dict[str, object]:
    return {
        "kind": item.kind,
        "name": item.name,
        "step": item.step,
        "epoch": item.epoch,
        "wall_ns": item.wall_ns,
        "facts": msgspec.json.encode(item.facts).decode(),
        "needs": msgspec.json.encode(item.needs).decode(),
    }


def _count_lost(connection: sa.Connection, run: ids.RunId, *, reason: str, items: int) -> None:
    mine = tables.run_lost.c.run == run, tables.run_lost.c.writer == SERVER, tables.run_lost.c.reason == reason
    known = connection.execute(sa.select(tables.run_lost.c.total).where(*mine)).scalar() or 0
    ledger.raise_lost(connection, run, SERVER, lost={reason: known + items})


def _of(run: ids.RunId) -> sa.Select[tuple[object, ...]]:
    return sa.select(*_item.c).where(_item.c.run == run)


def _query(run: ids.RunId, wanted: ports_media.Wanted) -> sa.Select[tuple[object, ...]]:
    query = _of(run).order_by(_item.c.place)
    if wanted.after is not None and run == wanted.after[0]:
        query = query.where(_item.c.place > wanted.after[1])
    if wanted.names is not None:
        query = query.where(_item.c.name.in_(wanted.names))
    if wanted.kinds is not None:
        query = query.where(_item.c.kind.in_(wanted.kinds))
    bounds = ((_item.c.step, wanted.from_step, wanted.to_step), (_item.c.epoch, wanted.from_epoch, wanted.to_epoch))
    for column, least, greatest in bounds:
        if least is not None:
            query = query.where(column >= least)
        if greatest is not None:
            query = query.where(column <= greatest)
    starts = wanted.hidden_by.get(run)
    return query if starts is None else query.where(hiding.shown(starts))


def _of_run(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[ports_media.StoredItem]:
    """Return the items of a question with their parts, which stand in order of their roles."""
    chosen = query.subquery()
    of_item = (
        _part.c.run == chosen.c.run,
        _part.c.attempt == chosen.c.attempt,
        _part.c.number == chosen.c.number,
    )
    whole = (
        sa.select(chosen, _part.c.role, _part.c.digest, _part.c.size_bytes, _part.c.media_type)
        .select_from(chosen.outerjoin(_part, sa.and_(*of_item)))
        .order_by(chosen.c.place, _part.c.role)
    )
    found: dict[int, sa.RowMapping] = {}
    parts: dict[int, list[media.Part]] = {}
    for values in connection.execute(whole).mappings():
        place = values["place"]
        found.setdefault(place, values)
        of_place = parts.setdefault(place, [])
        if values["digest"] is not None:
            of_place.append(media.Part(values["role"], values["digest"], values["size_bytes"], values["media_type"]))
    return [_stored(values, parts=tuple(parts[place])) for place, values in found.items()]


def _stored(values: sa.RowMapping, *, parts: tuple[media.Part, ...]) -> ports_media.StoredItem:
    item = media.Item(
        number=values["number"],
        kind=values["kind"],
        name=values["name"],
        wall_ns=values["wall_ns"],
        step=values["step"],
        epoch=values["epoch"],
        parts=parts,
        facts=_facts.decode(values["facts"]),
        needs=_needs.decode(values["needs"]),
    )
    return ports_media.StoredItem(ids.RunId(values["run"]), values["place"], values["attempt"], item)


def _by(values: Sequence[object], size: int) -> Iterable[Sequence[object]]:
    return (values[at : at + size] for at in range(0, len(values), size))


_facts = msgspec.json.Decoder(dict[str, int | float])
_needs = msgspec.json.Decoder(tuple[media.Need, ...])
