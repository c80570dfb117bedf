"""What is wrong in files, folded: of many lines that say the same, the first few and how many there are beyond."""

import re
from collections.abc import Iterable

import msgspec

from yoloscope.importers import contract

SHOWN = 5
_NUMBERS = re.compile(r"\d+")


class Kind(msgspec.Struct, frozen=True):
    """Faults that differ in place and numbers alone: those to show, and those behind the fold."""

    shown: tuple[contract.Fault, ...]
    more: tuple[contract.Fault, ...]


def folded(faults: Iterable[contract.Fault]) -> list[Kind]:
    """Return faults by kind, in the order in which each kind came first."""
    kinds: dict[str, list[contract.Fault]] = {}
    for fault in faults:
        kinds.setdefault(_NUMBERS.sub("", fault.en.partition(":")[0]), []).append(fault)
    return [Kind(tuple(alike[:SHOWN]), tuple(alike[SHOWN:])) for alike in kinds.values()]
