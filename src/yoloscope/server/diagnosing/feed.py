"""Runs that go on, judged as their rows come.

A thread that looks once a second which runs grew, reads what is new of each from the store, a few thousand rows at a time, and has the process judge it. So
rows are judged once and in the order in which they arrived, whatever ends in between: the process is told again from what was written down.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator

from yoloscope import errors
from yoloscope.records import ids, state
from yoloscope.server.diagnosing import desk, known, messages, talk
from yoloscope.store import ports

LOOK_S = 3.0
LOOK_EACH_S = 0.01
"""How often a run that is judged is looked up in the catalogue, where its heartbeat alone changes something every second: more runs are looked up less often."""
TICK_S = 15.0
SETTLED_S = 6.0
"""Without rows for so long nothing is held back any more."""
ROWS_AT_ONCE = 4_096
RUNS_MOST = 5_000
"""Runs that are judged at once; of more those wait that were heard of longest ago."""
LATELY_NS = 7 * 24 * 3600 * 10**9
"""How long ago a run that never ended may have been heard of and still be looked after when the server starts."""
STRIKES = 2
"""Processes that one run may end before it is left alone."""
AGAIN_S = 30.0
"""How soon a run is tried again whose rows could not be read, or whose findings could not be written."""
IDLE_S = 60.0
"""How long the process is kept while no run goes on."""
_log = logging.getLogger("yoloscope")


class _Run:
    """A run that is judged: what was told of it last, and how many of its rows."""

    def __init__(self, info: ports.RunInfo, *, heard_s: float) -> None:
        self.info = info
        self.said: tuple[object, ...] | None = None
        self.next_row = 0
        self.is_behind = True
        self.is_other = False
        self.heard_s = heard_s
        self.looked_s = self.ticked_s = self.waits_until_s = 0.0
        self.strikes = 0

    @property
    def is_open(self) -> bool:
        """Whether the process knows the run."""
        return self.said is not None


class Feed:
    """Follows the runs that go on. `round` belongs to one thread; ``pass_on`` takes runs whose rows come though they ended."""

    def __init__(
        self,
        stores: desk.Stores,
        process: talk.Process,
        *,
        pass_on: Callable[[ids.RunId], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stores = stores
        self._process = process
        self._pass_on = pass_on
        self._clock_s = clock_s
        self._runs: dict[ids.RunId, _Run] = {}
        self._left: set[ids.RunId] = set()
        self._marks: tuple[int, int] | None = None
        self._busy_s = clock_s()

    def _begin(self) -> tuple[int, int]:
        """Look after the runs that went on when the server ended, and return from where on changes are new."""
        marks = self._stores.series.changes.since(0).mark, self._stores.catalog.changes.since(0).mark
        oldest_ns = self._stores.clock_ns() - LATELY_NS
        going_on = [
            info
            for info in self._stores.catalog.all_runs(None)
            if info.state not in state.ENDED and info.deleted_ns is None and info.updated_ns > oldest_ns
        ]
        for info in sorted(going_on, key=lambda info: info.updated_ns)[-RUNS_MOST:]:
            silent_s = max(0.0, (self._stores.clock_ns() - info.updated_ns) / 1e9)
            self._runs[info.ref.id] = _Run(info, heard_s=self._clock_s() - silent_s)
        return marks

    def holds(self, run: ids.RunId) -> bool:
        """Tell whether a run is judged here. Safe to call from any thread."""
        return run in self._runs

    def round(self, *, going_on: Callable[[], bool] = lambda: True) -> bool:
        """Judge what is new of all runs; return whether some have more than was taken."""
        self._look()
        for run in list(self._runs.values()):
            if not going_on():
                return False
            if self._clock_s() >= run.waits_until_s:
                self._look_after(run)
        if self._runs:
            self._busy_s = self._clock_s()
        elif self._process.is_there and self._clock_s() > self._busy_s + IDLE_S:
            self._process.leave()
        now_s = self._clock_s()
        return any(run.is_behind and now_s >= run.waits_until_s for run in self._runs.values())

    def _look(self) -> None:
        """See which runs grew, came, or say something else of themselves."""
        if self._marks is None:
            self._marks = self._begin()
        grown, said = (
            self._stores.series.changes.since(self._marks[0]),
            self._stores.catalog.changes.since(self._marks[1]),
        )
        now_s = self._clock_s()
        for run_id in grown.runs & self._runs.keys():
            self._runs[run_id].is_behind = True
            self._runs[run_id].heard_s = now_s
        for run_id in (said.runs | grown.runs) & self._runs.keys():
            self._runs[run_id].is_other = True
        looked_s = now_s - LOOK_S - LOOK_EACH_S * len(self._runs)
        due = [run_id for run_id, run in self._runs.items() if run.is_other and run.looked_s <= looked_s]
        new = (grown.runs | said.runs) - self._runs.keys() - self._left
        found = {info.ref.id: info for info in self._stores.catalog.some_runs([*due, *new])}
        for run_id in due:
            self._looked(self._runs[run_id], found.get(run_id), now_s=now_s)
        for run_id in new & found.keys():
            self._take_on(found[run_id], has_grown=run_id in grown.runs)
        self._marks = grown.mark, said.mark

    def _looked(self, run: _Run, info: ports.RunInfo | None, *, now_s: float) -> None:
        if info is None or info.deleted_ns is not None:
            self._forget(run)
            return
        run.info, run.is_other, run.looked_s = info, False, now_s

    def _take_on(self, info: ports.RunInfo, *, has_grown: bool) -> None:
        if info.deleted_ns is not None:
            return
        if info.state not in state.ENDED:
            self._runs[info.ref.id] = _Run(info, heard_s=self._clock_s())
            while len(self._runs) > RUNS_MOST:
                self._forget(min(self._runs.values(), key=lambda run: run.heard_s))
        elif has_grown:
            self._pass_on(info.ref.id)

    def _look_after(self, run: _Run) -> None:
        """Judge what is new of one run; whatever goes wrong with it is its own."""
        try:
            self._judge(run)
        except talk.EndedError as error:
            self._lost(run, error)
        except (errors.StoreError, errors.NotFound) as error:
            _log.warning("Run %s of %s is judged later: %s", run.info.ref.id, run.info.ref.project, error)
            run.waits_until_s, run.said = self._clock_s() + AGAIN_S, None
            if not self._process.is_there:
                self._unknown()
        except Exception:  # noqa: BLE001 - whatever is wrong with one run, the others go on
            _log.exception("Run %s of %s cannot be judged and is left alone", run.info.ref.id, run.info.ref.project)
            self._leave(run)

    def _judge(self, run: _Run) -> None:
        signature = known.said(run.info), known.attempts(run.info), known.has_ended(run.info)
        if not run.is_open:
            self._open(run)
        elif signature != run.said and not run.is_behind:
            self._told(run, signature)
        if run.is_open and run.is_behind:
            self._take(run)
        if run.is_open and not run.is_behind:
            self._tick(run)
        if run.said == signature and known.has_ended(run.info) and not run.is_behind and not run.is_other:
            self._forget(run)

    def _open(self, run: _Run) -> None:
        info = run.info
        rows = _Counted(self._stores.rows(info))
        self._answered(run, self._stores.question(info, goes_on=True), rows=rows)
        run.next_row, run.is_behind = rows.rows, True

    def _told(self, run: _Run, signature: tuple[messages.Known, tuple[messages.Attempt, ...], bool]) -> None:
        said, attempts, has_ended = signature
        question = messages.Told(run=run.info.ref.id, known=said, attempts=attempts, has_ended=has_ended)
        self._answered(run, question, rows=self._stores.rows(run.info))

    def _take(self, run: _Run) -> None:
        pieces: list[messages.Piece] = []
        count = 0
        for piece in self._stores.rows(run.info, start=run.next_row):
            pieces.append(piece)
            count += piece.matrix.rows
            if count >= ROWS_AT_ONCE:
                break
        run.is_behind = count >= ROWS_AT_ONCE
        if pieces:
            question = messages.Take(run=run.info.ref.id, start=run.next_row, pieces=tuple(pieces))
            self._answered(run, question, rows=self._stores.rows(run.info))
            run.next_row += count

    def _tick(self, run: _Run) -> None:
        now_s = self._clock_s()
        silent_s = now_s - run.heard_s
        is_settling = silent_s >= SETTLED_S > run.ticked_s - run.heard_s
        if not known.has_ended(run.info) and (is_settling or now_s >= run.ticked_s + TICK_S):
            run.ticked_s = now_s
            self._answered(run, messages.Tick(run=run.info.ref.id, silent_s=silent_s), rows=self._stores.rows(run.info))

    def _answered(self, run: _Run, question: messages.Question, *, rows: Iterable[messages.Piece]) -> None:
        """Ask, and write down what is said; a run that cannot be judged is left alone from now on."""
        starts = self._process.starts
        said = self._process.asked(question, rows=rows)
        if self._process.starts != starts:
            self._unknown()
        if isinstance(question, messages.Open | messages.Told):
            run.said = question.known, question.attempts, question.has_ended
        run.strikes = 0
        self._stores.write(run.info, said)
        if isinstance(said, messages.Fault):
            self._leave(run)

    def _lost(self, run: _Run, error: talk.EndedError) -> None:
        """Begin again with all runs; one that ends process after process is left alone."""
        self._unknown()
        run.strikes += error.was_asked
        if run.strikes >= STRIKES:
            with contextlib.suppress(errors.StoreError):
                self._stores.fail(run.info, str(error))
            self._leave(run)

    def _unknown(self) -> None:
        """Note that the process knows no run."""
        for run in self._runs.values():
            run.said = None

    def _leave(self, run: _Run) -> None:
        self._left.add(run.info.ref.id)
        self._runs.pop(run.info.ref.id, None)

    def _forget(self, run: _Run) -> None:
        self._runs.pop(run.info.ref.id, None)
        if run.is_open:
            with contextlib.suppress(talk.EndedError):
                self._process.asked(messages.Close(run=run.info.ref.id))


class _Counted:
    """Pieces as they are handed on, and how many rows they had the first time: what is more the next time is handed on again."""

    def __init__(self, pieces: Iterable[messages.Piece]) -> None:
        self._pieces = pieces
        self._is_first = True
        self.rows = 0

    def __iter__(self) -> Iterator[messages.Piece]:
        is_first, self._is_first = self._is_first, False
        for piece in self._pieces:
            self.rows += piece.matrix.rows if is_first else 0
            yield piece
