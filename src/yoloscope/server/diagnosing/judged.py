"""One run as the process beside the server judges it: rows in, judgements out.

Called by `main`. A run is gone on from where it stood, unless what it said of itself changed in the beginning, or its attempts are others: then all its rows
are taken anew, so that a run comes to the same findings however they arrived. A plan that moves is no such change: it holds from now on.
"""

import itertools
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from yoloscope import errors
from yoloscope.diagnose import answer, catalogue, history, replay, states
from yoloscope.records import finding
from yoloscope.server.diagnosing import gathered, messages
from yoloscope.server.diagnosing.attempts import Attempts

SAID_S = 2.0
"""How often a run whose findings are the same says how it stands; epochs may take less than a second."""
AGAIN_ROWS = 20_000
"""Rows up to which a run is judged anew when it says something else of itself: half a second. Later it just goes on with that."""
_CHUNK = 512
_VERSION = 1
Pieces = Iterable[messages.Piece]


class _State(msgspec.Struct, frozen=True, array_like=True):
    version: int
    live: bytes
    attempts: tuple[messages.Attempt, ...]
    peers: history.Peers
    rows: int = -1
    """How many of its rows were taken; older states do not tell."""


class Judged:
    """A run and what was found in it; ``read`` gives all its rows as they arrived, whenever it is called."""

    def __init__(
        self, opened: messages.Open, read: Callable[[], Pieces], *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._clock_s = clock_s
        self._attempts = Attempts(opened.attempts)
        self._known = opened.known
        self._has_ended = opened.has_ended
        self._told = {one.rule: one for one in opened.held}
        self._pending: list[states.Change] = []
        self._said: tuple[int, float] | None = None
        self._rows = 0
        self._is_overtaken = False
        kept = _kept(opened.state)
        self._peers = opened.peers if kept is None else kept.peers
        self._live = self._gone_on(kept) if kept is not None and opened.goes_on else None
        if self._live is None:
            self._again()
        self._end()

    @property
    def _running(self) -> replay.Live:
        assert self._live is not None
        return self._live

    def told(self, said: messages.Told) -> None:
        """Take what the run says of itself now."""
        older, self._attempts = self._attempts, Attempts(said.attempts)
        known, self._known = self._known, said.known
        self._has_ended = said.has_ended
        facts = self._known.facts()
        is_later_plan = _moved(known, self._known).facts() == facts
        if not self._attempts.goes_on(older) or not (is_later_plan or self._rows > AGAIN_ROWS):
            self._again()
        elif facts != known.facts():
            self._pending += self._running.tell(facts)
        self._end()

    def take(self, taken: messages.Take) -> None:
        """Take rows that came; those that were read already count once. None is waited for once the run has ended."""
        first = taken.start
        for piece in taken.pieces:
            self._pending += self._running.take(gathered.rows_of(piece, first=first, of=self._attempts))
            first += piece.matrix.rows
        self._rows = max(self._rows, first)
        if self._has_ended:
            self._pending += self._running.settle()

    def tick(self, silent_s: float) -> None:
        """Look at a run of which nothing came for so long."""
        if silent_s * 1e9 >= replay.HOLD_NS:
            self._pending += self._running.settle()
        self._pending += self._running.engine.tick(silent_s)

    def judgement(self) -> messages.Judgement | None:
        """Return how the run stands, if that should be written down now."""
        live = self._running
        epoch, now_s = live.engine.view.epoch, self._clock_s()
        if self._said is not None and not self._pending and not self._has_ended:
            said_epoch, said_s = self._said
            if epoch == said_epoch or now_s < said_s + SAID_S:
                return None
        self._said = epoch, now_s
        return self._judged()

    def _judged(self) -> messages.Judgement:
        engine = self._running.engine
        found = [finding.kept(one) for one in engine.findings()]
        now = {one.rule: one for one in found}
        gone = bool(self._told.keys() - now.keys())
        changes = self._changes(found)
        self._pending, self._told = [], now
        said = answer.of(engine.view, found, catalogue.TEXTS, has_ended=self._has_ended)
        about = {"epoch": engine.view.epoch, "ended": self._has_ended}
        forecast = {} if said.expected is None else msgspec.structs.asdict(said.expected)
        silent = engine.unevaluated()
        return messages.Judgement(
            changes=changes,
            findings=tuple(found),
            gone=gone,
            verdict=said.verdict,
            answer={"en": said.told.en, "zh": said.told.zh, "phase": said.phase, **about, **forecast},
            not_evaluated={one.rule: one.inputs for one in silent if one.why == "missing"},
            failed={one.rule: one.fault for one in silent if one.why == "failed"},
            state=self._state(),
        )

    def _changes(self, found: Sequence[finding.Finding]) -> tuple[messages.Change, ...]:
        """Return what happened, then the findings that only came up to date."""
        happened = [messages.Change(finding.kept(one.finding), one.kind) for one in self._pending]
        newest = {one.finding.rule: one.finding for one in happened}
        quiet = [one for one in found if one not in (newest.get(one.rule), self._told.get(one.rule))]
        return (*happened, *(messages.Change(one, None) for one in quiet))

    def _again(self) -> None:
        """Judge all rows anew."""
        live = self._live = replay.Live(self._known.facts(), self._entries, peers=self._peers)
        entries = self._entries(None)
        happened: list[states.Change] = []
        while chunk := list(itertools.islice(entries, _CHUNK)):
            happened += live.take(chunk)
        self._pending = happened if not self._told else list(_differences(self._told, live.findings()))

    def _gone_on(self, kept: _State) -> replay.Live | None:
        """Return the diagnosis that was saved with the rows that came since; ``None`` if it cannot be gone on from.

        It reads on behind what was folded. A row that came since and belongs before that would never be taken, so all are taken anew.
        """
        if kept.rows < 0 or not self._attempts.goes_on(Attempts(kept.attempts)):
            return None
        self._rows = kept.rows
        try:
            live = replay.Live.restore(kept.live, self._known.facts(), self._entries, peers=self._peers)
        except (errors.InvalidRecord, msgspec.MsgspecError):
            return None
        if self._is_overtaken:
            return None
        self._pending = list(_differences(self._told, live.findings()))
        return live

    def _end(self) -> None:
        self._pending += self._running.take(self._attempts.ended())
        if self._has_ended:
            self._pending += self._running.settle()

    def _entries(self, after: replay.Key | None) -> Iterator[replay.Entry]:
        """Yield what the store has after a key, in order."""
        with gathered.Gathered(self._attempts) as rows:
            rows.add(self._read())
            self._is_overtaken = rows.has_before(after, first=self._rows)
            if not self._is_overtaken:  # what lies before the key was read, not taken
                self._rows = max(self._rows, rows.rows)
            yield from rows.entries(after)

    def _state(self) -> bytes:
        """Return what `Open.state` takes; settings of earlier runs are much alike, and pack to a tenth."""
        kept = _State(_VERSION, self._running.save(), tuple(self._attempts.main), self._peers, self._rows)
        return zlib.compress(msgspec.msgpack.encode(kept))


def _moved(older: messages.Known, newer: messages.Known) -> messages.Known:
    """Return what a run said of itself with the plan that it tells now, if it told one before: some trainers move theirs with every epoch."""
    return msgspec.structs.replace(older, plan=newer.plan) if older.plan and newer.plan else older


def _kept(state: bytes) -> _State | None:
    """Return what was saved; ``None`` if there is nothing, or it is of another release."""
    if not state:
        return None
    try:
        kept = msgspec.msgpack.decode(zlib.decompress(state), type=_State)
    except (zlib.error, msgspec.MsgspecError):
        return None
    return kept if kept.version == _VERSION else None


def _differences(told: dict[str, finding.Finding], found: Sequence[finding.Finding]) -> Iterator[states.Change]:
    """Yield what is otherwise than was told; `Judgement.gone` speaks of what is not found any more, which closes first."""
    for one in found:
        kind = _kind(told.get(one.rule), one)
        if kind is not None:
            yield states.Change(kind, one)
    now = {one.rule for one in found}
    for one in told.values():
        if one.rule not in now and one.status == "open":
            yield states.Change("closed", msgspec.structs.replace(one, status="closed", closed=one.updated))


def _kind(before: finding.Finding | None, now: finding.Finding) -> states.Kind | None:
    if before is None:
        return "opened"
    if before.status != now.status:
        return "reopened" if now.status == "open" else "closed"
    worse = finding.SEVERITIES.index(now.severity) > finding.SEVERITIES.index(before.severity)
    return "raised" if worse and now.status == "open" else None
