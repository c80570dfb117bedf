"""The diagnosis of one run: entries in, changes of findings out. No I/O, no clock; the same entries in the same order give the same findings.

`memory` keeps what rules look at, `stages` knows where curves may not be compared, `states` counts hits, `causes` puts roots before effects. Entries come
in the order of `replay`, which also takes those that come late. An epoch is complete when the first row of a later one comes, or at the end.

Rules that are asked by step are asked at every tenth batch, and at once where a value is not finite or a batch is marked as a spike, an overflow or
an explosion, at the end of an epoch where no batches are logged; of telemetry, which comes without batches, every fifth row asks the rules of the system.
"""

import functools
import math
import os
from collections.abc import Sequence
from typing import Literal

import msgspec

from yoloscope.diagnose import catalogue, causes, history, rule, stages, states, thresholds
from yoloscope.diagnose import facts as known
from yoloscope.diagnose.memory import run as memories
from yoloscope.diagnose.memory import slots, stream
from yoloscope.records import finding, logged

VERSION = 1
STRIDE = 10
"""Batches from one question to the next, where nothing is urgent."""
READINGS_STRIDE = 5
STEP_WINDOW = 200
"""Batches that the evidence of a rule asked by step shows, where it does not say: those that medians are of."""
Why = Literal["missing", "waits", "failed", "not_asked"]


class Unevaluated(msgspec.Struct, frozen=True):
    """Why a rule says nothing about a run: inputs are missing, it waits, its test raised, or its moment has not come."""

    rule: str
    why: Why
    inputs: tuple[str, ...] = ()
    fault: str = ""


