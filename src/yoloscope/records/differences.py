"""Where what was said differs from what may be said, told so that whoever sent it can mend it.

Called by `reduction`.
"""

from collections.abc import Sequence
from typing import cast

import msgspec


class Forbidden(msgspec.Struct, frozen=True):
    """The first part of a batch that a policy forbids, and what would be accepted."""

    field: str
    what: str
    fix: str


def difference(said: object, allowed: object, *, place: str) -> Forbidden | None:
    """Return where a value differs from what it would be if it were reduced; None if nowhere."""
    if isinstance(said, dict) and isinstance(allowed, dict):
        ours = cast("dict[str, object]", allowed)
        for key, value in cast("dict[str, object]", said).items():
            if key not in ours:
                return _refusal(f"{place}.{str(key)[:80]}")
            found = difference(value, ours[key], place=f"{place}.{str(key)[:80]}")
            if found is not None:
                return found
        return None
    if isinstance(said, list | tuple) and isinstance(allowed, list | tuple):
        pairs = zip(cast("Sequence[object]", said), cast("Sequence[object]", allowed), strict=True)
        found_in_list = (difference(one, other, place=f"{place}[{at}]") for at, (one, other) in enumerate(pairs))
        return next((found for found in found_in_list if found is not None), None)
    return None if said is allowed or said == allowed else _refusal(place)


def _refusal(field: str) -> Forbidden:
    return Forbidden(
        field,
        "holds a text, a file name or a summary that may not leave the trainer",
        "leave it out or send <text> or <path> in its place; `yoloscope policy PROJECT` shows and changes what may leave",
    )
