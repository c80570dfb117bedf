"""The bytes of a spool: one directory a writer, in it a manifest, a state page, and segments of each lane.

    <root>/<writer>/run.json          who writes, for which run (`Manifest`)
    <root>/<writer>/alive.lock        locked while the trainer lives
    <root>/<writer>/state             one page of counters, mapped by trainer and sidecar
    <root>/<writer>/<lane>-<no>.sp    segments: rows of one lane in order
    <root>/<writer>/<lane>-<no>.packed  a segment that the quota made smaller, about to take the other's place (`spool.packed`)
    <root>/<writer>/cursor.json       what the server has acknowledged
    <root>/<writer>/outgoing.json     numbers given to classes that no data set names (`sidecar.outgoing`)
    <root>/<writer>/exit.json         how the trainer ended, as its parent saw it (`spool.ending`)
    <root>/<writer>/console.out .err  what it printed, a ring each (`spool.console`); console.json: how far that is noted
    <root>/<writer>/handed/           what it logged that is no number, for the sidecar to encode (`spool.handed`)
    <root>/<writer>/fault.log stack.log life.json  stacks of its threads, kills for lack of memory (`spool.evidence`)
    <root>/<writer>/launch.json       how it was started, for its own machine alone (`spool.launched`)
    <root>/<writer>/inbox             what it is asked to do (`spool.inbox`)
    <root>/<writer>/suspects.bin      what its model said of the labels it is trained on (`spool.suspects`); never sent

A segment (native little-endian, every part aligned to 8 bytes):

    0     magic and version      8s       48  first sequence number    u64 (NO_SEQ: not known yet)
    8     header size            u32      56  attempt index            u32
    12    pid                    u32      60  lane                     u32
    16    segment size           u64      64  COMMIT: first unwritten  u64
    24    wall clock anchor, ns  i64      72  SEALED: a next one exists u64
    32    monotonic anchor, ns   i64
    40    segment number         u64      4096 frames

    definition  size:u32 0:u32 id:u32 name_bytes:u32 names joined by NUL, padded, own offset:u64
    row         size:u32 id:u32 step:i64 monotonic ns:i64 epoch:f64 values:f64*k own offset:u64
    event       size:u32 EVENT:u32 length:u32 0:u32 msgpack, padded, own offset:u64

A frame ends with its own offset, so that zeroes or stale blocks after a power cut are told from data. The commit word is the
write position; there is no second copy of it that could disagree.
"""

import os
import re
import struct
import sys
import threading
from pathlib import Path
from typing import Literal

import msgspec

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.records.policy import Policy
from yoloscope.spool import quota

MAGIC = b"YSSPOOL\x01"
STATE_MAGIC = b"YSSTATE\x01"
MANIFEST_VERSION = 1
HEADER = struct.Struct("@8sIIQqqQQII")
HEADER_BYTES = 4096
FIRST_SEQ_AT = 48
COMMIT_WORD = 8
SEALED_WORD = 9
NO_SEQ = 2**64 - 1
DEFINITION = 0
EVENT = 2**32 - 1
FRAME_HEAD = struct.Struct("@II")
BLOB_HEAD = struct.Struct("@IIII")
OFFSET = struct.Struct("@Q")
INTEGER = struct.Struct("@q")
ROW_OVERHEAD_BYTES = 40
FRAME_LEAST_BYTES = 24
SEGMENT_BYTES = (256 * 1024, 1024 * 1024, 4 * 1024 * 1024)
"""Sizes of the first segments of a lane, the last one for all further: small for short runs, 4 MiB is what was measured."""
SEGMENT_FLOOR_BYTES = 64 * 1024
EVENT_MAX_BYTES = 2 * 1024 * 1024
SIDECAR_LANE = 1_000_000
"""Lanes from here on are written by the sidecar itself."""
ROW_NAMES_MAX = 4_096

STATE_BYTES = 4096
StateWord = Literal[
    "finishing",
    "acked_sequences",
    "last_ack_ns",
    "complete",
    "end_told",
    "regular_end",
    "stack_signal",
    "provenance",
    "paused",
    "killed",
]
STATE_WORDS: dict[str, int] = {
    "finishing": 1,  # the trainer waits in `finish`
    "acked_sequences": 2,
    "last_ack_ns": 3,  # grows with each acknowledgement
    "complete": 4,
    "end_told": 6,  # an event says how the run ended
    "regular_end": 7,  # the interpreter ended without an exception; the exit code is the parent's to tell
    "stack_signal": 8,  # the signal on which the trainer writes its stacks, 0 if none
    "provenance": 9,  # where the run comes from is written down
    "paused": 10,  # the trainer is held by a command
    "killed": 11,  # its sidecar has killed it, as a command asked
}
LOST_REASONS = (
    "disk_full",
    "wrong_type",
    "invalid_name",
    "too_many_names",
    "event_too_large",
    "torn",
    "refused",
    "no_longer_kept",
    "thinned",
    "policy",
    "quota",
    "item_invalid",
    "item_policy",
    "item_rate",
    "item_disk",
    "item_refused",
    "item_quota",
    "item_unreadable",
)
"""Why rows, values or items never reached the server. New reasons go to the end: a reason's place is its word in the state page."""
LOST_FIRST_WORD = 64

