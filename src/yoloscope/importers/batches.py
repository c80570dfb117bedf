"""Batches as trainers send them, as one training in the order of its clock. Used for our own recordings and for what a spool holds.

Rows stay packed until they are yielded: a run of millions needs the memory of its columns.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.importers import contract
from yoloscope.records import logged, names, plan, row

_Key = tuple[str, int]
_SYSTEM = "system/"


class Run:
    """What was gathered of one run; `add` takes its batches in any order, `entries` and `told` give what they amount to."""

    def __init__(self, ref: row.RunRef) -> None:
        self.ref = ref
        self._begun: dict[_Key, row.AttemptRef] = {}
        self._main: set[_Key] = set()
        self._pieces: list[_Piece] = []
        self._sections: dict[str, dict[str, object]] = {}
        self._end: row.Ended | None = None

    def add(self, batch: row.Batch) -> None:
        """Take a batch; what is sent twice stands twice, so give each once."""
        key = (batch.writer, batch.attempt.index)
        self._begun.setdefault(key, batch.attempt)
        sequence = batch.first_seq
        for entry in batch.entries:
            if isinstance(entry, row.Matrix):
                self._pieces.append(_Piece(key, f"{batch.writer}/{batch.lane}", sequence, entry))
                if batch.rank == 0 and not all(name.startswith(_SYSTEM) for name in entry.names):
                    self._main.add(key)
            elif isinstance(entry, row.Updated):
                self._sections.setdefault(entry.section, {}).update(entry.values)
            elif isinstance(entry, row.Ended) and (self._end is None or entry.wall_ns >= self._end.wall_ns):
                self._end = entry
            sequence += row.sequences_of(entry)

    def told(self) -> contract.Told:
        """Return arguments, settings and provenance as the trainer told them."""
        provenance = self._sections.get("provenance", {})
        data = provenance.get("data")
        progress = self._sections.get("progress", {})
        settings = {**progress, **self._sections.get("settings", {}), **plan.planned(progress)}
        version = provenance.get(self.ref.framework or "")
        return contract.Told(
            name=self.ref.name,
            framework=self.ref.framework or "",
            version=version if isinstance(version, str) else "",
            given=self._sections.get("config", {}),
            settings=settings,
            data=_as_mapping(data),
        )

    def entries(self) -> Iterator[contract.Entry]:
        """Yield attempts and rows by attempt, then by the trainer's clock; rows of other processes belong to the attempt of their time."""
        order = sorted(self._main, key=lambda key: (self._begun[key].wall_ns, key))
        number_of = {key: number for number, key in enumerate(order)}
        starts = np.array([self._begun[key].wall_ns for key in order], np.int64)
        at = _Index(self._pieces, number_of=number_of, starts=starts)
        begun = -1
        for attempt, piece, place in at.ordered():
            while begun < attempt:
                begun += 1
                if order:
                    yield _begun(begun, order[begun], self._begun[order[begun]])
            yield _row(self._pieces[piece], place, attempt=attempt)
        if self._end is not None:
            yield logged.Ended(self._end.state, self._end.wall_ns, self._end.reason)


class _Piece(msgspec.Struct, frozen=True):
    """Rows of one shape, and where they stand."""

    key: _Key
    writer: str
    first: int
    matrix: row.Matrix


class _Index:
    """Which row of which piece comes when."""

    def __init__(self, pieces: list[_Piece], *, number_of: Mapping[_Key, int], starts: NDArray[np.int64]) -> None:
        walls = [np.frombuffer(piece.matrix.wall_ns, "<i8") for piece in pieces]
        self._wall = np.concatenate(walls) if walls else np.zeros(0, np.int64)
        self._piece = np.repeat(np.arange(len(pieces)), [len(wall) for wall in walls])
        self._place = np.concatenate([np.arange(len(wall)) for wall in walls]) if walls else np.zeros(0, np.int64)
        self._attempt = np.maximum(np.searchsorted(starts, self._wall, side="right") - 1, 0)
        known = np.array([number_of.get(piece.key, -1) for piece in pieces], np.int64)
        own = known[self._piece] if len(pieces) else np.zeros(0, np.int64)
        self._attempt = np.where(own >= 0, own, self._attempt)

    def ordered(self) -> Iterator[tuple[int, int, int]]:
        """Yield attempt, piece and place within it."""
        order = np.lexsort((self._place, self._piece, self._wall, self._attempt))
        for at in order.tolist():
            yield int(self._attempt[at]), int(self._piece[at]), int(self._place[at])


def _begun(number: int, key: _Key, ref: row.AttemptRef) -> logged.Begun:
    return logged.Begun(number, ref.wall_ns, ref.start_epoch, ref.start_step, is_repeat=key[1] > 0)


def _row(piece: _Piece, place: int, *, attempt: int) -> logged.Logged:
    matrix = piece.matrix
    columns = len(matrix.names)
    (step,) = np.frombuffer(matrix.step, "<i8", 1, 8 * place).tolist()
    (epoch,) = np.frombuffer(matrix.epoch, "<f8", 1, 8 * place).tolist()
    (wall_ns,) = np.frombuffer(matrix.wall_ns, "<i8", 1, 8 * place).tolist()
    values = np.frombuffer(matrix.values, "<f8", columns, 8 * place * columns).tolist()
    return logged.Logged(
        attempt,
        None if step == row.NO_STEP else step,
        None if epoch != epoch else epoch,  # noqa: PLR0124 - NaN stands for none
        wall_ns,
        dict(zip(map(names.canonical, matrix.names), values, strict=True)),
        writer=piece.writer,
        sequence=piece.first + place,
    )


def runs_of(batches: Iterable[row.Batch]) -> list[Run]:
    """Return the runs that some batches are of, in order of first appearance."""
    found: dict[str, Run] = {}
    for batch in batches:
        found.setdefault(batch.run.id, Run(batch.run)).add(batch)
    return list(found.values())


def _as_mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}
