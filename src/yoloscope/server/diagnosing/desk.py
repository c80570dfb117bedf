"""What `feed` and `past` share: runs opened in a process that judges, and what it says of them written down.

Nothing here is quick; all of it belongs to their threads.
"""

import logging
import threading
from collections.abc import Callable, Iterator

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.server.diagnosing import known, messages, peers, talk
from yoloscope.store import ports, ports_findings

FAILED = {
    "en": "The diagnosis of this run failed; the server's log says why.",
    "zh": "这次训练的诊断出错了，原因见服务器日志。",
}
_FAULTS_MOST = 1_000
_log = logging.getLogger("yoloscope")


class Stores:
    """Rows and runs in, judgements out. Safe to call from any thread; ``hint`` tells browsers that a run changed."""

    def __init__(
        self,
        series: ports.SeriesStore,
        catalog: ports.Catalog,
        *,
        peers_of: peers.Peers,
        hint: Callable[[ids.RunId, ids.ProjectName], None],
        clock_ns: Callable[[], int],
    ) -> None:
        self.series = series
        self.catalog = catalog
        self.clock_ns = clock_ns
        self._peers_of = peers_of
        self._hint = hint
        self._lock = threading.Lock()
        self._told: set[tuple[str, str]] = set()

    def question(self, info: ports.RunInfo, *, goes_on: bool) -> messages.Open:
        """Return the question that opens a run; it is judged anew where other rules judged it, or where it is not to go on."""
        run = info.ref.id
        diagnosis = self.catalog.findings.diagnosis(run)
        is_kept = diagnosis is not None and bool(diagnosis.state)
        return messages.Open(
            run=run,
            known=known.said(info),
            attempts=known.attempts(info),
            peers=messages.NO_PEERS if is_kept else self._peers_of.of(info),
            held=tuple(one.finding for one in self.catalog.findings.of_run(run)),
            state=diagnosis.state if diagnosis is not None else b"",
            goes_on=goes_on and diagnosis is not None and diagnosis.thresholds == known.DIGEST,
            has_ended=known.has_ended(info),
        )

    def rows(self, info: ports.RunInfo, *, start: int = 0) -> "Rows":
        """Return the rows of a run from a place on as they arrived."""
        return Rows(self.series, info, start=start)

    def write(self, info: ports.RunInfo, said: messages.Report | messages.Fault) -> None:
        """Write down what was said of a run, and tell who looks at it.

        Raises:
            StoreError: if the catalogue cannot be written.
        """
        if isinstance(said, messages.Fault):
            self.fail(info, said.text)
        elif said.judgement is not None:
            self._write(info, said.judgement)
            for rule, fault in said.judgement.failed.items():
                self._tell_once(rule, fault, info=info)

    def fail(self, info: ports.RunInfo, why: str) -> None:
        """Note that a run cannot be judged; what was found before stays.

        Raises:
            StoreError: as `write`.
        """
        _log.error("Run %s (%s) of %s cannot be judged: %s", info.ref.name, info.ref.id, info.ref.project, why)
        before = self.catalog.findings.diagnosis(info.ref.id)
        diagnosis = ports_findings.Diagnosis(
            verdict="unknown",
            answer=FAILED,
            not_evaluated={} if before is None else before.not_evaluated,
            thresholds=known.DIGEST,
        )
        self.catalog.findings.put(info.ref.id, [], diagnosis=diagnosis, at_ns=self.clock_ns())
        self._hint(info.ref.id, info.ref.project)

    def _write(self, info: ports.RunInfo, said: messages.Judgement) -> None:
        run, at_ns = info.ref.id, self.clock_ns()
        diagnosis = ports_findings.Diagnosis(
            verdict=said.verdict,
            answer=said.answer,
            not_evaluated=said.not_evaluated,
            thresholds=known.DIGEST,
            state=said.state,
        )
        changes = [ports_findings.Change(one.finding, one.kind) for one in said.changes]
        self.catalog.findings.put(run, changes, diagnosis=diagnosis, at_ns=at_ns)
        if said.gone:
            self.catalog.findings.replace(run, said.findings, diagnosis=diagnosis, at_ns=at_ns)
        self._hint(run, info.ref.project)

    def _tell_once(self, rule: str, fault: str, *, info: ports.RunInfo) -> None:
        with self._lock:
            if (rule, fault) in self._told or len(self._told) >= _FAULTS_MOST:
                return
            self._told.add((rule, fault))
        _log.error(
            "Rule %s cannot judge run %s of %s and is left out there: %s", rule, info.ref.id, info.ref.project, fault
        )


class Rows:
    """The rows of a run from a place on, read from the store whenever they are gone through: one question may need them more than once."""

    def __init__(self, series: ports.SeriesStore, info: ports.RunInfo, *, start: int) -> None:
        self._series = series
        self._info = info
        self._start = start

    def __iter__(self) -> Iterator[messages.Piece]:
        """Yield them as they arrived; raises, as it goes, as `SeriesStore.rows`."""
        ref = self._info.ref
        for attempt, matrix in self._series.rows(ref.project, ref.id, start=self._start):
            yield messages.Piece(attempt, matrix)


def judged_whole(process: talk.Process, stores: Stores, info: ports.RunInfo) -> None:
    """Judge all rows of a run that ended and write down what comes of it.

    Raises:
        EndedError: if the process ended.
        StoreError: if the stores cannot be read or written.
    """
    said = process.asked(stores.question(info, goes_on=False), rows=stores.rows(info))
    stores.write(info, said)
    if isinstance(said, messages.Report):
        process.asked(messages.Close(run=info.ref.id))


Broken = (talk.EndedError, errors.StoreError, errors.NotFound)
"""What may go wrong with one run."""
