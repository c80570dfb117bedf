"""The worker process: takes jobs from its standard input one after the other, and answers on its standard output.

Started by `worker` as ``python -m yoloscope.store.series.worker_main``. It reads series files and writes none. It ends when its
input is closed, and so never outlives the server, however that ends.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.store.series import jobs, pipe, work

NICENESS = 10  # answers to people and trainings come first
GROWN_BYTES = 384 * 1024 * 1024  # a worker beyond it ends, and the next job finds a fresh one
_STATM = Path("/proc/self/statm")


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of a job: an exchange or none, or the name and text of the error that ended it.

    ``leaves`` tells that the worker ends after this answer.
    """

    exchange: jobs.Exchange | None = None
    error: str | None = None
    text: str = ""
    leaves: bool = False


ERRORS: dict[str, type[errors.StoreError]] = {
    "StoreError": errors.StoreError,
    "StoreVersion": errors.StoreVersion,
    "StoreFull": errors.StoreFull,
}
"""The errors that an answer can name."""


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes our input when it is ready to
    os.nice(NICENESS)
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not stand among the answers
    with contextlib.suppress(BrokenPipeError):
        _serve(sys.stdin.fileno(), answers)


def _serve(asked: int, answers: int) -> None:
    decoder = msgspec.msgpack.Decoder(jobs.Job)
    leaves = False
    while not leaves and (message := pipe.read(asked)) is not None:
        answer = _answer(decoder.decode(message))
        leaves = _resident_bytes() > GROWN_BYTES
        pipe.write(answers, msgspec.msgpack.encode(msgspec.structs.replace(answer, leaves=leaves)))


def _answer(job: jobs.Job) -> Answer:
    try:
        return Answer(exchange=work.done(job))
    except errors.StoreError as error:
        return Answer(error=type(error).__name__, text=str(error))


def _resident_bytes() -> int:
    """Return the memory in use; 0 where the system does not tell."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
