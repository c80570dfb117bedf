"""The manifest of a run as it grows: attempts that begin, classes that get a name.

Threads may add at once without a lock: what is added stands in lists that only grow, and whoever saves does so again until the file holds all.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from yoloscope.records import ids, row
from yoloscope.sdk import attempts, launch, plain, settings
from yoloscope.spool import layout, platform

Tell = Callable[[Mapping[str, int]], None]


def beginning(
    ref: row.RunRef,
    identity: ids.WriterId,
    *,
    chosen: settings.Settings,
    begun_ns: tuple[int, int],
    rank: int,
    free_bytes: int,
) -> layout.Manifest:
    """Return the manifest of a run that begins in this process; `begun_ns` is its beginning by both clocks."""
    return layout.Manifest(
        version=layout.MANIFEST_VERSION,
        writer=identity,
        run=ref,
        server=chosen.server,
        mode="offline" if chosen.mode == "offline" else "online",
        host=ref.host or "",
        boot_id=platform.boot_id(),
        pid=os.getpid(),
        wall_ns=time.time_ns(),
        mono_ns=time.monotonic_ns(),
        argv=tuple(plain.text(word) for word in sys.orig_argv),
        cwd=plain.text(Path.cwd()),
        attempts=(row.AttemptRef(0, *begun_ns),),
        launched=launch.is_launched() and not rank,
        policy=chosen.policy,
        quota_bytes=chosen.limits.unsent_bytes(free_bytes=free_bytes),
        keep_days=chosen.limits.keep_days,
        rank=rank,
        telemetry_s=chosen.telemetry_s,
        stalled_after_s=chosen.stalled_after_s,
    )


class Standing:
    """What `run.json` says now; `tell` is called with all classes by name when there are new ones."""

    def __init__(self, directory: Path, manifest: layout.Manifest, *, tell: Tell) -> None:
        layout.save_manifest(directory, manifest)
        self._directory = directory
        self._manifest = manifest
        self._attempts = list(manifest.attempts)
        self._classes = dict(manifest.classes)
        self._owners = {number: title for title, number in manifest.classes.items()}
        self._tell = tell

    @property
    def manifest(self) -> layout.Manifest:
        """What the file holds or is about to hold."""
        return msgspec.structs.replace(self._manifest, attempts=tuple(self._attempts), classes=dict(self._classes))

    @property
    def attempt(self) -> int:
        """The index of the latest attempt."""
        return self._attempts[-1].index

    def new_attempt(self, *, start_epoch: float | None, start_step: int | None) -> row.AttemptRef:
        """Return a further attempt, which the file knows."""
        attempt = attempts.starting(len(self._attempts), start_epoch=start_epoch, start_step=start_step)
        self._attempts.append(attempt)
        self._save()
        return attempt

    def name_classes(self, titles: Mapping[int, object]) -> None:
        """Let the classes have these numbers."""
        told = {int(index): plain.text(title) for index, title in titles.items()}
        self._owners.update(told)
        self._classes.update({title: index for index, title in told.items()})
        self._save()
        self._tell(self._classes)

    def numbers_of(self, titles: Iterable[str]) -> list[int]:
        """Return the number of each class by its name; a name that nobody told gets the next free one, as in `sidecar.outgoing`."""
        wanted = [plain.text(title) for title in titles]
        fresh = [title for title in dict.fromkeys(wanted) if title not in self._classes]
        for title in fresh:
            self._classes.setdefault(title, self._claimed(title))
        if fresh:
            self._save()
            self._tell(self._classes)
        return [self._classes[title] for title in wanted]

    def _claimed(self, title: str) -> int:
        while True:
            number = self._free_number(title)
            if self._owners.setdefault(number, title) == title:  # else another thread was first
                return number

    def _free_number(self, title: str) -> int:
        from yoloscope.records import reduction  # noqa: PLC0415  # 10 ms at a start, and most titles come with their numbers

        taken = self._owners.copy()
        own = int(title) if reduction.is_index(title) else -1
        return own if own >= 0 and own not in taken else max(*taken, -1, -1) + 1

    def _save(self) -> None:
        """Write the file, again if another thread has added meanwhile: that one's may be the file that was replaced."""
        while True:
            manifest = self.manifest
            layout.save_manifest(self._directory, manifest)
            if (len(manifest.attempts), manifest.classes) == (len(self._attempts), self._classes):
                return
