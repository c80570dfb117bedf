"""Many parts of a model shown as few: neighbours joined until a chart can hold them and the diagnosis remembers all."""

from collections.abc import Mapping
from typing import TypeVar

Part = TypeVar("Part")


def few(found: Mapping[str, list[Part]], *, most: int) -> dict[str, list[Part]]:
    """Join neighbours until no more than `most` groups are left; a joined one is called after its first."""
    names = list(found)
    each = -(-len(names) // most)
    if each <= 1:
        return dict(found)
    starts = range(0, len(names), each)
    return {names[at]: [one for name in names[at : at + each] for one in found[name]] for at in starts}
