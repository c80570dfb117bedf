"""Batches as they arrive: where they claim to start, what of them is new, and what each store takes of them.

Called by `accept`; pure.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.ingest import spelling
from yoloscope.records import ids, media, row
from yoloscope.store import ports
from yoloscope.wire import recording

AttemptKey = tuple[ids.ProjectName, ids.RunId, ids.WriterId, int]


class Arrival(msgspec.Struct, frozen=True):
    """A batch and where it claims to start; ``None`` means wherever its lane stands."""

    batch: row.Batch
    first_seq: int | None


def one_project(arrivals: Sequence[Arrival]) -> ids.ProjectName:
    """Return the project of all arrivals.

    Raises:
        InvalidRecord: if there are several.
    """
    projects = {arrival.batch.run.project for arrival in arrivals}
    if len(projects) > 1:
        raise errors.InvalidRecord(
            f"the body holds batches of {len(projects)} projects; nothing was stored",
            field="run.project",
            fix="send the batches of each project in a request of its own",
        )
    return projects.pop()


def wanted(arrivals: Sequence[Arrival], positions: Mapping[tuple[ids.WriterId, int], int]) -> list[int]:
    """Return the sequence number that each arrival's lane wants when its turn comes.

    Raises:
        SequenceGap: if an arrival starts after it.
    """
    ends = dict(positions)
    found: list[int] = []
    for arrival in arrivals:
        batch = arrival.batch
        next_seq = ends.get((batch.writer, batch.lane), 0)
        first_seq = next_seq if arrival.first_seq is None else arrival.first_seq
        if first_seq > next_seq:
            raise errors.SequenceGap(f"{batch.writer}/{batch.lane}", expected=next_seq, got=first_seq)
        found.append(next_seq)
        ends[batch.writer, batch.lane] = max(next_seq, first_seq + batch.sequences)
    return found


def without_news(
    arrivals: Sequence[Arrival], wanted: Sequence[int], positions: Mapping[tuple[ids.WriterId, int], int]
) -> set[ids.RunId]:
    """Return the runs of which nothing comes but from writers that sent before, and that says nothing new.

    Whoever asks so where its lanes stand must not bring back a run that was removed.
    """
    known = {writer for writer, _ in positions}
    silent: set[ids.RunId] = set()
    new: set[ids.RunId] = set()
    for arrival, next_seq in zip(arrivals, wanted, strict=True):
        batch = arrival.batch
        first_seq = next_seq if arrival.first_seq is None else arrival.first_seq
        is_news = batch.writer not in known or first_seq + batch.sequences > next_seq
        (new if is_news else silent).add(batch.run.id)
    return silent - new


def attempt_key(batch: row.Batch) -> AttemptKey:
    """Return what tells an attempt from all others."""
    return batch.run.project, batch.run.id, batch.writer, batch.attempt.index


def new_events(arrival: Arrival, *, next_seq: int) -> Iterator[row.Event]:
    """Yield the events that the store has not counted yet."""
    seq = next_seq if arrival.first_seq is None else arrival.first_seq
    for entry in arrival.batch.entries:
        if isinstance(entry, row.Updated | row.Ended | row.Printed | media.Item | row.Acted) and seq >= next_seq:
            yield entry
        seq += row.sequences_of(entry)


def has_rows(batch: row.Batch) -> bool:
    """Tell whether a batch holds rows of the training, not of its machine alone."""
    return any(isinstance(entry, row.Matrix) and not _is_of_machine(entry.names) for entry in batch.entries)


def _is_of_machine(names: tuple[str, ...]) -> bool:
    return all(name.startswith(supersede.NEVER_PREFIX) for name in names)


def lane_rows(arrival: Arrival, *, attempt: int) -> ports.LaneRows:
    """Return an arrival as the series store takes it; ``attempt`` is the number that the catalogue gave."""
    batch = arrival.batch
    return ports.LaneRows(
        run=batch.run.id,
        attempt=attempt,
        writer=batch.writer,
        lane=batch.lane,
        first_seq=arrival.first_seq,
        entries=tuple(spelling.canonical_entry(entry) for entry in batch.entries),
    )


def check_not_imported(known: ports.RunInfo, batch: row.Batch) -> None:
    """Return unless one side is another server's recording of this attempt, where it lost the writer that its rows are told by.

    Raises:
        RunExists, AttemptImported: if it is.
    """
    is_copy = recording.is_derived(batch.writer)
    others = {
        (one.wall_ns, one.mono_ns): one.writer
        for one in known.attempts
        if one.writer != batch.writer and (is_copy or recording.is_derived(one.writer))
    }
    if (batch.attempt.wall_ns, batch.attempt.mono_ns) not in others:
        return
    if is_copy:
        raise errors.RunExists(
            f"run {known.ref.id!r} came from elsewhere while a recording of it was imported; no more of the file was stored",
            run=known.ref.id,
        )
    raise errors.AttemptImported(run=known.ref.id)
