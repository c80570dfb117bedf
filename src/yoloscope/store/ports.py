"""What the server needs of a store, as protocols; every back end passes the same contract suite.

The series store owns de-duplication: per (writer, lane) it keeps one integer, the next sequence number wanted, in the same
transaction as the points. The catalogue knows projects, runs, attempts and settings, and never a point.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import supersede
from yoloscope.records import ids, row
from yoloscope.records.policy import Policy
from yoloscope.store import ports_rooms
from yoloscope.store.changes import Changes
from yoloscope.store.ports_attempts import AttemptInfo as AttemptInfo  # noqa: PLC0414 - a part of this module
from yoloscope.store.ports_attempts import main_attempts as main_attempts  # noqa: PLC0414 - as above
from yoloscope.store.ports_commands import Commands as Commands  # noqa: PLC0414 - as above
from yoloscope.store.ports_console import Console as Console  # noqa: PLC0414 - as above
from yoloscope.store.ports_console import Line as Line  # noqa: PLC0414 - as above
from yoloscope.store.ports_console import Lines as Lines  # noqa: PLC0414 - as above
from yoloscope.store.ports_findings import Health as Health  # noqa: PLC0414 - as above
from yoloscope.store.ports_keeping import Retention as Retention  # noqa: PLC0414 - as above
from yoloscope.store.ports_runs import ProjectCount as ProjectCount  # noqa: PLC0414 - as above
from yoloscope.store.ports_runs import RunInfo as RunInfo  # noqa: PLC0414 - as above
from yoloscope.store.ports_runs import RunList as RunList  # noqa: PLC0414 - as above
from yoloscope.store.ports_stats import RunStat as RunStat  # noqa: PLC0414 - as above
from yoloscope.store.ports_stats import SeriesStat as SeriesStat  # noqa: PLC0414 - as above
from yoloscope.store.ports_view import Capabilities as Capabilities  # noqa: PLC0414 - as above
from yoloscope.store.ports_view import Extent as Extent  # noqa: PLC0414 - as above
from yoloscope.store.ports_view import Groups as Groups  # noqa: PLC0414 - as above
from yoloscope.store.ports_view import Parts as Parts  # noqa: PLC0414 - as above
from yoloscope.store.ports_view import View as View  # noqa: PLC0414 - as above


class LaneRows(msgspec.Struct, frozen=True):
    """What one lane adds: contiguous entries from ``first_seq`` on (``None``: wherever the lane stands).

    ``attempt`` is the run's attempt number (from 1), as the catalogue gave it.
    """

    run: ids.RunId
    attempt: int
    writer: ids.WriterId
    lane: int
    first_seq: int | None
    entries: tuple[row.Entry, ...]


class Appended(msgspec.Struct, frozen=True):
    """What an append did: the next sequence number per lane, and how many new rows each run got."""

    next_seq: dict[tuple[ids.WriterId, int], int]
    new_rows: dict[ids.RunId, int]


class Points(msgspec.Struct, frozen=True):
    """Points of one series in arrival order, columns of equal length.

    ``step`` int64 (`row.NO_STEP` for none), ``epoch`` float64 (NaN for none), ``wall_ns`` and ``mono_ns`` int64,
    ``attempt`` int32, ``value`` float64.
    """

    step: NDArray[np.int64]
    epoch: NDArray[np.float64]
    wall_ns: NDArray[np.int64]
    mono_ns: NDArray[np.int64]
    attempt: NDArray[np.int32]
    value: NDArray[np.float64]


class SeriesStore(Protocol):
    """Points, durable and exactly once. Safe to call from any thread."""

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of store can do."""
        ...

    @property
    def changes(self) -> Changes:
        """Which runs got rows, or other totals, since when."""
        ...

    def append(self, project: ids.ProjectName, lanes: Sequence[LaneRows]) -> Future[Appended]:
        """Store all lanes or none; the future is done when they are on disk.

        Sequence numbers already stored are left out, whatever the batch repeats.

        Raises (through the future):
            SequenceGap: if a lane starts after the number wanted next; nothing is stored.
            StoreFull: if the disk is full; nothing is stored.
        """
        ...

    def tell_attempts(self, project: ids.ProjectName, run: ids.RunId, starts: Sequence[supersede.Start]) -> None:
        """Return when it is on disk that the run has these attempts beside those told before, in any order.

        From then on everything but `points` and `rows` leaves out what they supersede of each other, `system/…` excepted. Telling again
        costs a look. An attempt whose rows come without having been told of is the oldest.

        Raises:
            StoreFull: if the disk is full; nothing changed.
        """
        ...

    def positions(self, project: ids.ProjectName, writer: ids.WriterId) -> dict[int, int]:
        """Return the next sequence number wanted of each lane that the writer ever used."""
        ...

    def points(self, project: ids.ProjectName, run: ids.RunId, name: str) -> Points:
        """Return all points of a series in arrival order; empty columns if there is none."""
        ...

    def rows(self, project: ids.ProjectName, run: ids.RunId, *, start: int = 0) -> Iterator[tuple[int, row.Matrix]]:
        """Return attempt number and rows of equal names, bit for bit, all rows of the run in order of arrival, the first `start` left out.

        The iterator reads as it goes, in the memory of a few thousand rows. It ends with what was there when it began.

        Raises (while it is read):
            StoreError: if something on disk is damaged.
        """
        ...

    def series(self, project: ids.ProjectName, run: ids.RunId) -> list[SeriesStat]:
        """Return what is kept of each series of a run, in order of first arrival."""
        ...

    def totals(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, list[SeriesStat]]:
        """Return what `series` does of some runs in one question; a run without series is left out."""
        ...

    def run_stats(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, RunStat]:
        """Return the totals of some runs; a run without rows is left out."""
        ...

    def last_values(self, project: ids.ProjectName, runs: Sequence[ids.RunId]) -> dict[ids.RunId, dict[str, float]]:
        """Return the last value of every series of some runs."""
        ...

    def view(self, project: ids.ProjectName, run: ids.RunId) -> AbstractContextManager[View]:
        """Return a context for reading the run's points as they are at its beginning; of an unknown run, none.

        Keep it short: on some stores what is superseded by newer writes cannot be given back while a view is open.

        Raises:
            StoreError: if the store cannot be read.
        """
        ...

    def seal(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Turn a run's log into blocks and return how many rows were sealed."""
        ...

    def thin(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Keep of each group of the run's rows and each series the first, last, least and greatest value; return the values removed.

        What `view` says of groups stays as it was. Thinning again removes nothing.

        Raises:
            StoreError: if the store cannot thin (see `capabilities`) or something on disk is damaged; nothing changed.
        """
        ...

    def remove(self, project: ids.ProjectName, run: ids.RunId) -> int:
        """Remove all points of a run and return how many rows it had; unknown runs have none.

        It is gone for readers when this returns; its space is given back behind it. Positions of lanes stay, so that what was stored
        once does not come back.
        """
        ...

    def close(self) -> None:
        """Finish what was accepted, then release files and threads; calling it twice is harmless."""
        ...


class Catalog(ports_rooms.Rooms, Protocol):
    """Projects, runs, attempts and sections. Every write is idempotent, so that a re-sent batch changes nothing."""

    def open_run(self, ref: row.RunRef) -> bool:
        """Make project and run unless they exist; True if the run is new.

        Raises:
            InvalidRecord: if the id exists in another project.
        """
        ...

    def open_attempt(
        self, run: ids.RunId, writer: ids.WriterId, attempt: row.AttemptRef, *, rank: int = 0, has_rows: bool = True
    ) -> int:
        """Return the number of the writer's attempt, given out in order of first arrival from 1 on.

        The number is a key; the order of attempts is that of `curves.supersede.in_order`. A new attempt of rank 0 that is the newest
        in that order sets the run's state to running; an older one that arrives late changes nothing that the run shows.
        ``has_rows`` is noted once it was true.
        """
        ...

    def apply(self, run: ids.RunId, events: Sequence[row.Event], *, attempt: int | None = None) -> None:
        """Merge `Updated` sections key by key; `Ended` sets state, end time, reason and exit code of the attempt.

        ``provenance``, ``life`` and the end belong to the attempt of that number, by default the newest. The run shows those of its
        newest attempt of rank 0 (the provenance of the newest that has any), whatever is still said of older ones.
        """
        ...

    def observe(  # noqa: PLR0913 - what a writer says of itself
        self,
        run: ids.RunId,
        writer: ids.WriterId,
        *,
        now_ns: int,
        lost: Mapping[str, int],
        alive: bool | None,
        deferred: int = 0,
        stalled: bool = False,
    ) -> bool:
        """Note that the writer was heard of; True if the run's state changed.

        ``lost`` totals replace the writer's older ones (never smaller), ``deferred`` its older one. ``alive`` and ``stalled`` are of
        the writer's newest attempt. ``alive=False`` without an `Ended` event makes it crashed; ``alive=True`` brings it back. An
        `Ended` event is never taken back by an observation (see `records.state`).
        """
        ...

    def run(self, run: ids.RunId) -> RunInfo:
        """Return one run.

        Raises:
            NotFound: if there is none of that id.
        """
        ...

    def some_runs(self, runs: Sequence[ids.RunId]) -> list[RunInfo]:
        """Return those of some runs that exist, in no order."""
        ...

    def runs(self, project: ids.ProjectName | None, *, limit: int, cursor: str | None) -> RunList:
        """Return a page of runs, newest first, without those in the trash."""
        ...

    def run_ids(self) -> list[ids.RunId]:
        """Return the ids of all runs, those in the trash included, in no order."""
        ...

    def all_runs(self, project: ids.ProjectName | None) -> list[RunInfo]:
        """Return every run, those in the trash included, in no order."""
        ...

    def set_deleted(self, runs: Sequence[ids.RunId], *, deleted_ns: int | None) -> None:
        """Move runs to the trash, or back out of it with ``None``; unknown ones and those that are there already are left as they are."""
        ...

    def remove_run(self, run: ids.RunId) -> None:
        """Forget a run and all that belongs to it; an unknown one is forgotten already."""
        ...

    def retention(self, project: ids.ProjectName) -> Retention:
        """Return how long a project keeps what, by default everything for ever."""
        ...

    def set_retention(self, project: ids.ProjectName, retention: Retention) -> None:
        """Say how long a project keeps what."""
        ...

    def resumed_runs(self) -> list[RunInfo]:
        """Return the runs of which an attempt supersedes something."""
        ...

    def projects(self) -> list[ProjectCount]:
        """Return all projects by name; runs in the trash and archived ones are not counted."""
        ...

    def find_runs(self, project: ids.ProjectName, *, name: str) -> list[ids.RunId]:
        """Return the ids of the runs that are called so, or were by their training, newest first."""
        ...

    def instance(self) -> tuple[str, int]:
        """Return this server's random instance id and its epoch, which is greater after each restore of a backup."""
        ...

    def policy(self, project: ids.ProjectName) -> Policy | None:
        """Return the policy of a project, None if it has none; a project needs no run to have one."""
        ...

    def set_policy(self, project: ids.ProjectName, policy: Policy) -> None:
        """Give a project a policy, in place of one that it has."""
        ...

    def add_session(self, token_hash: str, *, expires_ns: int) -> None:
        """Remember a browser session by the hash of its token."""
        ...

    def session_valid(self, token_hash: str, *, now_ns: int) -> bool:
        """Tell whether a session exists and has not expired."""
        ...

    def close(self) -> None:
        """Release connections; calling it twice is harmless."""
        ...
