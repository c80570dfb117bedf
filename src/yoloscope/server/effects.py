"""Measures what came of commands that answered findings, while the server serves. Made by `app`.

Everything that it goes on from stands in the catalogue, so that a server that starts again goes on measuring. A round asks the catalogue one question; curves are read
only of runs of which an epoch more is complete, or that ended. How it is measured is said in `diagnose.effect`.
"""

import logging
import math
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import anyio.to_thread
import numpy as np

from yoloscope import errors
from yoloscope.diagnose import effect
from yoloscope.query import facts, settings_of_run, table
from yoloscope.records import effect as records
from yoloscope.records import ids, state
from yoloscope.server import beside, offering
from yoloscope.server.diagnosing import known as told
from yoloscope.server.services import Services
from yoloscope.store import ports, ports_commands, ports_effects
from yoloscope.wire import recording

EVERY_S = 2.0
PEERS_MOST = 20
"""The newest runs on the same data; what a project did a hundred runs ago says little."""
_COMMANDS_MAX = 1_000
_NEAR = 1e-9  # an epoch counted as a sum of 1/batches ends a rounding error short of whole, or beyond it
_Key = tuple[ids.RunId, str]
_Stands = tuple[int, str, int, int, int]
_log = logging.getLogger("yoloscope")
_FAILED = "Effects of commands could not be measured; it is tried again"


class Measuring:
    """Measures what is due. One event loop; what blocks runs in worker threads."""

    def __init__(self, of: Services) -> None:
        self._of = of
        self._seen: dict[_Key, _Stands] = {}
        self._failed: set[_Key] = set()

    async def round(self) -> None:
        """Measure what is due now and tell who watches what changed.

        Raises:
            StoreError: if the catalogue cannot be asked what is due; what was measured stays measured.
        """
        for known in await anyio.to_thread.run_sync(self._due):
            project = await anyio.to_thread.run_sync(self._tried, known)
            if project is not None:
                self._of.hub.commanded(known.run, project=project)

    def _due(self) -> list[ports_commands.Known]:
        due = self._of.catalog.effects.due(effect.CHANGING)
        due = [one for one in due if effect.is_measurable(one.verb, one.args)]
        keys = {(one.run, one.id) for one in due}
        self._seen = {key: stands for key, stands in self._seen.items() if key in keys}
        self._failed &= keys
        return due

    def _tried(self, known: ports_commands.Known) -> ids.ProjectName | None:
        """Measure one command; whatever is wrong with its run, the others have theirs. Blocking."""
        key = known.run, known.id
        try:
            found = self._measure(known)
        except Exception:  # noqa: BLE001 - a run that cannot be read must not stop the effects of all others
            if key not in self._failed:
                self._failed.add(key)
                _log.exception(
                    "What came of command %s of run %s cannot be measured; it is tried again", known.id, known.run
                )
            return None
        self._failed.discard(key)
        return found

    def _measure(self, known: ports_commands.Known) -> ids.ProjectName | None:
        """Measure one command; returns its project if there was news. Blocking."""
        try:
            info = self._of.catalog.run(known.run)
        except errors.NotFound:  # removed since
            return None
        applied = self._applied(known.run)
        stat = self._of.series.run_stats(info.ref.project, [known.run]).get(known.run)
        completed = facts.completed_epochs(info, stat=stat)
        is_near = known.epoch is not None and completed >= known.epoch + effect.EPOCHS
        rows = stat.rows if stat is not None and is_near else 0
        stands = completed, info.state, len(applied), len(info.attempts), rows
        if self._seen.get((known.run, known.id)) == stands:
            return None
        found = self._found(known, info, applied=applied, completed=completed)
        self._seen[known.run, known.id] = stands
        before = self._of.catalog.effects.of_run(known.run).get(known.id)
        if before is not None and before.effect == found:
            return None
        measured = ports_effects.Measured(
            run=known.run,
            command=known.id,
            project=info.ref.project,
            rule=known.cause,
            act=offering.key_of(known),
            at_ns=self._of.clock_ns(),
            effect=found,
        )
        self._of.catalog.effects.put(measured)
        return info.ref.project

    def _applied(self, run: ids.RunId) -> list[ports_commands.Known]:
        """Return the commands that changed how a run goes on, newest first."""
        page = self._of.catalog.commands.page(run, limit=_COMMANDS_MAX, cursor=None)
        return [one for one in page.commands if one.state == "applied" and effect.is_measurable(one.verb, one.args)]

    def _found(
        self,
        known: ports_commands.Known,
        info: ports.RunInfo,
        *,
        applied: Sequence[ports_commands.Known],
        completed: int,
    ) -> records.Effect:
        of, project = self._of, info.ref.project
        logged = [one.name for one in of.series.series(project, known.run)]
        held = [one.finding for one in of.catalog.findings.of_run(known.run) if one.finding.rule == known.cause]
        series = effect.target(held[0].series if held else (), logged, verb=known.verb, args=known.args)
        if series is None or known.epoch is None:
            return records.Effect(verdict="unknown", why="no_curve", of=effect.EPOCHS)
        taken = (known.result or {}).get("epochs")
        opened = held[0].opened.epoch if held else None
        closes = None if _is_on_mosaic(known) else told.said(info).facts().closes_mosaic_at
        before, since = _taken_over(info, known)
        watched = effect.Watched(
            verb=known.verb,
            rule=known.cause,
            at=known.epoch,
            completed=completed,
            has_ended=info.state in state.ENDED,
            is_closed=bool(held) and held[0].status == "closed",
            changes=(*before, *(one.epoch for one in applied if one.id != known.id and one.epoch is not None)),
            resumes=since,
            breaks=() if closes is None else (float(closes),),
            good=float(taken) if known.verb == "rollback" and isinstance(taken, int | float) else opened,
        )
        curve = self._curve(project, known.run, effect.sources(series, logged), upto=completed)
        found = effect.measured(watched, curve, series=series)
        if found.verdict == "measuring" or found.why not in ("", "mosaic", "nothing_to_compare"):
            return found
        return effect.measured(watched, curve, series=series, peers=self._peers(info, series))

    def _peers(self, info: ports.RunInfo, series: str) -> list[effect.Curve]:
        """Return the curves of the newest runs on the same data that ended and were left alone; none where the data are not known."""
        runs = self._of.table.now().scope(info.ref.project, which="kept").runs
        mine = next((one for one in runs if one.ref.id == info.ref.id), None)
        data = None if mine is None else settings_of_run.data(mine)
        if data is None:
            return []
        alike = [
            one for one in runs if one is not mine and one.state in state.ENDED and settings_of_run.data(one) == data
        ]
        curves: list[effect.Curve] = []
        for one in sorted(alike, key=table.newest_last)[-PEERS_MOST:]:
            whole = self._of.catalog.run(one.ref.id)
            if not self._applied(one.ref.id) and len(_firsts(ports.main_attempts(whole.attempts))) == 1:
                sources = effect.sources(series, one.totals.names.all)
                curves.append(self._curve(info.ref.project, one.ref.id, sources, upto=one.epoch))
        return curves

    def _curve(self, project: ids.ProjectName, run: ids.RunId, sources: Sequence[str], *, upto: int) -> effect.Curve:
        """Return the sum of some series by complete epoch: of each its mean, later attempts in the place of older ones."""
        parts = [
            _by_epoch(self._of.series.points(project, run, name), upto=upto, is_by_batch=_is_by_batch(name))
            for name in sources
        ]
        if not parts:
            return {}
        shared = set(parts[0]).intersection(*parts[1:])
        return {epoch: sum(part[epoch] for part in parts) for epoch in sorted(shared)}


