"""What the sidecar itself adds to a run: events in lanes of its own, as safe and as ordered as the trainer's."""

from pathlib import Path

import msgspec

from yoloscope.records import row
from yoloscope.sidecar import provenance
from yoloscope.spool import layout, reader, state, writer


def record_provenance(directory: Path, manifest: layout.Manifest) -> None:
    """Write where the run comes from, once per writer; it cannot be found out later.

    Raises:
        SpoolFull, OSError: if the disk does not hold it.
    """
    if any(lane >= layout.SIDECAR_LANE for lane in reader.lanes(directory)):
        return
    found = provenance.collect(manifest.argv, cwd=Path(manifest.cwd))
    page = state.StatePage(directory / "state")
    notes = writer.Writer(directory, page=page, clean=_no_rows, first_lane=layout.SIDECAR_LANE)
    notes.open()
    notes.event(msgspec.msgpack.encode(row.Updated("provenance", found)))
    notes.close()
    page.close()


def _no_rows(values: object, step: object, epoch: object) -> None:
    """Take no rows: the sidecar writes events alone."""
    del values, step, epoch
