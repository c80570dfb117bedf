"""What a spool folder keeps, and how it stays within its limits: the deeds behind the rules of `spool.quota`.

Called by `sidecar.loop` between two sends. Ended directories are removed whole, by whichever sidecar comes first. Of the directories
that this sidecar carries, acknowledged segments and sent parts of items beyond what is kept go. Beyond the quota unsent pictures and other media give
way, the oldest first, and only then unsent segments shrink; parts of summaries stay.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

from yoloscope import errors
from yoloscope.sidecar import shipment, source
from yoloscope.spool import blobs, cursor, layout, platform, quota, reader, removal, shrink, state

CHECK_S = 5.0
"""How often the carried directories are measured: a directory listing each."""
SWEEP_S = 60.0
"""How often everything in the spool folder is looked at; it may hold a thousand directories."""
SHRINKS_MOST = 2
"""Segments that shrink in one turn, some 100 ms each, so that sending goes on."""

log = logging.getLogger("yoloscope.sidecar")
_Fault = (errors.SpoolError, OSError, ValueError)


class Keeper:
    """Keeps the folder in which the directory `own` lies within the limits that its run was started with."""

    def __init__(self, own: Path) -> None:
        self._root = own.parent
        self._quota_bytes = quota.QUOTA_BYTES
        self._keep_days = quota.KEEP_DAYS
        with _told(own):
            manifest = layout.load_manifest(own)
            self._quota_bytes, self._keep_days = manifest.quota_bytes, manifest.keep_days
        self._others_bytes = 0
        self._hopeless: set[Path] = set()
        self._levels: dict[Path, int] = {}
        self._check_at_s = self._sweep_at_s = 0.0

    def tend(self, carried: Mapping[Path, shipment.Shipment], *, now_s: float) -> bool:
        """Do what is due; True if there is more to do soon.

        `carried` are the directories whose lock this process holds; `now_s` is of any clock that never steps back.
        """
        if now_s >= self._sweep_at_s:
            self._sweep(carried)
            self._sweep_at_s = now_s + SWEEP_S
        if now_s < self._check_at_s:
            return False
        for parcel in carried.values():
            with _told(parcel.directory):
                _trim(parcel)
        more = self._hold_quota(carried)
        self._check_at_s = now_s + (0.0 if more else CHECK_S)
        return more

    def _sweep(self, carried: Mapping[Path, shipment.Shipment]) -> None:
        """Remove what has outlived its time, and measure what others have not sent."""
        ended: list[quota.Ended] = []
        self._others_bytes = 0
        with _told(self._root):
            for path in sorted(self._root.iterdir()):
                if path in carried or not path.is_dir():
                    continue
                with _told(path):
                    if removal.is_ended(path):
                        since_s = (path / "cursor.json").stat().st_mtime
                        ended.append(quota.Ended(path, removal.size_bytes(path), since_s))
                    else:
                        known = source.Source(path, places=cursor.load(path).places)
                        self._others_bytes += _bytes_from(path, known.kept_from) + blobs.size_waiting(path)
        for one in quota.outlived(ended, now_s=time.time(), keep_days=self._keep_days):
            with _told(one.directory):
                if removal.remove(one.directory):
                    log.info("%s is removed: the server has it all", one.directory)

    def _hold_quota(self, carried: Mapping[Path, shipment.Shipment]) -> bool:
        """Shrink a few segments if too much is unsent; True if it is still too much and more can be done."""
        total = self._others_bytes
        for parcel in carried.values():
            with _told(parcel.directory):
                total += _bytes_from(parcel.directory, _reach(parcel)[0])
                total += sum(held.size_bytes for held in parcel.parts.blobs.waiting())
        for parcel in carried.values():
            with _told(parcel.directory):
                total -= _drop_media(parcel, most_bytes=total - self._quota_bytes)
        if total <= self._quota_bytes:
            return False
        waiting: list[quota.Sealed] = []
        for parcel in carried.values():
            with _told(parcel.directory):
                waiting += self._waiting(parcel)
        gained = 0
        for _ in range(SHRINKS_MOST):
            chosen = quota.next_to_shrink(waiting)
            if chosen is None or total - gained <= self._quota_bytes:
                return False
            waiting.remove(chosen)
            gained += self._shrink(chosen, carried[chosen.directory])
        return gained > 0 and total - gained > self._quota_bytes

    def _waiting(self, parcel: shipment.Shipment) -> Iterator[quota.Sealed]:
        """Yield the full segments of a directory that the server has nothing of."""
        begun_until = _reach(parcel)[1]
        for lane, numbers in reader.lanes(parcel.directory).items():
            begun = begun_until(lane)
            for number in numbers[:-1]:  # the last one may still be written
                path = layout.segment_path(parcel.directory, lane=lane, number=number)
                if number > begun and path not in self._hopeless:
                    status = path.stat()
                    if path not in self._levels:
                        self._levels[path] = shrink.level_of(path)
                    yield quota.Sealed(
                        parcel.directory, lane, number, status.st_size, self._levels[path], status.st_mtime
                    )

    def _shrink(self, chosen: quota.Sealed, parcel: shipment.Shipment) -> int:
        """Shrink one segment, if that may be done now, and return by how many bytes."""
        path = layout.segment_path(chosen.directory, lane=chosen.lane, number=chosen.number)
        try:
            with _held(parcel) as held:
                if not held or chosen.number <= _reach(parcel)[1](chosen.lane) or not reader.is_sealed(path):
                    return 0
                self._levels.pop(path, None)
                with contextlib.closing(state.StatePage(chosen.directory / "state")) as page:
                    shrink.shrink(chosen.directory, lane=chosen.lane, number=chosen.number, page=page)
            return max(1, chosen.size_bytes - path.stat().st_size)
        except _Fault as error:
            log.warning("%s stays as it is: %s", path, error)
            self._hopeless.add(path)
            return 0


def _drop_media(parcel: shipment.Shipment, *, most_bytes: int) -> int:
    """Remove unsent parts of media, the oldest items first, until so many bytes are gained; return how many were."""
    gained = 0
    for held in parcel.parts.blobs.waiting() if most_bytes > 0 else ():
        if gained >= most_bytes:
            break
        if not held.item.is_summary:
            parcel.parts.drop(held)
            gained += held.size_bytes
    return gained


@contextlib.contextmanager
def _told(path: Path) -> Generator[None]:
    """Say what is wrong with one directory and go on with the others."""
    try:
        yield
    except _Fault as error:
        log.debug("%s: %s", path, error)


@contextlib.contextmanager
def _held(parcel: shipment.Shipment) -> Generator[bool]:
    """Yield whether nobody else sends the directory: an offline one is free for `yoloscope sync` at any time."""
    if parcel.manifest.mode == "online":
        yield True
        return
    lock = platform.FileLock(parcel.directory / "sidecar.lock")
    try:
        yield lock.acquire()
    finally:
        lock.release()


def _reach(parcel: shipment.Shipment) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Return what tells of a lane its first segment still needed, and the last that the server may know of."""
    if parcel.manifest.mode == "online":
        return parcel.done_before, parcel.begun_until
    known = source.Source(
        parcel.directory, places=cursor.load(parcel.directory).places
    )  # `yoloscope sync` sends it, not we
    return known.kept_from, known.begun_until


