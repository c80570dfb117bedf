"""What the sidecar itself adds to a run: events in lanes of its own, as safe and as ordered as the trainer's."""

import logging
import os
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sidecar import notebook, provenance
from yoloscope.spool import layout, state, threads, writer

log = logging.getLogger("yoloscope.sidecar")


def record_provenance(directory: Path, manifest: layout.Manifest) -> None:
    """Write where the run comes from, once per writer; it cannot be found out later.

    Raises:
        SpoolFull, OSError: if the disk does not hold it.
    """
    if manifest.rank or has_provenance(directory):  # of a distributed training the main process tells it
        return
    started_with = threads.as_before(os.environ)  # this process is its trainer's child
    found = provenance.collect(manifest.argv, cwd=Path(manifest.cwd), environment=started_with)
    page = state.StatePage(directory / "state")
    try:
        if _write(directory, page, row.Updated("provenance", found)):
            page.put("provenance", 1)
    finally:
        page.close()


def has_provenance(directory: Path) -> bool:
    """Tell whether where the run comes from is written down."""
    page = state.StatePage(directory / "state")
    try:
        return bool(page.get("provenance"))
    finally:
        page.close()


def write(directory: Path, page: state.StatePage, event: row.Event) -> bool:
    """Store one event behind everything that is there; False if the disk does not hold it."""
    try:
        return _write(directory, page, event)
    except (errors.SpoolError, OSError) as error:
        log.warning("%s is not noted: %s", type(event).__name__, error)
        return False


def _write(directory: Path, page: state.StatePage, event: row.Event) -> bool:
    notes = writer.Writer(directory, page=page, clean=_no_rows, first_lane=notebook.free_lane(directory))
    try:
        notes.open()
        return notes.event(msgspec.msgpack.encode(event))
    finally:
        notes.close()


def _no_rows(values: object, step: object, epoch: object) -> None:
    """Take no rows: the sidecar writes events alone."""
    del values, step, epoch
