"""What the server and the process that judges say to each other.

The server puts a question and gets a `Report`, or a `Fault`. In between the process may ask for the rows of the run (`Read`), which follow as `Rows`
until one is empty. A run's rows are numbered by the order in which they arrived.
"""

from collections.abc import Mapping

import msgspec

from yoloscope.diagnose import facts, history, states
from yoloscope.records import finding, row

NO_PEERS = history.Peers()
End = tuple[row.EndState, int, str | None]
"""How an attempt ended: its state, when by the wall clock in ns, and why."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of itself beside its rows; ``plan`` is where its end and its mosaics' lie now, which commands may have moved since it began."""

    config: dict[str, object] = {}
    settings: dict[str, object] = {}
    provenance: dict[str, object] = {}
    plan: dict[str, int] = {}

    def facts(self) -> facts.Facts:
        """Return what rules may know of the run."""
        return facts.from_run(config=self.config, settings=self.settings | self.plan, provenance=self.provenance)


class Attempt(msgspec.Struct, frozen=True, array_like=True):
    """An attempt of a run; ``is_main`` tells those of the training itself."""

    number: int
    wall_ns: int
    start_epoch: float | None
    start_step: int | None
    is_main: bool
    is_repeat: bool
    ended: End | None = None


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """Rows of equal names that arrived one after the other; ``attempt`` is its number in the store."""

    attempt: int
    matrix: row.Matrix


class Question(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """What is asked about a run."""

    run: str


class Open(Question, frozen=True, kw_only=True):
    """Begin to judge a run; ``attempts`` stand in order.

    ``held`` are the findings that are known of it, ``state`` what `Report.state` was last. ``goes_on`` tells that the state may be gone on from; otherwise all
    rows are judged anew and it tells which runs came before. ``peers`` are these where there is no state.
    """

    known: Known
    attempts: tuple[Attempt, ...]
    peers: history.Peers = history.Peers()
    held: tuple[finding.Finding, ...] = ()
    state: bytes = b""
    goes_on: bool = False
    has_ended: bool = False


class Told(Question, frozen=True, kw_only=True):
    """A run says something else of itself."""

    known: Known
    attempts: tuple[Attempt, ...]
    has_ended: bool = False


class Take(Question, frozen=True, kw_only=True):
    """Rows came; the first is number ``start``."""

    start: int
    pieces: tuple[Piece, ...]


class Tick(Question, frozen=True, kw_only=True):
    """So many seconds ago the newest row came."""

    silent_s: float


class Close(Question, frozen=True, kw_only=True):
    """Forget a run."""


class Rows(msgspec.Struct, frozen=True, array_like=True):
    """Some rows of the run that was asked for; none behind the last."""

    pieces: tuple[Piece, ...] = ()


class Said(msgspec.Struct, frozen=True, tag=True):
    """What the process says."""


class Read(Said, frozen=True):
    """All rows of the run that the question is about are needed."""


class Change(msgspec.Struct, frozen=True, array_like=True):
    """A finding, and what happened to it; ``None`` for one that only came up to date."""

    finding: finding.Finding
    kind: states.Kind | None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands. ``gone`` tells that findings which were told have turned out not to be: those of ``findings`` are all there are."""

    changes: tuple[Change, ...]
    findings: tuple[finding.Finding, ...]
    gone: bool
    verdict: str
    answer: dict[str, object]
    not_evaluated: Mapping[str, tuple[str, ...]]
    failed: Mapping[str, str]
    state: bytes


class Report(Said, frozen=True):
    """The question is answered; a run that stands as before says nothing."""

    judgement: Judgement | None = None


class Fault(Said, frozen=True):
    """The run cannot be judged; the process has forgotten it."""

    text: str
