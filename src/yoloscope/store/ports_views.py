"""Views that people saved: what a page showed, by a name.

A part of `ports`, where everybody finds it.
"""

from typing import Literal, Protocol

import msgspec

from yoloscope.records import ids

ViewKind = Literal["runs", "board", "compare"]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One view; ``project`` is None for one of all projects, ``version`` counts its changes from 1 on, ``state`` is the page's own."""

    id: str
    kind: ViewKind
    project: ids.ProjectName | None
    name: str
    state: dict[str, object]
    version: int
    created_ns: int
    updated_ns: int


class ViewChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a view; what is unset stays as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    project: ids.ProjectName | msgspec.UnsetType | None = msgspec.UNSET
    state: dict[str, object] | msgspec.UnsetType = msgspec.UNSET


class Room(msgspec.Struct, frozen=True):
    """How many views a server keeps, and how many letters of JSON their states may have together."""

    views: int
    letters: int


class Taken(msgspec.Struct, frozen=True):
    """A view as it is now, and whether a change was taken."""

    view: View
    is_taken: bool


class Views(Protocol):
    """The views of a server. Safe to call from any thread."""

    def all(self, *, kind: ViewKind | None = None, project: ids.ProjectName | None = None) -> list[View]:
        """Return views by name, then by age; with a project its own and those of all projects."""
        ...

    def one(self, view: str) -> View:
        """Return one view.

        Raises:
            NotFound: if there is none of that id.
        """
        ...

    def add(self, view: View, *, room: Room) -> None:
        """Keep a view.

        Raises:
            TooMuch: if there is no room for it; nothing is kept.
        """
        ...

    def change(self, view: str, change: ViewChange, *, version: int, now_ns: int, room: Room) -> Taken:
        """Change a view that is of a version still; of another it is left as it is.

        Raises:
            NotFound: if there is none of that id.
            TooMuch: if its state grows and there is no room for that; nothing is changed.
        """
        ...

    def remove(self, view: str) -> bool:
        """Forget a view; False if there is none of that id."""
        ...
