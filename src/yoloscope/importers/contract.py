"""What an importer gives: a training as rows, with what its files tell of arguments and data, and what in them could not be read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from yoloscope.records import logged

Entry = logged.Logged | logged.Begun | logged.Ended


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What files tell of a training beside its curves.

    ``given`` are arguments as the user gave them, ``settings`` those in effect, ``data`` fingerprints by split, as `provenance.data` of a run that was
    watched live. ``faults`` are in English and Chinese: what could not be read, by file and line, and what was done about it.
    """

    name: str
    framework: str = ""
    version: str = ""
    given: Mapping[str, object] = {}
    settings: Mapping[str, object] = {}
    data: Mapping[str, object] = {}
    faults: tuple["Fault", ...] = ()


class Fault(msgspec.Struct, frozen=True):
    """Something in a file that is not as it should be, and how it was taken."""

    path: str
    en: str
    zh: str
    line: int | None = None


class Source(Protocol):
    """One training found in a path."""

    path: Path
    kind: str
    """``results_csv``, ``run_folder``, ``checkpoint``, ``tfevents``, ``mmengine_json``, ``recording`` …"""

    def entries(self) -> Iterator[Entry]:
        """Yield rows in the order in which they were logged.

        Raises:
            ImportFault: if nothing of the file can be taken for a training.
        """
        ...

    def told(self) -> Told:
        """Return what is known beside the curves; faults are complete once `entries` was read to its end."""
        ...
