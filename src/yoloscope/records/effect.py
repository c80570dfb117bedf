"""What came of a command that answered a finding: measured on a curve of the training itself, kept with the command."""

from typing import Literal

import msgspec

Verdict = Literal["measuring", "helped", "harmed", "none", "unknown"]
DECIDED: tuple[Verdict, ...] = ("helped", "harmed", "none")
"""What a project learns from."""
Basis = Literal["runs", "trend", "none"]
Why = Literal[
    "",
    "ended",
    "again",
    "resumed",
    "mosaic",
    "no_curve",
    "too_short",
    "nothing_to_compare",
    "broken",
    "mended",
    "back",
    "worse",
    "not_back",
]
"""What more there is to say: why nothing is known (the first eight), or what became of a loss that was broken or had diverged."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one command.

    ``series`` is the curve that was looked at, ``epochs`` how many complete ones behind the command count, ``of`` how many there will be. ``change`` is
    relative and negative for what fell, ``expected`` the same had nothing been done: by ``runs`` like it, or by the curve's own trend. ``span`` is how many epochs
    lie between the two levels ``before`` and ``after``, ``margin`` what noise alone may make of the change.
    """

    verdict: Verdict
    series: str = ""
    epochs: int = 0
    of: int = 3
    before: float | None = None
    after: float | None = None
    change: float | None = None
    expected: float | None = None
    basis: Basis = "none"
    runs: int = 0
    span: int = 0
    margin: float | None = None
    why: Why = ""
