"""What may be removed for good, and what the trash holds.

Called by the trash routes.
"""

import msgspec

from yoloscope.query import runs, texts
from yoloscope.records import ids, state
from yoloscope.store import ports

_ALIVE = frozenset(("running", "paused", "stalled"))


def is_alive(info: ports.RunInfo, *, now_ns: int) -> bool:
    """Tell whether the trainer of a run lives, as far as the server heard lately; a plain client that fell silent does not."""
    seen = runs.as_seen(info, now_ns=now_ns).state
    return seen in _ALIVE and not (seen == "stalled" and info.ref.framework == state.PLAIN_LOG)


class Trashed(msgspec.Struct, frozen=True, order=True):
    """A run in the trash; the field names are those of the HTTP schema."""

    deleted: str
    run: str
    project: str
    name: str


def in_trash(catalog: ports.Catalog, *, project: ids.ProjectName | None) -> list[Trashed]:
    """Return the runs in the trash, those that came first before the others."""
    there = [(one, one.deleted_ns) for one in catalog.keeping.kept(project)]
    return sorted(
        Trashed(texts.iso_from_ns(at_ns), one.run, one.project, one.name) for one, at_ns in there if at_ns is not None
    )
