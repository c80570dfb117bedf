"""Every run of the stores in memory, as the run table needs it, brought up to date with each question by what changed since the last.

Owned by the server's services, asked by `table_page` through a `Snapshot`. Nothing is read twice: the first question reads all runs, later
ones those that changed. About 4 KB a run with 30 settings and 40 series (`benchmarks/run_table.py`).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from yoloscope import errors
from yoloscope.query import facts, packed
from yoloscope.query.filters import fields
from yoloscope.records import ids
from yoloscope.store import ports

Facts = facts.Facts
_ASKED_AT_ONCE = 500  # runs: what their sections take in memory while they are packed stays a few MB
_AGAIN_S = 5.0  # runs of a store that is away are asked for again so often, not with every question
_Known = dict[ids.RunId, Facts]
Which = Literal["shown", "archived", "kept", "trashed"]
"""Runs that nobody put away, those that somebody did, both, and those in the trash, archived or not."""


class _Behind(NamedTuple):
    """Runs of a project whose points could not be read, why, and when to try again (monotonic seconds)."""

    runs: frozenset[ids.RunId]
    fault: errors.StoreError
    again_s: float


class Snapshot:
    """All runs as they were at one time. Never changes; safe to read from any thread."""

    def __init__(
        self,
        runs: Mapping[ids.RunId, Facts],
        *,
        versions: Mapping[ids.ProjectName, int],
        behind: Mapping[ids.ProjectName, "_Behind"],
    ) -> None:
        self._runs = runs
        self._versions = versions
        self._behind = behind
        self._scopes: dict[tuple[ids.ProjectName | None, Which], fields.Scope] = {}

    def version(self, project: ids.ProjectName | None) -> int:
        """Return a number that is another one whenever a run of the project changed; of all projects with ``None``."""
        if project is not None:
            return self._versions.get(project, 0)
        return max(self._versions.values(), default=0)

    def scope(self, project: ids.ProjectName | None, *, which: "Which" = "shown") -> fields.Scope:
        """Return some of the runs of a project, or of all, newest first.

        Raises:
            StoreError: if points of these runs could not be read.
        """
        for broken, left in self._behind.items():
            if project in (None, broken):
                raise left.fault
        found = self._scopes.get((project, which))
        if found is None:
            runs = [run for run in self._runs.values() if project in (None, run.ref.project) and _belongs(run, which)]
            runs.sort(key=newest_last, reverse=True)
            found = fields.Scope(runs)
            if project is None or project in self._versions:  # names that nobody has are not remembered
                self._scopes[project, which] = found
        return found


class Table:
    """The runs of two stores. Its methods may be called from any thread."""

    def __init__(
        self, store: ports.SeriesStore, catalog: ports.Catalog, *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock_s = clock_s
        self._turn = threading.Lock()
        self._pool = packed.Pool()
        self._marks: tuple[int, int] | None = None
        self._version = 0
        self._behind: dict[ids.ProjectName, _Behind] = {}
        self._known: _Known = {}
        self._versions: dict[ids.ProjectName, int] = {}
        self._snapshot = Snapshot({}, versions={}, behind={})

    def now(self) -> Snapshot:
        """Return all runs as they are now: whatever was stored before the call is in it.

        Raises:
            StoreError: if the catalogue cannot be read.
        """
        with self._turn:
            changed, marks = self._changed()
            if changed:
                self._snapshot = self._read(changed)
            self._marks = marks
            return self._snapshot

    def _changed(self) -> tuple[set[ids.RunId], tuple[int, int]]:
        """Return the runs to read, and the marks to ask behind the next time: what changes in between is read twice, never missed."""
        if self._marks is None:
            marks = (self._catalog.changes.since(0).mark, self._store.changes.since(0).mark)
            return set(self._catalog.run_ids()), marks
        said = self._catalog.changes.since(self._marks[0]), self._store.changes.since(self._marks[1])
        return {*said[0].runs, *said[1].runs, *self._due()}, (said[0].mark, said[1].mark)

    def _due(self) -> Iterator[ids.RunId]:
        now_s = self._clock_s()
        for left in self._behind.values():
            if now_s >= left.again_s:
                yield from left.runs

    def _read(self, changed: set[ids.RunId]) -> Snapshot:
        self._version += 1
        known, behind = dict(self._known), dict(self._behind)
        touched = {known[run].ref.project for run in changed if run in known}
        order = sorted(changed)
        for at in range(0, len(order), _ASKED_AT_ONCE):
            infos = self._catalog.some_runs(order[at : at + _ASKED_AT_ONCE])
            for project, of_project in _by_project(infos).items():
                touched.add(project)
                self._read_project(project, of_project, known=known, behind=behind)
            for run in changed.intersection(order[at : at + _ASKED_AT_ONCE]).difference(info.ref.id for info in infos):
                known.pop(run, None)
                _forget(run, behind=behind)
        self._known, self._behind = known, behind
        self._versions = {**self._versions, **dict.fromkeys(touched, self._version)}
        return Snapshot(known, versions=self._versions, behind=behind)

    def _read_project(
        self,
        project: ids.ProjectName,
        infos: Sequence[ports.RunInfo],
        *,
        known: _Known,
        behind: dict[ids.ProjectName, _Behind],
    ) -> None:
        """Read runs of one project; if that fails, note which are behind: one damaged file hides no other project."""
        run_ids = frozenset(info.ref.id for info in infos)
        left = behind.pop(project, None)
        others = left.runs - run_ids if left else frozenset[ids.RunId]()
        try:
            known |= self._packed(project, infos)
        except errors.StoreError as error:
            behind[project] = _Behind(others | run_ids, error, self._clock_s() + _AGAIN_S)
            return
        if left and others:
            behind[project] = left._replace(runs=others)

    def _packed(self, project: ids.ProjectName, infos: Sequence[ports.RunInfo]) -> _Known:
        run_ids = [info.ref.id for info in infos]
        stats = self._store.run_stats(project, run_ids)
        series = self._store.totals(project, run_ids)
        return {
            info.ref.id: facts.facts(
                facts.Said(info, stats.get(info.ref.id), series.get(info.ref.id, ())), pool=self._pool
            )
            for info in infos
        }


def _belongs(run: Facts, which: Which) -> bool:
    if run.deleted_ns is not None:
        return which == "trashed"
    return which in ("kept", "archived" if run.archived else "shown")


def _forget(run: ids.RunId, *, behind: dict[ids.ProjectName, _Behind]) -> None:
    for project, left in list(behind.items()):
        others = left.runs - {run}
        if others:
            behind[project] = left._replace(runs=others)
        else:
            del behind[project]


def newest_last(run: Facts) -> tuple[int, str]:
    """Return what runs are ordered by unless asked otherwise; no two have the same."""
    return run.ref.created_ns, run.ref.id


def _by_project(infos: Iterable[ports.RunInfo]) -> dict[ids.ProjectName, list[ports.RunInfo]]:
    of_project: dict[ids.ProjectName, list[ports.RunInfo]] = {}
    for info in infos:
        of_project.setdefault(info.ref.project, []).append(info)
    return of_project
