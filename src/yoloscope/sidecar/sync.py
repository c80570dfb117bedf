"""Sending what is left in directories, in the foreground: `yoloscope sync`, and offline runs."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.sidecar import client, mirror, notes, shipment, uploads, watchers
from yoloscope.spool import handed, layout, platform

TRIES = 3
_PARTS_WAIT = "parts of items are kept: the server does not take them now"
_MOMENTS, _MOMENT_S = 50, 0.1
_KEEPER_STARTS_S = 5.0
"""How long the keeper of an offline run may take to start, on a busy machine."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one directory; ``state`` is what a program switches on."""

    directory: str
    run: str
    name: str
    project: str
    server: str
    state: str
    sequences: int
    detail: str = ""
    parts: int = 0
    parts_bytes: int = 0
    """What the server does not have of items: how many parts, and their bytes."""
    read_only: bool = False
    """Whether nothing could be noted in the directory."""


def send(
    directory: Path, *, server: str | None, progress: Callable[[int], None], sleep: Callable[[float], None]
) -> Outcome:
    """Send everything that a directory holds; safe to repeat, to interrupt, and beside a training that still writes.

    `progress` is called with the sequence numbers acknowledged so far; `sleep` waits between tries.

    A directory that can only be read is sent, too; nothing is remembered in it.

    Raises:
        SpoolError, OSError: if the directory cannot be read.
    """
    try:
        return _send(directory, server=server, progress=progress, sleep=sleep)
    except OSError as error:
        if error.errno not in platform.READ_ONLY:
            raise
    if platform.is_locked(directory / "sidecar.lock"):
        return _outcome(directory, layout.load_manifest(directory), server=server, state="busy", sequences=0)
    with mirror.of(directory) as mirrored:
        sent = _send(mirrored, server=server, progress=progress, sleep=sleep, paced=False)
    return msgspec.structs.replace(sent, directory=str(directory), read_only=True)


def _send(
    directory: Path,
    *,
    server: str | None,
    progress: Callable[[int], None],
    sleep: Callable[[float], None],
    paced: bool = True,
) -> Outcome:
    """Send as `send`; unless `paced`, in order: nobody would remember what was held back."""
    manifest = layout.load_manifest(directory)
    lock = platform.FileLock(directory / "sidecar.lock")
    if not _taken(lock, patient=manifest.mode == "offline", sleep=sleep):
        return _outcome(directory, manifest, server=server, state="busy", sequences=0)
    try:
        _await_provenance(directory, manifest, sleep=sleep)
        with contextlib.closing(client.Client(server or manifest.server)) as sender:
            elsewhere = server is not None and server != manifest.server
            opened = shipment.Shipment(directory, afresh=elsewhere, terms=sender.terms, paced=paced)
            with contextlib.closing(opened) as parcel:
                state, detail = _sent(parcel, sender, progress=progress, sleep=sleep)
                sequences = parcel.sent_sequences()
                left = parcel.parts.blobs.waiting()
    finally:
        lock.release()
    sent = _outcome(directory, manifest, server=server, state=state, sequences=sequences, detail=detail)
    return msgspec.structs.replace(sent, parts=len(left), parts_bytes=sum(held.size_bytes for held in left))


def _taken(lock: platform.FileLock, *, patient: bool, sleep: Callable[[float], None]) -> bool:
    """Tell whether the directory is ours to send; the keeper of an offline one holds it for moments only (`keeping`)."""
    for _ in range(_MOMENTS if patient else 0):
        if lock.acquire():
            return True
        sleep(_MOMENT_S)
    return lock.acquire()


def _await_provenance(directory: Path, manifest: layout.Manifest, *, sleep: Callable[[float], None]) -> None:
    """Wait a little for what the keeper of an offline run is about to note, or the run would be called complete without it."""
    for _ in range(_MOMENTS if manifest.mode == "offline" and not manifest.rank else 0):
        is_young = abs(time.time() - manifest.wall_ns / 1e9) < _KEEPER_STARTS_S
        if notes.has_provenance(directory) or not (is_young or platform.is_locked(directory / "keeper.lock")):
            return
        sleep(_MOMENT_S)


