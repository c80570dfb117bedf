"""What people say of runs: names, tags, groups, notes, stars, and what they have put away.

A part of `ports`, where everybody finds it.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from yoloscope.records import ids


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of runs; what is unset stays as it is. A name is for one run alone."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    group: str | msgspec.UnsetType | None = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    starred: bool | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


class Changed(msgspec.Struct, frozen=True):
    """Which runs are another way now, in the order asked for, and which there are none of."""

    changed: tuple[ids.RunId, ...]
    missing: tuple[ids.RunId, ...]


class Edits(Protocol):
    """What people say stands beside what trainings say, and wins over it. Safe to call from any thread."""

    def change(self, runs: Sequence[ids.RunId], change: Change, *, now_ns: int) -> Changed:
        """Change runs, all or none, those in the trash included; again changes nothing.

        A run that is archived keeps the time at which it was put away.

        Raises:
            NameTaken: if another run of the project is called so, or was by its training; nothing is changed.
            InvalidRecord: if a run would have more than `row.TAGS_MAX` tags; nothing is changed.
        """
        ...
