"""Pieces of the parts of items, as a recording holds them: a part is whole before the next begins, comes once, and is what its digest says.

Used by `recording`, on both sides alike.
"""

import hashlib
from collections.abc import Callable

import msgspec

from yoloscope import errors


class Piece(msgspec.Struct, frozen=True):
    """Bytes of a part of an item: the digest of the whole, where they belong in it, and how many bytes the whole has."""

    digest: str
    offset: int
    size_bytes: int
    data: bytes


class Parts:
    """What was seen of the parts of one recording; `passed` is called with the size of each that is whole."""

    def __init__(self, passed: Callable[[int], None]) -> None:
        self._passed = passed
        self._done: set[bytes] = set()
        self._part: tuple[bytes, int] | None = None
        self._offset = 0
        self._digest = hashlib.sha256()

    @property
    def are_whole(self) -> bool:
        """Whether no part lacks its end."""
        return self._part is None

    def take(self, piece: Piece) -> None:
        """Take the next piece.

        Raises:
            RecordingCorrupt: if it breaks a rule.
        """
        key = bytes.fromhex(piece.digest), piece.size_bytes
        if self._part is None:
            if key[0] in self._done:
                raise errors.RecordingCorrupt(f"the file holds the part {piece.digest} twice")
            self._part, self._offset, self._digest = key, 0, hashlib.sha256()
        end = self._offset + len(piece.data)
        is_empty = not piece.data and piece.size_bytes
        if (self._part, self._offset) != (key, piece.offset) or end > piece.size_bytes or is_empty:
            raise errors.RecordingCorrupt(f"the pieces of the part {piece.digest} do not follow each other")
        self._digest.update(piece.data)
        self._offset = end
        if end == piece.size_bytes:
            self._end(piece)

    def _end(self, piece: Piece) -> None:
        if self._digest.hexdigest() != piece.digest:
            raise errors.RecordingCorrupt(f"the part {piece.digest} of the file has another digest")
        self._done.add(bytes.fromhex(piece.digest))
        self._part = None
        self._passed(piece.size_bytes)
