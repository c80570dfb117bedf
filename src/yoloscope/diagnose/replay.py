"""Live equals replay: whatever order rows arrive in, a diagnosis is the fold over them in one canonical order.

The order is that of attempts, then of the trainer's clock, then of writers and their sequence. `Live` holds rows back for some seconds, so that writers may
lag behind each other; what comes later than that makes it go back to a checkpoint and fold again what a reader returns. A row that comes twice counts once.
"""

import bisect
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from yoloscope import errors
from yoloscope.diagnose import engine, history, rule, states
from yoloscope.diagnose import facts as known
from yoloscope.records import finding, logged

Entry = logged.Logged | logged.Begun | logged.Ended
Key = tuple[int, int, int, str, int]
"""Attempt; 0 for its beginning, 1 for rows, 2 for what comes after all rows of its moment; wall clock in ns; writer; sequence."""
ReadSince = Callable[["Key | None"], Iterator[Entry]]
"""Returns the entries of the run that come after a key, in canonical order; all of them for ``None``."""
HOLD_NS = 5_000_000_000
"""Telemetry comes every two seconds and is sent with the rows of the same time."""
HOLD_MOST_NS = 60_000_000_000
"""A writer that lags farther behind than that costs rebuilds; findings would otherwise wait for it."""
HELD_MOST = 4_096
CHECKPOINTS = 3
CHECKPOINT_NS = 300_000_000_000
"""A checkpoint costs a millisecond, of 5,000 runs one a minute would be a tenth of a core; folding ten minutes of rows again costs about 50 ms."""
RUNS_MOST = 1_024
"""Of sequence numbers that were seen, for each writer; gaps before these are of rows that will never come."""
VERSION = 1


