"""What a store keeps beside numbers: items (typed records, in the catalogue) and blobs (the bytes of their parts, known by their digest).

A part of `ports`, where everybody finds it. An item is stored with the batch that tells of it; its parts follow, in pieces, and may be missing for long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

import msgspec

from yoloscope.curves import supersede
from yoloscope.records import ids, media


class StoredItem(msgspec.Struct, frozen=True):
    """An item of a run; ``place`` grows within the run with every item that is stored, ``attempt`` is the attempt's key in the store."""

    run: ids.RunId
    place: int
    attempt: int
    item: media.Item


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which items are asked for; what is None is not asked about. Bounds are inclusive; an item without a step is in no range of steps."""

    runs: tuple[ids.RunId, ...]
    names: tuple[str, ...] | None = None
    kinds: tuple[media.Kind, ...] | None = None
    from_step: int | None = None
    to_step: int | None = None
    from_epoch: float | None = None
    to_epoch: float | None = None
    after: tuple[ids.RunId, int] | None = None
    """The run and place of the last item of the page before; pages are ordered by run id, then place."""
    limit: int = 200
    hidden_by: Mapping[ids.RunId, Sequence[supersede.Start]] = {}
    """The attempts of runs, in order. Of these runs a store may leave out what a later attempt took the place of, by `curves.supersede`;
    what it leaves is for the caller to hide."""


class ItemName(msgspec.Struct, frozen=True):
    """One name of a run's items: how many there are, and the least and greatest step and epoch."""

    kind: media.Kind
    name: str
    items: int
    first_step: int | None
    last_step: int | None
    first_epoch: float | None
    last_epoch: float | None


class Items(Protocol):
    """The items of runs. Storing is idempotent. Safe to call from any thread."""

    def store(self, run: ids.RunId, *, attempt: int, items: Sequence[media.Item]) -> None:
        """Store items of an attempt; one with an (attempt, number) that is there already changes nothing.

        A run has room for so many; items beyond are counted in its ``lost`` and not stored.

        Raises:
            NotFound: if there is no such run.
        """
        ...

    def count_lost(self, run: ids.RunId, *, reason: str, items: int) -> None:
        """Add to the run's ``lost`` what the server itself did not keep. Counting again adds again.

        Raises:
            NotFound: if there is no such run.
        """
        ...

    def find(self, wanted: Wanted) -> list[StoredItem]:
        """Return items in order of run id and place, `Wanted.limit` at most."""
        ...

    def item(self, run: ids.RunId, place: int) -> StoredItem:
        """Return one item.

        Raises:
            NotFound: if there is no such item.
        """
        ...

    def names(self, run: ids.RunId) -> list[ItemName]:
        """Return what a run has, by kind and name, in order of first arrival."""
        ...

    def parts(self, run: ids.RunId, digest: str) -> list[tuple[media.Item, media.Part]]:
        """Return every item of a run that has a part of that digest, with the part; none if it has none."""
        ...

    def used(self, digests: Sequence[str]) -> set[str]:
        """Return those of some digests that an item of any run has as a part, runs in the trash included."""
        ...

    def digests(self) -> Iterator[tuple[str, int]]:
        """Yield the digest and size of every part of every item, each digest once."""
        ...


class BlobState(msgspec.Struct, frozen=True):
    """How far a blob has come: bytes that are there, and whether it is whole and was compared with its digest."""

    offset: int
    whole: bool


class BlobTotals(msgspec.Struct, frozen=True):
    """What a blob store holds."""

    blobs: int
    bytes: int
    partial_bytes: int


class Freed(msgspec.Struct, frozen=True):
    """What was removed: how many blobs, and the bytes that gave back."""

    blobs: int
    bytes: int


class BlobStore(Protocol):
    """Bytes known by their SHA-256. Nothing of a blob is read before it is whole. Safe to call from any thread."""

    def state(self, digest: str) -> BlobState:
        """Return how far a blob has come; one that nobody began is at 0."""
        ...

    def append(
        self,
        digest: str,
        *,
        offset: int,
        data: bytes,
        size_bytes: int,
        check: Callable[[BinaryIO], None] | None = None,
    ) -> BlobState:
        """Add bytes to a blob of `size_bytes` at `offset`; with the last ones it is compared with its digest, and durable when this returns.

        `check` is called with the whole bytes before anybody can read them; what it raises is raised here, and nothing of the blob is kept.

        Raises:
            SequenceGap: if `offset` is not where the blob stands; ``expected`` is.
            DigestMismatch: if the whole bytes have another digest; nothing of them is kept.
            StoreFull: if the disk or the quota has no room; what was there stays.
        """
        ...

    def whole(self, digests: Sequence[str]) -> set[str]:
        """Return those of some digests whose blobs are whole."""
        ...

    def read(self, digest: str) -> bytes:
        """Return a small blob's bytes.

        Raises:
            NotFound: if it is not whole.
        """
        ...

    def opened(self, digest: str) -> AbstractContextManager[BinaryIO]:
        """Lend a whole blob as a seekable file.

        Raises:
            NotFound: if it is not whole.
        """
        ...

    def put(self, data: bytes) -> str:
        """Store bytes whole and return their digest; what the server makes itself (thumbnails) goes this way.

        Raises:
            StoreFull: as `append`.
        """
        ...

    def remove(self, digests: Iterable[str]) -> int:
        """Remove blobs, whole or not, and return how many bytes that gave back."""
        ...

    def collect(self, digests: Sequence[str], *, used: Callable[[Sequence[str]], set[str]]) -> Freed:
        """Remove those of some blobs, whole or not, that `used` does not name; ones that somebody is busy with stay.

        Between that question and the removal neither `state` nor `append` tells of them: who stores an item first, and asks then, is never
        told of a blob that is removed.
        """
        ...

    def collect_begun(self, *, older_s: float) -> Freed:
        """Remove what came of blobs that are not whole and were not gone on with for so long."""
        ...

    def digests(self) -> Iterator[tuple[str, int, float]]:
        """Yield digest, size and age in seconds of every blob, whole or not."""
        ...

    def verify(self) -> Iterator[tuple[str, str]]:
        """Read every whole blob and yield the digest of each that is damaged, with what is wrong."""
        ...

    def totals(self) -> BlobTotals:
        """Return what is held."""
        ...

    def close(self) -> None:
        """Release files; calling it twice is harmless."""
        ...