def _sent(
    parcel: shipment.Shipment,
    sender: client.Client,
    *,
    progress: Callable[[int], None],
    sleep: Callable[[float], None],
) -> tuple[str, str]:
    """Return the state that a directory comes to, and why if it has to wait."""

    def rows() -> None:
        for _ in _shipped(parcel, sender, sleep=sleep):
            progress(parcel.sent_sequences())

    try:
        rows()
        lives = parcel.trainer_lives()
        if not lives and _end_is_noted(parcel, sleep=sleep):
            rows()
        has_all = _uploaded(parcel, sender, sleep=sleep)
        while not lives and not _finish(parcel, sender, has_all=has_all):  # the server was restored in this moment
            rows()
            has_all = _uploaded(parcel, sender, sleep=sleep)
    except errors.ServerUnavailable as error:
        return "waiting", str(error)
    if not has_all or (not lives and handed.waiting(parcel.directory)):
        return "waiting", _PARTS_WAIT
    return ("running" if lives else "complete"), ""


def _end_is_noted(parcel: shipment.Shipment, *, sleep: Callable[[float], None]) -> bool:
    """Note what is left to see of a trainer that is gone, unless the keeper of an offline run does; True if there may be more to send."""
    keeper = platform.FileLock(parcel.directory / "keeper.lock")
    if parcel.manifest.mode == "offline" and not _is_taken_over(keeper, parcel.directory, sleep=sleep):
        return parcel.note_end()
    try:
        watchers.see_end(parcel.directory)
    finally:
        keeper.release()
    parcel.note_end()
    return True


def _is_taken_over(keeper: platform.FileLock, directory: Path, *, sleep: Callable[[float], None]) -> bool:
    """Tell whether we keep an offline run; its keeper has a moment for items that it has not encoded yet."""
    for _ in range(_MOMENTS):
        if keeper.acquire():
            return True
        if not handed.waiting(directory):
            break
        sleep(_MOMENT_S)
    return keeper.acquire()


def _shipped(parcel: shipment.Shipment, sender: client.Client, *, sleep: Callable[[float], None]) -> Iterator[None]:
    failures = 0
    while True:
        try:
            if not parcel.ship(sender.send, alive=None) and not parcel.ship_held(sender.send, alive=None):
                return
            failures = 0
            yield
        except errors.ServerUnavailable as error:
            failures += 1
            if failures == TRIES:
                raise
            sleep(client.backoff_s(failures, wish_s=error.retry_after_s, connected=error.connected))


def _uploaded(parcel: shipment.Shipment, sender: client.Client, *, sleep: Callable[[float], None]) -> bool:
    """Send the parts of items; False if some are left that the server does not take now."""
    carried = uploads.of(parcel, send=sender.upload)
    failures = 0
    while True:
        try:
            if not carried.step():
                return not carried.is_due()
            failures = 0
        except errors.ServerUnavailable as error:
            failures += 1
            if failures == TRIES:
                raise
            sleep(client.backoff_s(failures, wish_s=error.retry_after_s, connected=error.connected))


def _finish(parcel: shipment.Shipment, sender: client.Client, *, has_all: bool) -> bool:
    """Tell the end and note, if it `has_all` parts, that all is sent; False if the server had lost some of it."""
    untold = (
        not parcel.ended or parcel.losses_unsent()
    )  # told again, too: a server restored from a backup may not know it
    if untold and not parcel.beat(sender.send, alive=False):
        return False
    if has_all and not handed.waiting(parcel.directory):
        parcel.complete()
    return True


def _outcome(
    directory: Path, manifest: layout.Manifest, *, server: str | None, state: str, sequences: int, detail: str = ""
) -> Outcome:
    return Outcome(
        directory=str(directory),
        run=manifest.run.id,
        name=manifest.run.name,
        project=manifest.run.project,
        server=server or manifest.server,
        state=state,
        sequences=sequences,
        detail=detail,
    )