class Engine:
    """Folds the entries of one run into findings."""

    def __init__(
        self,
        facts: known.Facts,
        rules: Sequence[rule.Rule] | None = None,
        *,
        peers: history.Peers | None = None,
    ) -> None:
        self._rules = tuple(catalogue.RULES if rules is None else rules)
        self._by_cadence = _by_cadence(self._rules)
        self._causes = _causes(self._rules)
        self._states = {one.id: states.State() for one in self._rules}
        self._memory = memories.Memory(facts)
        self._memory.peers = peers or history.Peers()
        self._stages = stages.Stages(facts)
        self._muted: frozenset[str] = frozenset()
        self._telemetry = 0
        self._ask("start")

    @property
    def view(self) -> memories.Memory:
        """The run as rules see it."""
        return self._memory

    def tell(self, facts: known.Facts, *, peers: history.Peers | None = None) -> list[states.Change]:
        """Take facts that came, or changed, while the run goes on."""
        if peers is not None:
            self._memory.peers = peers
        if facts == self._memory.facts and peers is None:
            return []
        if self._stages.told(facts, has_begun=not self._memory.is_new):
            self._cut(self._memory.epoch)
        self._memory.facts = facts
        return self._ask("start")

    def take(self, entry: logged.Logged | logged.Begun | logged.Ended) -> list[states.Change]:
        """Take the next entry; return which findings opened, rose, closed or opened again."""
        if isinstance(entry, logged.Logged):
            return self._row(entry)
        return self._begun(entry) if isinstance(entry, logged.Begun) else self._ended()

    def tick(self, silent_s: float | None) -> list[states.Change]:
        """Ask what only a clock can tell, `silent_s` after the newest row; ``None`` once the run has ended."""
        self._memory.silent_s = silent_s
        changes = self._ask("timer")
        self._memory.silent_s = None
        return changes

    def findings(self) -> list[finding.Finding]:
        """Return all findings, open ones first, roots before their effects, the worst and surest first."""
        return self._causes.ordered(state.found for state in self._states.values() if state.found is not None)

    def unevaluated(self) -> list[Unevaluated]:
        """Return the rules that have nothing to say, and why: silence of the others means that they found nothing."""
        return [told for one in self._rules if (told := self._unevaluated(one)) is not None]

    def _unevaluated(self, one: rule.Rule) -> Unevaluated | None:
        state = self._states[one.id]
        if state.failed:
            return Unevaluated(one.id, "failed", fault=state.failed)
        if state.missing is not None and not (one.cadence == "step" and state.is_answered):
            return Unevaluated(one.id, "missing", inputs=state.missing)
        if state.is_answered:
            return None
        return Unevaluated(one.id, "waits" if stages.waits(one, self._memory) else "not_asked")

    def _row(self, row: logged.Logged) -> list[states.Change]:
        memory = self._memory
        changes: list[states.Change] = []
        if row.attempt != memory.attempt:
            if row.attempt < memory.attempt:
                return changes
            changes += self._begun(logged.Begun(row.attempt, row.wall_ns))
        shape = memory.shape(row)
        at = memory.epoch_of(row)
        if at != memory.open and at:
            changes += self._turn(at, shape)
        is_urgent = memory.take(row, shape)
        if shape.is_batch and row.step is not None:
            if is_urgent or memory.steps.seen % STRIDE == 0:
                changes += self._ask("step", row.step)
        elif shape.has_readings:
            changes += self._reading()
        return changes

    def _reading(self) -> list[states.Change]:
        self._telemetry += 1
        if self._telemetry % READINGS_STRIDE:
            return []
        return self._ask("step", family="system")

    def _turn(self, epoch: int, shape: slots.Shape) -> list[states.Change]:
        """Go to another epoch: on to a later one, or back to one that is trained again without a word."""
        memory = self._memory
        changes: list[states.Change] = []
        if epoch > max(memory.open, memory.epoch):
            if memory.open:
                changes = self._close()
            memory.open = epoch
        elif shape.is_training:
            memory.repeats += 1
            self._back(memory.attempt, epoch - 1)
            memory.open = epoch
        return changes

    def _begun(self, begun: logged.Begun) -> list[states.Change]:
        memory = self._memory
        changes: list[states.Change] = []
        if begun.attempt < memory.attempt:
            return changes
        start = _start(begun)
        if memory.is_whole and (start is None or start >= memory.open):
            changes = self._close()
        if memory.is_new:
            memory.attempt = begun.attempt
            return changes
        memory.repeats += begun.is_repeat
        self._back(begun.attempt, memory.epoch if start is None else start)
        return changes

    def _back(self, attempt: int, epoch: int) -> None:
        """Begin an attempt, or an epoch again: what came after `epoch` is superseded, and what follows is a stage of its own."""
        memory = self._memory
        memory.drop()
        memory.rewind(epoch)
        memory.begin(attempt)
        self._cut(memory.epoch)

    def _cut(self, epoch: int) -> None:
        self._stages.cut(epoch)
        self._memory.cut(epoch)

    def _ended(self) -> list[states.Change]:
        changes = self._close() if self._memory.is_whole else []
        return changes + self._ask("end")

    def _close(self) -> list[states.Change]:
        """Complete the open epoch and ask what is asked then."""
        self._memory.close()
        cut = self._stages.after_epoch(self._memory)
        if cut is not None:
            self._cut(cut)
        changes = self._ask("start") + self._ask("epoch")
        return changes if self._memory.steps.seen else changes + self._ask("step")

    def _ask(
        self, cadence: rule.Cadence, step: int | None = None, *, family: rule.Family | None = None
    ) -> list[states.Change]:
        asked = self._asked(cadence, step)
        changed: list[tuple[str, states.Kind]] = []
        for one in self._by_cadence[cadence]:
            if family is not None and one.family != family:
                continue
            kind = self._put(one, asked)
            if kind is not None:
                changed.append((one.id, kind))
                self._mute()
        return self._told(changed) if changed else []

    def _put(self, one: rule.Rule, asked: states.Asked) -> states.Kind | None:
        """Put the question of one rule, unless it is silent now."""
        state, memory = self._states[one.id], self._memory
        if state.failed or one.id in self._muted or stages.waits(one, memory) or self._stages.mutes(one, memory):
            return None
        try:
            outcome = one.test(memory)
        except Exception as fault:  # one rule's fault costs that rule alone
            if os.environ.get("YOLOSCOPE_STRICT") == "1":
                raise
            state.failed = f"{type(fault).__name__}: {fault}"[:200]
            return None
        if not isinstance(outcome, rule.Hit):
            return states.answer(state, one, outcome, asked)
        since = outcome.since or (STEP_WINDOW if asked.by_step else thresholds.window(memory.facts.epochs))
        end = asked.at.step if asked.by_step else asked.at.epoch
        window = None if end is None else (max(0.0, float(end) - since), float(end))
        return states.answer(
            state, one, outcome, msgspec.structs.replace(asked, window=window), present=self._present(outcome.series)
        )

    def _present(self, names: tuple[str, ...]) -> float:
        """Return which share of some series the run has."""
        memory = self._memory
        there = sum(
            memory.series(name) is not None or memory.steps.now(name) is not None or memory.readings(name) is not None
            for name in names
        )
        return there / len(names) if names else 1.0

    def _asked(self, cadence: rule.Cadence, step: int | None) -> states.Asked:
        memory = self._memory
        seen = step if step is not None else (memory.steps.step if memory.steps.seen else None)
        at = finding.Moment(float(memory.epoch), seen, memory.wall_ns or None)
        return states.Asked(
            at, weight=STRIDE if cadence == "step" else 1, by_step=cadence == "step" and step is not None
        )

    def _told(self, changed: list[tuple[str, states.Kind]]) -> list[states.Change]:
        kinds = dict(changed)
        return [states.Change(kinds[one.rule], one) for one in self.findings() if one.rule in kinds]

    def _mute(self) -> None:
        self._muted = causes.muted(rule_id for rule_id, state in self._states.items() if state.is_open)

    def save(self) -> bytes:
        """Return the state, at most 8 KB for a run with all series."""
        into = stream.Writer()
        into.integers.append(self._telemetry)
        self._memory.save(into)
        self._stages.save(into)
        told = {rule_id: state for rule_id, state in self._states.items() if state != states.State()}
        return into.packed(version=VERSION, blob=msgspec.msgpack.encode(told))

    @classmethod
    def restore(
        cls,
        data: bytes,
        facts: known.Facts,
        rules: Sequence[rule.Rule] | None = None,
        *,
        peers: history.Peers | None = None,
    ) -> "Engine":
        """Return the engine that was saved; rules that did not exist then begin anew.

        Raises:
            InvalidRecord: if the bytes are damaged or of another version; replay builds the state again.
        """
        of = stream.Reader(data, version=VERSION)
        engine = cls(facts, rules)
        engine._telemetry = of.integer()
        engine._memory = memories.Memory.restored(facts, of)
        engine._memory.peers = peers or history.Peers()
        engine._stages.restore(of)
        told = msgspec.msgpack.decode(of.blob, type=dict[str, states.State])
        engine._states = {one.id: told.get(one.id) or states.State() for one in engine._rules}
        engine._mute()
        return engine


def _start(begun: logged.Begun) -> int | None:
    return None if begun.start_epoch is None else max(0, math.floor(begun.start_epoch + memories.NEAR))


@functools.lru_cache(maxsize=8)
def _causes(rules: tuple[rule.Rule, ...]) -> causes.Causes:
    """Return who explains whom, once for all runs with the same rules."""
    return causes.Causes(rules)


@functools.lru_cache(maxsize=8)
def _by_cadence(rules: tuple[rule.Rule, ...]) -> dict[rule.Cadence, tuple[rule.Rule, ...]]:
    """Return the rules by when they are asked, those that mute others first."""
    cadences: tuple[rule.Cadence, ...] = ("start", "epoch", "step", "timer", "end")
    first = sorted(rules, key=lambda one: one.id not in causes.MUTES)
    return {cadence: tuple(one for one in first if one.cadence == cadence) for cadence in cadences}