_SEGMENT_NAME = re.compile(r"(\d+)-(\d{6,})\.sp\Z")


class Manifest(msgspec.Struct, frozen=True):
    """What `run.json` holds; everything a courier needs to send the rows of this directory."""

    version: int
    writer: ids.WriterId
    run: row.RunRef
    server: str
    mode: Literal["online", "offline"]
    host: str
    boot_id: str
    pid: int
    wall_ns: int
    mono_ns: int
    argv: tuple[str, ...] = ()
    cwd: str = ""
    attempts: tuple[row.AttemptRef, ...] = ()
    launched: bool = False
    """Whether `yoloscope run` is the parent, which will tell the exit code (`spool.ending`)."""
    policy: Policy = Policy()
    """What may leave this machine; the spool itself holds everything."""
    classes: dict[str, int] = {}
    """The number of each of the data set's classes by its name, which a policy may have sent in its place."""
    quota_bytes: int = quota.QUOTA_BYTES
    """How much may wait unsent in the folder of this run before the oldest is thinned."""
    keep_days: float = quota.KEEP_DAYS
    """How long what the server has is kept."""
    stalled_after_s: float | None = None
    """After how long without a row the training counts as stalled; None lets the sidecar find out."""
    rank: int = 0
    """The process's place in a distributed training; only that of rank 0 is the training itself."""
    telemetry_s: float = 2.0
    """How often the sidecar looks at the training's processes and machine; 0 is never."""


def check_platform() -> None:
    """Refuse big-endian machines, whose bytes no reader would understand.

    Raises:
        SpoolError: on such a machine.
    """
    if sys.byteorder != "little":
        raise errors.SpoolError("the spool is written little-endian; this machine is big-endian. Use mode='disabled'.")


def segment_path(directory: Path, *, lane: int, number: int) -> Path:
    """Return where a segment lies."""
    return directory / f"{lane}-{number:06d}.sp"


def lane_and_number(name: str) -> tuple[int, int] | None:
    """Return lane and segment number of a file name, None if it is not a segment's."""
    match = _SEGMENT_NAME.match(name)
    return (int(match[1]), int(match[2])) if match else None


def lanes(directory: Path) -> dict[int, list[int]]:
    """Return the segment numbers of each lane in a writer's directory, sorted."""
    found: dict[int, list[int]] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            place = lane_and_number(entry.name)
            if place is not None:
                found.setdefault(place[0], []).append(place[1])
    return {lane: sorted(numbers) for lane, numbers in sorted(found.items())}


def padded(size: int) -> int:
    """Return `size` rounded up to 8 bytes."""
    return (size + 7) & ~7


def row_struct(values: int) -> struct.Struct:
    """Return the packing of a row with so many values."""
    return struct.Struct(f"@IIqqd{values}dQ")


def save_manifest(directory: Path, manifest: Manifest) -> None:
    """Write `run.json` whole or not at all."""
    temporary = directory / f"run.json.{manifest.pid}.{threading.get_ident()}.tmp"  # threads may save at once
    temporary.write_bytes(msgspec.json.encode(manifest))
    temporary.replace(directory / "run.json")


def load_manifest(directory: Path) -> Manifest:
    """Return the manifest of a writer's directory.

    Raises:
        SpoolVersion: if a newer release wrote it.
        SpoolError: if it is missing or unreadable.
    """
    path = directory / "run.json"
    try:
        raw = path.read_bytes()
        version = msgspec.json.decode(raw, type=dict[str, object]).get("version")
        if version != MANIFEST_VERSION:
            raise errors.SpoolVersion(
                f"the spool is of version {version!r}, this release knows {MANIFEST_VERSION}; nothing was changed. "
                f"Sync it with the release that wrote it: {directory}"
            )
        return msgspec.json.decode(raw, type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise errors.SpoolError(f"{path} cannot be read: {error}") from error