class Order:
    """The canonical order of a run's entries: which attempt an end belongs to depends on the beginnings that are known."""

    def __init__(self, began: Iterable[logged.Begun] = ()) -> None:
        self.began = {one.attempt: one.wall_ns for one in began}

    def key(self, entry: Entry) -> Key:
        """Return the place of an entry."""
        if isinstance(entry, logged.Logged):
            return entry.attempt, 1, entry.wall_ns, entry.writer, entry.sequence
        if isinstance(entry, logged.Begun):
            return entry.attempt, 0, entry.wall_ns, "", 0
        attempt = max((one for one, wall_ns in self.began.items() if wall_ns <= entry.wall_ns), default=0)
        return attempt, 2, entry.wall_ns, "", 0


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries in canonical order, each once."""
    given = list(entries)
    order = Order(entry for entry in given if isinstance(entry, logged.Begun))
    by_key = {order.key(entry): entry for entry in given}
    return [by_key[key] for key in sorted(by_key)]


def replay(entries: Iterable[Entry], facts: known.Facts, rules: Sequence[rule.Rule] | None = None) -> engine.Engine:
    """Return the engine that took all entries in canonical order."""
    made = engine.Engine(facts, rules)
    for entry in in_order(entries):
        made.take(entry)
    return made


class Seen:
    """Which sequence numbers of one writer came, as runs of them."""

    def __init__(self, runs: Iterable[tuple[int, int]] = ()) -> None:
        self.runs = [list(one) for one in runs]

    def add(self, sequence: int) -> bool:
        """Take a number; return whether it is new."""
        runs = self.runs
        if runs and runs[-1][1] + 1 == sequence:
            runs[-1][1] = sequence
            return True
        place = bisect.bisect_right(runs, sequence, key=lambda one: one[0])
        if place and sequence <= runs[place - 1][1]:
            return False
        runs.insert(place, [sequence, sequence])
        self._join(place)
        if len(runs) > RUNS_MOST:
            runs[0:2] = [[runs[0][0], runs[1][1]]]
        return True

    def _join(self, place: int) -> None:
        """Join the run at a place with those beside it that it touches."""
        for at in (place, place - 1):
            if 0 <= at < len(self.runs) - 1 and self.runs[at][1] + 1 == self.runs[at + 1][0]:
                self.runs[at : at + 2] = [[self.runs[at][0], self.runs[at + 1][1]]]


class _Checkpoint(msgspec.Struct, frozen=True):
    key: Key
    state: bytes


class _Saved(msgspec.Struct, array_like=True):
    version: int
    state: bytes
    folded: Key | None
    began: dict[int, int]
    ended: list[Key]
    seen: dict[str, list[tuple[int, int]]]


class Live:
    """The diagnosis of a run whose rows arrive from several writers, in any order, late and more than once."""

    def __init__(
        self,
        facts: known.Facts,
        read: ReadSince,
        rules: Sequence[rule.Rule] | None = None,
        *,
        peers: history.Peers | None = None,
    ) -> None:
        self._read, self._rules, self._peers = read, rules, peers
        self._told: list[tuple[Key | None, known.Facts]] = [(None, facts)]
        self.engine = engine.Engine(facts, rules, peers=peers)
        self._order = Order()
        self._seen: dict[str, Seen] = {}
        self._ended: dict[int, Key] = {}
        self._held: list[tuple[Key, Entry]] = []
        self._folded: Key | None = None
        self._checkpoints: list[_Checkpoint] = []
        self._newest_ns = 0
        self._hold_ns = HOLD_NS

    def tell(self, facts: known.Facts) -> list[states.Change]:
        """Take facts that came or changed after what was folded so far."""
        self._told.append((self._folded, facts))
        return self.engine.tell(facts)

    def take(self, entries: Iterable[Entry]) -> list[states.Change]:
        """Take entries that arrived, which `read` returns from now on; return what changed by those that need not wait for others."""
        late: list[Key] = []
        for entry in entries:
            if self._is_new(entry):
                late += self._moved_by(entry)
                late += self._hold(entry)
        return self._again(min(late)) if late else self._release(self._newest_ns - self._hold_ns)

    def _hold(self, entry: Entry) -> list[Key]:
        """Hold an entry back; return its place instead if that is passed already."""
        key = self._order.key(entry)
        self._newest_ns = max(self._newest_ns, entry.wall_ns)
        if self._folded is None or key > self._folded:
            heapq.heappush(self._held, (key, entry))
            return []
        self._hold_ns = min(max(self._hold_ns, 2 * (self._newest_ns - entry.wall_ns)), HOLD_MOST_NS)
        return [key]

    def settle(self) -> list[states.Change]:
        """Fold what is held back: the run ended, or nothing came for a while."""
        return self._release(self._newest_ns)

    def findings(self) -> list[finding.Finding]:
        """Return the findings of what was folded."""
        return self.engine.findings()

    def _is_new(self, entry: Entry) -> bool:
        if isinstance(entry, logged.Logged):
            return self._seen.setdefault(entry.writer, Seen()).add(entry.sequence)
        if isinstance(entry, logged.Begun):
            return entry.attempt not in self._order.began
        return entry.wall_ns not in self._ended

    def _moved_by(self, entry: Entry) -> list[Key]:
        """Take note of a beginning or an end; return the places of ends that turn out to be of a later attempt than was thought."""
        if isinstance(entry, logged.Ended):
            self._ended[entry.wall_ns] = self._order.key(entry)
        if not isinstance(entry, logged.Begun):
            return []
        self._order.began[entry.attempt] = entry.wall_ns
        moved = [key for at, key in self._ended.items() if entry.wall_ns <= at and key[0] < entry.attempt]
        for key in moved:
            self._ended[key[2]] = (entry.attempt, *key[1:])
        return moved

    def _release(self, until_ns: int) -> list[states.Change]:
        changes: list[states.Change] = []
        while self._held and (self._held[0][1].wall_ns <= until_ns or len(self._held) > HELD_MOST):
            changes += self._fold(*heapq.heappop(self._held))
        return changes

    def _fold(self, key: Key, entry: Entry) -> list[states.Change]:
        epoch = self.engine.view.epoch
        changes = self.engine.take(entry)
        self._folded = key
        if self.engine.view.epoch != epoch and self._is_due(key):
            self._checkpoints = [*self._checkpoints, _Checkpoint(key, self.engine.save())][-CHECKPOINTS:]
        return changes

    def _is_due(self, key: Key) -> bool:
        return not self._checkpoints or key[2] - self._checkpoints[-1].key[2] >= CHECKPOINT_NS

    def _again(self, late: Key) -> list[states.Change]:
        """Go back to before the earliest entry that is late, and fold again."""
        before = self.engine.findings()
        self._checkpoints = [one for one in self._checkpoints if one.key < late]
        self._held = []
        if self._checkpoints:
            last = self._checkpoints[-1]
            self._folded = last.key
            self.engine = engine.Engine.restore(last.state, self._facts_at(last.key), self._rules, peers=self._peers)
        else:
            self._folded = None
            first = [facts for at, facts in self._told if at is None][-1]
            self.engine = engine.Engine(first, self._rules, peers=self._peers)
        self._catch_up()
        return _differences(before, self.engine.findings())

    def _facts_at(self, key: Key) -> known.Facts:
        """Return the facts that a checkpoint was made with: those told at its very place came after it."""
        return [facts for at, facts in self._told if at is None or at < key][-1]

    def _catch_up(self) -> None:
        """Fold what the reader has, and hold back what is so new that others may still come before it."""
        start = self._folded
        coming = [(at, facts) for at, facts in self._told if at is not None and (start is None or at >= start)]
        for entry in self._read(self._folded):
            if self._is_new(entry):
                self._moved_by(entry)
            key = self._order.key(entry)
            self._newest_ns = max(self._newest_ns, entry.wall_ns)
            if entry.wall_ns > self._newest_ns - self._hold_ns:
                heapq.heappush(self._held, (key, entry))
                continue
            while coming and coming[0][0] < key:
                self.engine.tell(coming.pop(0)[1])
            self._fold(key, entry)
        for _, facts in coming:
            self.engine.tell(facts)
        self._release(self._newest_ns - self._hold_ns)

    def save(self) -> bytes:
        """Return the state of what was folded; what is held back is read again."""
        seen = {writer: [(first, last) for first, last in one.runs] for writer, one in self._seen.items()}
        saved = _Saved(VERSION, self.engine.save(), self._folded, self._order.began, list(self._ended.values()), seen)
        return msgspec.msgpack.encode(saved)

    @classmethod
    def restore(
        cls,
        data: bytes,
        facts: known.Facts,
        read: ReadSince,
        rules: Sequence[rule.Rule] | None = None,
        *,
        peers: history.Peers | None = None,
    ) -> "Live":
        """Return the diagnosis that was saved, with what came since; entries that are handed to `take` again count once.

        Raises:
            InvalidRecord: if the bytes are damaged or of another version; `take` of all entries builds the state again.
        """
        try:
            saved = msgspec.msgpack.decode(data, type=_Saved)
        except msgspec.DecodeError as fault:
            raise errors.InvalidRecord(
                f"the state of a diagnosis is damaged ({fault})", field="state", fix="replay the run's rows"
            ) from fault
        if saved.version != VERSION:
            raise errors.InvalidRecord(
                f"the state of a diagnosis has version {saved.version}, this is version {VERSION}",
                field="state",
                fix="replay the run's rows",
            )
        live = cls(facts, read, rules, peers=peers)
        live.engine = engine.Engine.restore(saved.state, facts, rules, peers=peers)
        live._folded = saved.folded
        live._order.began = saved.began
        live._ended = {key[2]: key for key in saved.ended}
        live._seen = {writer: Seen(runs) for writer, runs in saved.seen.items()}
        live._catch_up()
        return live


def _differences(before: Sequence[finding.Finding], after: Sequence[finding.Finding]) -> list[states.Change]:
    """Return what a second look changed; a finding that it does not make any more is told as closed."""
    old, new = {one.rule: one for one in before}, {one.rule: one for one in after}
    gone = [msgspec.structs.replace(one, status="closed", closed=one.updated) for one in before if one.rule not in new]
    changed = [states.Change(kind, one) for one in after if (kind := _difference(old.get(one.rule), one)) is not None]
    return changed + [states.Change("closed", one) for one in gone if old[one.rule].status == "open"]


def _difference(before: finding.Finding | None, after: finding.Finding) -> states.Kind | None:
    if before is None or before.status != after.status:
        opened: states.Kind = "opened" if before is None else "reopened"
        return opened if after.status == "open" else ("closed" if before is not None else None)
    worse = finding.SEVERITIES.index(after.severity) > finding.SEVERITIES.index(before.severity)
    return "raised" if worse and after.status == "open" else None
