"""What a rule is: data and a pure test.

A rule looks at a `view.View` when its cadence says so and answers with a `Hit`, with nothing, or with `Missing`, which is never
taken for health. The engine counts hits, opens and closes findings, mutes rules at cuts, and finds which finding explains which.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from yoloscope.records import finding

if TYPE_CHECKING:
    from yoloscope.diagnose import view

Family = Literal["preflight", "numerics", "components", "generalisation", "system", "liveness", "history"]
Cadence = Literal["start", "epoch", "step", "timer", "end"]
"""When a rule is asked: once facts are known (again when they change, and when an epoch is complete), when an epoch is complete, at every batch, by the
clock of a server while rows do not come, at the end of a run."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """What a test found now.

    ``strength`` is effect by threshold: 1 at the border. ``values`` fill the evidence sentence of ``variant``. ``changes`` are arguments in the words of
    Ultralytics; `advice` translates them. ``since`` are the epochs that the evidence looks back.
    """

    severity: finding.Severity
    strength: float = 1.0
    variant: str = ""
    values: dict[str, finding.Value] = {}
    changes: dict[str, object] = {}
    series: tuple[str, ...] = ()
    since: int = 0


class Missing(msgspec.Struct, frozen=True):
    """Which inputs the test would have needed: it was not evaluated."""

    inputs: tuple[str, ...]


class Undecided(msgspec.Struct, frozen=True):
    """The test could not tell, as in a stage that it does not judge: a finding that is open stays as it is, and hits begin anew."""


def missing(inputs: Mapping[str, object]) -> Missing:
    """Return which inputs, by name, are not there: ``None``, or empty."""
    return Missing(tuple(name for name, found in inputs.items() if found is None or found in ((), {})))


Outcome = Hit | Missing | Undecided | None
Test = Callable[["view.View"], Outcome]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the catalogue.

    ``hits`` in a row open a finding, ``clears`` in a row close it (asked by step: 50 by default). ``worst`` is the highest severity it can have.
    A rule that ``is_muted_at_cuts`` is silent for three epochs before and after each; one that ``waits`` is silent until warm-up is over: epoch
    ``max(12, 0.15 E)`` (`thresholds`). ``explains`` are the rules whose findings are but effects of this one while it is open.
    """

    id: str
    name: str
    family: Family
    cadence: Cadence
    worst: finding.Severity
    test: Test
    hits: int = 3
    clears: int = 6
    is_muted_at_cuts: bool = True
    waits: bool = False
    explains: tuple[str, ...] = ()
