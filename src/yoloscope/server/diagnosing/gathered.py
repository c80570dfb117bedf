"""All rows of a run, as they arrived, in the order in which a diagnosis takes them (`replay.Order`).

Called by `judged`. Packed rows lie in a file without a name once they are many, and what stays in memory is an index of 28 bytes a row; a piece is unpacked
when its first row is wanted, and let go of with its last.
"""

import heapq
import tempfile
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.diagnose import replay
from yoloscope.records import logged, row
from yoloscope.server.diagnosing import messages
from yoloscope.server.diagnosing.attempts import Attempts

IN_MEMORY_BYTES = 64 * 1024 * 1024
"""Rows of a training of some hours."""
_piece_from_bytes = msgspec.msgpack.Decoder(messages.Piece)


class Gathered:
    """The rows of one run; a context, which gives its file back."""

    def __init__(self, of: Attempts) -> None:
        self._of = of
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - `close` ends it
        self._spans: list[tuple[int, int, int]] = []
        self._walls: list[NDArray[np.int64]] = []
        self._places: list[NDArray[np.int64]] = []
        self.rows = 0

    def add(self, pieces: Iterable[messages.Piece]) -> None:
        """Take rows behind those that there are."""
        for piece in pieces:
            if not piece.matrix.rows:
                continue
            packed = msgspec.msgpack.encode(piece)
            self._spans.append((self._file.tell(), len(packed), self.rows))
            self._file.write(packed)
            walls = np.frombuffer(piece.matrix.wall_ns, "<i8")
            self._walls.append(walls)
            self._places.append(self._of.places(piece.attempt, walls))
            self.rows += len(walls)

    def entries(self, after: replay.Key | None) -> Iterator[replay.Entry]:
        """Yield rows, beginnings and ends that come after a key, in order."""
        order = replay.Order(self._of.began())
        events: list[replay.Entry] = [*self._of.began(), *self._of.ended()]
        beside = sorted(((order.key(one), one) for one in events), key=_key)
        later = [one for one in beside if after is None or one[0] > after]
        for _, entry in heapq.merge(self._keyed(after), later, key=_key):
            yield entry

    def has_before(self, after: replay.Key | None, *, first: int) -> bool:
        """Tell whether a row with that number or a later one belongs before a key."""
        if after is None or first >= self.rows:
            return False
        walls, places = _joined(self._walls)[first:], _joined(self._places)[first:]
        number: NDArray[np.int64] = np.arange(first, self.rows)
        return not bool(_behind(after, number=number, walls=walls, places=places).all())

    def __enter__(self) -> "Gathered":  # noqa: PYI034 - `Self` is of newer Pythons
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the file back."""
        self._file.close()

    def _keyed(self, after: replay.Key | None) -> Iterator[tuple[replay.Key, replay.Entry]]:
        walls, places = _joined(self._walls), _joined(self._places)
        number: NDArray[np.int64] = np.arange(self.rows)
        if after is not None:
            number = number[_behind(after, number=number, walls=walls, places=places)]
        number = number[np.lexsort((number, walls[number], places[number]))]
        firsts = np.array([first for *_, first in self._spans], np.int64)
        of_piece: NDArray[np.int64] = np.asarray(np.searchsorted(firsts, number, side="right"), np.int64) - 1
        left = np.bincount(of_piece, minlength=len(self._spans)).tolist()
        unpacked: dict[int, list[logged.Logged]] = {}
        pairs: list[tuple[int, int]] = np.stack([number, of_piece], axis=1).tolist()
        for at, piece in pairs:
            rows = unpacked.get(piece) or self._unpacked(piece)
            left[piece] -= 1
            if left[piece]:
                unpacked[piece] = rows
            else:
                unpacked.pop(piece, None)
            found = rows[at - self._spans[piece][2]]
            yield (found.attempt, 1, found.wall_ns, "", at), found

    def _unpacked(self, at: int) -> list[logged.Logged]:
        start, size, first = self._spans[at]
        self._file.seek(start)
        return rows_of(_piece_from_bytes.decode(self._file.read(size)), first=first, of=self._of)


def rows_of(piece: messages.Piece, *, first: int, of: Attempts) -> list[logged.Logged]:
    """Return rows as a diagnosis takes them, the first of which has that number."""
    matrix = piece.matrix
    walls = np.frombuffer(matrix.wall_ns, "<i8")
    values = np.reshape(np.frombuffer(matrix.values, "<f8"), (len(walls), -1)).tolist()
    columns = (
        of.places(piece.attempt, walls).tolist(),
        np.frombuffer(matrix.step, "<i8").tolist(),
        np.frombuffer(matrix.epoch, "<f8").tolist(),
        walls.tolist(),
        values,
    )
    return [
        logged.Logged(
            attempt,
            None if step == row.NO_STEP else step,
            None if epoch != epoch else epoch,  # noqa: PLR0124 - NaN stands for none
            wall_ns,
            dict(zip(matrix.names, told, strict=True)),
            sequence=number,
        )
        for number, (attempt, step, epoch, wall_ns, told) in enumerate(zip(*columns, strict=True), first)
    ]


def _behind(
    after: replay.Key, *, number: NDArray[np.int64], walls: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which rows come after a key: all of its attempt where it is a beginning, none of it where it is an end."""
    attempt, kind, wall_ns, _, sequence = after
    later = (walls > wall_ns) | ((walls == wall_ns) & (number > sequence))
    return (places > attempt) | ((places == attempt) & (kind <= 1) & (later | (kind == 0)))


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _key(keyed: tuple[replay.Key, replay.Entry]) -> replay.Key:
    return keyed[0]
