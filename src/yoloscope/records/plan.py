"""What a training plans now, as it tells with its progress: commands, and some trainers by themselves, move it while it trains. Counts more than its settings at the start."""

import math
from collections.abc import Mapping

_LEAST = {"epochs": 1, "close_mosaic": 0}


def planned(progress: Mapping[str, object]) -> dict[str, int]:
    """Return how many epochs a training is to last and how many at the end are without mosaics, as far as possible numbers were told."""
    found = {name: _whole(progress.get(name), least=least) for name, least in _LEAST.items()}
    return {name: value for name, value in found.items() if value is not None}


def _whole(value: object, *, least: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if least <= value < math.inf else None
