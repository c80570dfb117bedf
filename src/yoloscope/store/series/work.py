"""What the worker does, whoever it is: a job's file is opened for reading, worked on, and closed.

Called by `worker` in the process of the server, and by `worker_main` in one of its own. Nothing is written.
"""

import contextlib
import sqlite3
from pathlib import Path

from yoloscope.store.series import compaction, faults, jobs, schema, sealer, thinning


def done(job: jobs.Job) -> jobs.Exchange | None:
    """Return the answer to a job, made from one moment of its file; ``None`` if there is nothing to do.

    Raises:
        StoreError: if the file cannot be read or something of the run is damaged; the message names it.
    """
    path = Path(job.path)
    with contextlib.closing(schema.open_for_reading(path)) as connection:
        try:
            connection.execute("BEGIN")
            return _done(connection, job)
        except sqlite3.Error as error:
            raise faults.store_error(error, path=path) from error


def _done(connection: sqlite3.Connection, job: jobs.Job) -> jobs.Exchange | None:
    if isinstance(job, jobs.SealJob):
        return sealer.sealed(connection, job)
    if isinstance(job, jobs.CompactJob):
        return compaction.compacted(connection, job)
    return thinning.thinned(connection, job)
