"""What a diagnosis found in a run: one finding per rule and run, with its evidence and what to change."""

import math
from typing import Literal

import msgspec

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""From the least to the worst."""
Status = Literal["open", "closed"]
Value = float | int | str | list[str | float]


class Moment(msgspec.Struct, frozen=True):
    """Where in a training something happened: completed epochs, global step, and the trainer's clock in ns since 1970."""

    epoch: float | None = None
    step: int | None = None
    wall_ns: int | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says of one run.

    ``values`` are the numbers of the evidence sentence, by the names its text uses; ``series`` are the curves to look at,
    ``window`` the epochs (or steps, if ``by_step``) that they show. ``variant`` chooses among the rule's sentences. ``changes`` are the arguments to
    change, in the words of the framework in use. ``caused_by`` is the rule id of an open finding that explains this one. ``confidence`` lies in [0, 1].
    """

    rule: str
    name: str
    severity: Severity
    status: Status = "open"
    variant: str = ""
    confidence: float = 0.5
    opened: Moment = Moment()
    updated: Moment = Moment()
    closed: Moment | None = None
    series: tuple[str, ...] = ()
    window: tuple[float, float] | None = None
    by_step: bool = False
    values: dict[str, Value] = {}
    changes: dict[str, object] = {}
    caused_by: str | None = None


def kept(found: Finding) -> Finding:
    """Return a finding as JSON can keep it: numbers of its evidence that are NaN or infinite become words."""
    values = {
        key: [_kept(one) for one in value] if isinstance(value, list) else _kept(value)
        for key, value in found.values.items()
    }
    window = None if found.window is None or not all(map(math.isfinite, found.window)) else found.window
    confidence = found.confidence if math.isfinite(found.confidence) else 0.5
    return msgspec.structs.replace(found, values=values, window=window, confidence=confidence)


def _kept(value: float | str) -> float | str:
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)