def _trim(parcel: shipment.Shipment) -> None:
    """Remove acknowledged segments beyond what is kept of a run that goes on; an offline one may have to go elsewhere too."""
    if parcel.manifest.mode == "offline":
        return
    sizes: list[tuple[Path, float, int]] = list(parcel.parts.blobs.kept())
    for lane, numbers in reader.lanes(parcel.directory).items():
        needed = parcel.done_before(lane)
        written_s = 0.0
        for number in numbers:
            if number < needed:
                path = layout.segment_path(parcel.directory, lane=lane, number=number)
                status = path.stat()
                written_s = max(
                    written_s, status.st_mtime
                )  # the clock may have been set back: a lane is to have no hole
                sizes.append((path, written_s, status.st_size))
    for path in quota.surplus(sizes):
        path.unlink()


def _bytes_from(directory: Path, first_needed: Callable[[int], int]) -> int:
    """Return the bytes of all segments that are still needed; of the last of a lane, those that are written."""
    total = 0
    for lane, numbers in reader.lanes(directory).items():
        paths = [layout.segment_path(directory, lane=lane, number=number) for number in numbers]
        first = first_needed(lane)
        total += sum(path.stat().st_size for number, path in zip(numbers, paths[:-1], strict=False) if number >= first)
        total += reader.used_bytes(paths[-1]) if numbers[-1] >= first else 0
    return total
