"""Series names on entry: each foreign name becomes the vocabulary's, and no two of one row become the same."""

import functools
from collections.abc import Callable

import msgspec

from yoloscope.records import names, row


def canonical_entry(entry: row.Entry) -> row.Entry:
    """Return the entry with canonical names; an entry without names as it is."""
    if not isinstance(entry, row.Matrix):
        return entry
    spelt = _canonical(entry.names)
    return entry if spelt == entry.names else msgspec.structs.replace(entry, names=spelt)


def distinct(written: tuple[str, ...], *, spell: Callable[[str], str]) -> tuple[str, ...]:
    """Return `written` as `spell` maps it; where two would become one, the second keeps its original.

    A name that `spell` leaves alone always stays, wherever it stands.
    """
    spelt = [spell(name) for name in written]
    taken = {name for name, new in zip(written, spelt, strict=True) if name == new}
    result: list[str] = []
    for name, new in zip(written, spelt, strict=True):
        result.append(name if new in taken else new)
        taken.add(result[-1])
    return tuple(result)


@functools.lru_cache(maxsize=4096)
def _canonical(written: tuple[str, ...]) -> tuple[str, ...]:
    return distinct(written, spell=names.canonical)
