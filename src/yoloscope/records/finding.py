"""What a diagnosis found in a run: one finding per rule and run, with its evidence and what to change."""

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
