"""What lies in spool directories: found, counted and checked without changing a byte that counts.

Called by `yoloscope spool` and `yoloscope sync`. Reading beside a living training is safe; what it adds meanwhile may be seen or not.
"""

from pathlib import Path
from typing import Literal

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.spool import blobs, cursor, handed, layout, platform, reader, state

State = Literal["running", "complete", "waiting", "offline"]


class LaneCount(msgspec.Struct, frozen=True):
    """What one lane holds; ``acknowledged`` counts rows and events that the server has.

    ``skipped`` counts sequence numbers without a row: torn, or left out by the quota.
    """

    lane: int
    segments: int
    size_bytes: int
    rows: int
    values: int
    events: int
    torn: int
    skipped: int
    acknowledged: int


class Inventory(msgspec.Struct, frozen=True):
    """What one writer's directory holds, and how far it is sent.

    ``handed`` counts items that are not encoded yet, ``parts_waiting`` and ``parts_bytes`` parts of items that the server is to have.
    """

    directory: str
    run: str
    name: str
    project: str
    host: str
    server: str
    state: State
    attempts: int
    names: list[str]
    lost: dict[str, int]
    lanes: list[LaneCount]
    handed: int = 0
    parts_waiting: int = 0
    parts_bytes: int = 0

    @property
    def torn(self) -> int:
        """How many places cannot be read, after a power cut for example."""
        return sum(lane.torn for lane in self.lanes)


def find(root: Path) -> list[Path]:
    """Return the writers' directories in and below a folder, oldest first."""
    manifests = [root / "run.json"] if (root / "run.json").is_file() else list(root.rglob("run.json"))
    found = [path.parent for path in manifests if (path.parent / "state").exists()]
    return sorted(found, key=lambda path: (path / "run.json").stat().st_mtime)


def title(directory: Path) -> str:
    """Return what a run is called.

    Raises:
        SpoolError: if the manifest cannot be read, or is of another version.
    """
    run = layout.load_manifest(directory).run
    return f"{run.project}/{run.name}"


def committed(directory: Path) -> int:
    """Return how many rows and events a writer's directory has come to; what was never read before is read.

    Raises:
        SpoolError: if a segment cannot be read.
    """
    return sum(reader.committed(directory, lane=lane) for lane in reader.lanes(directory))


def of(directory: Path) -> Inventory:
    """Return what a writer's directory holds; every frame is read, so its time grows with the size.

    Raises:
        SpoolError: if the manifest or a segment cannot be read, or is of another version.
    """
    manifest = layout.load_manifest(directory)
    acknowledged = cursor.load(directory)
    names: dict[str, None] = {}
    counted = [
        _lane(directory, lane, acknowledged=acknowledged.places.get(str(lane)), names=names)
        for lane in reader.lanes(directory)
    ]
    waiting = blobs.Blobs(directory).waiting()
    return Inventory(
        directory=str(directory),
        run=manifest.run.id,
        name=manifest.run.name,
        project=manifest.run.project,
        host=manifest.host,
        server=manifest.server,
        state=_state(directory, manifest, complete=acknowledged.complete),
        attempts=len(manifest.attempts),
        names=sorted(names),
        lost=_lost(directory),
        lanes=counted,
        handed=len(handed.waiting(directory)),
        parts_waiting=len(waiting),
        parts_bytes=sum(held.size_bytes for held in waiting),
    )


def damaged_parts(directory: Path) -> list[str]:
    """Read every encoded part of a directory and return the digests of those whose bytes are others.

    Raises:
        SpoolError: if one cannot be read.
    """
    try:
        return blobs.Blobs(directory).damaged()
    except OSError as error:
        raise errors.SpoolError(f"a part in {directory} cannot be read: {error}") from error


def _state(directory: Path, manifest: layout.Manifest, *, complete: bool) -> State:
    if platform.is_locked(directory / "alive.lock"):
        return "running"
    if complete:
        return "complete"
    return "offline" if manifest.mode == "offline" else "waiting"


def _lane(directory: Path, lane: int, *, acknowledged: reader.Place | None, names: dict[str, None]) -> LaneCount:
    numbers = reader.lanes(directory)[lane]
    rows = values = events = torn = skipped = 0
    for chunk in reader.chunks(directory, lane=lane):
        torn += chunk.torn
        matrices = [entry for entry in chunk.entries if isinstance(entry, row.Matrix)]
        events += sum(isinstance(entry, row.Event) for entry in chunk.entries)
        skipped += sum(entry.sequences for entry in chunk.entries if isinstance(entry, row.Skip))
        rows += sum(matrix.rows for matrix in matrices)
        values += sum(matrix.rows * len(matrix.names) for matrix in matrices)
        for matrix in matrices:
            names.update(dict.fromkeys(matrix.names))
    sizes = (layout.segment_path(directory, lane=lane, number=number).stat().st_size for number in numbers)
    seq = acknowledged.seq if acknowledged else 0
    return LaneCount(lane, len(numbers), sum(sizes), rows, values, events, torn, skipped, seq)


def _lost(directory: Path) -> dict[str, int]:
    try:
        return state.lost_in(directory / "state")
    except OSError as error:
        raise errors.SpoolError(f"{directory / 'state'} cannot be read: {error}") from error
