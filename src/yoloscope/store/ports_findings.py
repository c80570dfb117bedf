"""What the diagnosis of runs came to, and what people said of it.

A part of `ports`, where everybody finds it.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from yoloscope.records import finding, ids

Kind = Literal["opened", "raised", "closed", "reopened", "dismissed", "restored"]


class Dismissal(msgspec.Struct, frozen=True):
    """A person's word that a finding does not matter, and why."""

    at_ns: int
    reason: str


class Held(msgspec.Struct, frozen=True):
    """A finding of a run, and the word of a person on it."""

    finding: finding.Finding
    dismissal: Dismissal | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings of all runs are asked for; what is ``None`` or empty leaves none out. Severities are those of `OfRun`."""

    project: ids.ProjectName | None = None
    severities: tuple[finding.Severity, ...] = ()
    status: finding.Status | None = None
    rules: tuple[str, ...] = ()
    limit: int = 100


class OfRun(msgspec.Struct, frozen=True):
    """A finding and whose it is; where its rule is quiet in the project (`QUIET_AT`) it counts as a note."""

    run: ids.RunId
    held: Held
    is_quiet: bool = False


class FindingList(msgspec.Struct, frozen=True):
    """A page of findings, and the cursor of the one behind."""

    findings: tuple[OfRun, ...]
    next_cursor: str | None = None


class Change(msgspec.Struct, frozen=True):
    """A finding that opened, got worse, closed, opened again or was brought up to date (no ``kind``)."""

    finding: finding.Finding
    kind: Kind | None = None


class Happened(msgspec.Struct, frozen=True):
    """One line of a run's timeline; ``epoch`` is where the training stood, ``at_ns`` when it was written down."""

    rule: str
    kind: Kind
    severity: finding.Severity
    epoch: float | None
    at_ns: int
    reason: str = ""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands as a whole: the verdict and its sentence, as `diagnose.answer` gave them, and what was not evaluated.

    ``state`` is the engine's, from which it goes on; ``thresholds`` the digest of the rules that judged.
    """

    verdict: str
    answer: Mapping[str, object]
    not_evaluated: Mapping[str, tuple[str, ...]]
    thresholds: str
    state: bytes = b""
    updated_ns: int = 0


class Health(msgspec.Struct, frozen=True):
    """How a run is to be shown: by its open findings that nobody dismissed, a rule that its project dismissed `QUIET_AT` times being but a note.

    ``verdict`` is ``healthy``, ``warning``, ``critical``, ``unknown``, or ``None`` for a run that was not judged; ``open`` counts these findings, notes left out.
    """

    verdict: str | None = None
    open: int = 0


QUIET_AT = 3
"""Runs of a project in which a rule's finding was dismissed, from which on its findings there are notes."""


class Findings(Protocol):
    """The findings of all runs. Safe to call from any thread."""

    def of_run(self, run: ids.RunId) -> list[Held]:
        """Return the findings of a run, in the order in which they opened first."""
        ...

    def page(self, wanted: Wanted, *, cursor: str | None) -> FindingList:
        """Return a page of the findings of all runs that are not in the trash, those that opened last first.

        Raises:
            InvalidRecord: if the cursor is none.
        """
        ...

    def timeline(self, run: ids.RunId) -> list[Happened]:
        """Return what happened to the findings of a run, oldest first, the newest 1,000."""
        ...

    def diagnosis(self, run: ids.RunId) -> Diagnosis | None:
        """Return how a run stands; ``None`` if it was not judged."""
        ...

    def judged(self) -> dict[ids.RunId, str]:
        """Return by which rules each run was judged (`Diagnosis.thresholds`), those that were."""
        ...

    def put(self, run: ids.RunId, changes: Sequence[Change], *, diagnosis: Diagnosis, at_ns: int) -> None:
        """Keep what a diagnosis came to, all or nothing; the same again changes nothing but times. A run that is gone is left out."""
        ...

    def replace(self, run: ids.RunId, findings: Sequence[finding.Finding], *, diagnosis: Diagnosis, at_ns: int) -> None:
        """Put findings in the place of all that a run had, as after a replay; dismissals of rules that still speak stay."""
        ...

    def dismiss(self, run: ids.RunId, rule: str, *, reason: str, at_ns: int) -> None:
        """Note that a finding does not matter.

        Raises:
            NotFound: if the run has no finding of that rule.
        """
        ...

    def restore(self, run: ids.RunId, rule: str, *, at_ns: int) -> None:
        """Take a dismissal back; one that there is not is taken back already.

        Raises:
            NotFound: as `dismiss`.
        """
        ...

    def dismissed_in(self, project: ids.ProjectName) -> dict[str, int]:
        """Return in how many runs of a project each rule's finding was dismissed."""
        ...
