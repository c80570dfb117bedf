"""One series file as tests drive it: a writer, and the work of `work` done in between, job by job."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from contracts import rows
from yoloscope.records import ids, row
from yoloscope.store import ports
from yoloscope.store.series import axes, jobs, points, reader, work, writer
from yoloscope.store.series import rows as stored_rows


class SeriesFile:
    """A series file below a directory, open for writing."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "signs.db"
        self.writer = writer.Writer(self.path, project=rows.PROJECT, on_full=lambda *_: None)
        self.readers = reader.Readers(self.path)

    def close(self) -> None:
        self.readers.close()
        self.writer.close()

    def append(self, *matrices: row.Matrix, attempt: int = 1, run: ids.RunId = rows.RUN, lane: int = 0) -> None:
        lanes = [rows.lane(*matrices, first_seq=None, attempt=attempt, run=run, lane=lane)]
        self.writer.append(lanes).result(timeout=60)

    def seal(self, run: ids.RunId = rows.RUN) -> list[jobs.Exchange]:
        """Seal all that is in the log, shape by shape."""
        with self.readers.transaction() as connection:
            shapes = connection.execute("SELECT DISTINCT shape FROM log").fetchall()
        done: list[jobs.Exchange] = []
        for (shape,) in shapes:
            done += self.repeated(jobs.SealJob(str(self.path), run, shape, 2**62))
        return done

    def compact(self, run: ids.RunId = rows.RUN) -> list[jobs.Exchange]:
        return list(self.repeated(jobs.CompactJob(str(self.path), run)))

    def thin(self, run: ids.RunId = rows.RUN) -> list[jobs.Exchange]:
        return list(self.repeated(jobs.ThinJob(str(self.path), run)))

    def repeated(self, job: jobs.Job) -> Iterator[jobs.Exchange]:
        """Do a job until nothing is left of it."""
        while (exchange := work.done(job)) is not None:
            assert self.writer.exchange(exchange).result(timeout=60) == exchange.count
            yield exchange

    def known(self, run: ids.RunId = rows.RUN) -> list[axes.Known]:
        """Return the axes of a run."""
        with self.readers.transaction() as connection:
            of = axes.owner(connection, run=run)
            return [] if of is None else axes.of_run(connection, run=of.key)

    def told(self, run: ids.RunId = rows.RUN) -> list[tuple[int, tuple[str, ...], bytes]]:
        """Return attempt, names and bytes of each row, in order of arrival."""
        told: list[tuple[int, tuple[str, ...], bytes]] = []
        for attempt, matrix in stored_rows.of_run(self.readers, run=run):
            width = 8 * len(matrix.names)
            for at in range(matrix.rows):
                columns = (matrix.step, matrix.epoch, matrix.wall_ns, matrix.mono_ns)
                cells = b"".join(column[8 * at : 8 * at + 8] for column in columns)
                told.append((attempt, matrix.names, cells + matrix.values[width * at : width * (at + 1)]))
        return told

    def points(self, name: str = rows.LOSS, run: ids.RunId = rows.RUN) -> tuple[bytes, ...]:
        """Return the columns of a series as bytes."""
        found = points.of_series(self.readers, run=run, name=name)
        return tuple(getattr(found, field).tobytes() for field in ports.Points.__struct_fields__)

    def one(self, query: str) -> object:
        """Return the first column of the first row that a query finds."""
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(query).fetchone()[0]
        finally:
            connection.close()


def batch(first_tick: int, values: list[float], *, names: tuple[str, ...] = (rows.LOSS,), gap: int = 1) -> row.Matrix:
    """Return rows whose steps and clock begin at a tick; other columns than the first are the first, scaled."""
    ticks = [first_tick + gap * at for at in range(len(values))]
    lines = [[value * (column + 1) for column in range(len(names))] for value in values]
    return rows.matrix(lines, names=names, steps=ticks, mono_ns=ticks, epochs=(np.array(ticks) / 10).tolist())
