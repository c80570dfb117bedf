"""The lane in which a sidecar writes what it sees itself: telemetry, printed lines, stacks; as safe and as ordered as the trainer's rows."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sidecar import source
from yoloscope.spool import cursor, layout, reader, state, writer

log = logging.getLogger("yoloscope.sidecar")
_encoder = msgspec.msgpack.Encoder()


class Notebook:
    """One lane of a writer's directory that this process alone writes. Opened at the first note; used from one thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._manifest_ns = 0
        self._attempt = 0
        self._page: state.StatePage | None = None
        self._writer: writer.Writer | None = None

    def numbers(self, values: Mapping[str, float], *, step: int | None = None, epoch: float | None = None) -> None:
        """Store one row; what a full disk does not hold is left out."""
        opened = self._opened()
        if opened is not None:
            opened.log(dict(values), row.NO_STEP if step is None else step, writer.NO_EPOCH if epoch is None else epoch)

    def event(self, event: row.Event, *, attempt: int | None = None) -> bool:
        """Store one event, as of the attempt that the trainer is in now or of another; False if the disk does not hold it."""
        opened = self._opened(attempt)
        return opened is not None and opened.event(_encoder.encode(event))

    def close(self) -> None:
        """Seal the lane; calling it twice is harmless."""
        if self._writer is not None:
            self._writer.close()
        if self._page is not None:
            self._page.close()
        self._writer = self._page = None

    def _opened(self, attempt: int | None = None) -> writer.Writer | None:
        """Return the writer, on an attempt or that which the trainer is in now; None where the disk is full."""
        try:
            index = self._attempt_now() if attempt is None else attempt
            if self._writer is None:
                self._writer = self._open(index)
            elif index != self._attempt:
                self._writer.close()  # a lane that is free now: others have taken some since
                self._writer = self._open(index)
            self._attempt = index
        except (errors.SpoolError, OSError) as error:
            log.warning("nothing can be noted in %s: %s", self._directory, error)
            return None
        return self._writer

    def _open(self, attempt: int) -> writer.Writer:
        lane = free_lane(self._directory)
        self._page = self._page or state.StatePage(self._directory / "state")
        opened = writer.Writer(self._directory, page=self._page, clean=_as_it_is, first_lane=lane, attempt=attempt)
        opened.open()
        return opened

    def _attempt_now(self) -> int:
        """Return the index of the newest attempt; the manifest is read again only when it was replaced."""
        changed_ns = (self._directory / "run.json").stat().st_mtime_ns
        if changed_ns == self._manifest_ns:
            return self._attempt
        self._manifest_ns = changed_ns
        attempts = layout.load_manifest(self._directory).attempts
        return attempts[-1].index if attempts else 0


def free_lane(directory: Path) -> int:
    """Return the number of a lane that nobody has used: neither one that lies there nor one that was sent and removed since."""
    sent = (int(lane) % source.BULK_LANE + 1 for lane in cursor.load(directory).places)
    return max(layout.SIDECAR_LANE, *(known + 1 for known in reader.lanes(directory)), *sent, 0)


def _as_it_is(values: object, step: object, epoch: object) -> writer.Row | None:
    """Take the rows of our own: their names and numbers are right, the writer only has not seen their names yet."""
    assert isinstance(values, dict)
    assert isinstance(step, int)
    assert isinstance(epoch, float)
    return cast("dict[str, float]", values), step, epoch