def _firsts(main: Sequence[ports.AttemptInfo]) -> list[ports.AttemptInfo]:
    """Return the first attempt of each process that trained a run, in the order in which they began; of a copy, whose processes share a writer, each attempt that says from where."""
    found: dict[tuple[str, int], ports.AttemptInfo] = {}
    for one in main:
        is_own = recording.is_derived(one.writer) and one.start_epoch is not None
        found.setdefault((one.writer, one.number if is_own else 0), one)
    return list(found.values())


def _taken_over(info: ports.RunInfo, known: ports_commands.Known) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return from where on processes went on with the training of another one: before a command, and after it."""
    main = ports.main_attempts(info.attempts)
    places = {one.number: place for place, one in enumerate(main)}
    own = len(main) if known.attempt is None else places.get(known.attempt, len(main))
    before: list[float] = []
    since: list[float] = []
    for one in _firsts(main)[1:]:
        (since if places[one.number] > own else before).append(one.start_epoch or 0.0)
    return tuple(before), tuple(since)


def _is_on_mosaic(known: ports_commands.Known) -> bool:
    return known.verb == "close_mosaic" or "close_mosaic" in known.args


def _is_by_batch(name: str) -> bool:
    return name.startswith("train/") and not name.startswith("train/epoch/")


def _by_epoch(points: ports.Points, *, upto: int, is_by_batch: bool) -> dict[int, float]:
    """Return one value for each complete epoch, of the newest attempt that trained it: the mean of its batches, NaN if one has none, else the last.

    A validation that somebody asked for within an epoch comes before that of its end.
    """
    number = np.ceil(points.epoch - _NEAR)
    found: dict[int, float] = {}
    for epoch in np.unique(number[np.isfinite(number) & (number >= 1) & (number <= upto)]).astype(int).tolist():
        here = number == epoch
        values = points.value[here & (points.attempt == points.attempt[here].max())]
        value = float(values.mean() if is_by_batch else values[-1])
        found[epoch] = value if math.isfinite(value) else math.nan
    return found


def running(of: Services) -> AbstractAsyncContextManager[None]:
    """Measure for as long as the context lasts."""
    return beside.working(beside.rounds(Measuring(of).round, first_s=EVERY_S, every_s=EVERY_S, failed=_FAILED))
