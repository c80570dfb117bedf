"""The process that judges runs: started by `talk` as ``python -m yoloscope.server.diagnosing.main``; what it says and hears stands in `messages`.

It keeps nothing that cannot be read again: whoever kills it loses the time of that.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

import msgspec

from yoloscope.server import child_main
from yoloscope.server.diagnosing import judged, messages
from yoloscope.store.series import pipe

MEMORY_MAX_BYTES = 4 * 1024 * 1024 * 1024
"""Of address space. A run that goes on takes about 70 KB (benchmarks/diagnosing_server); of one that is read whole, packed rows are in a file."""
_Asked = messages.Open | messages.Told | messages.Take | messages.Tick | messages.Close
_question = msgspec.msgpack.Decoder(_Asked)
_rows = msgspec.msgpack.Decoder(messages.Rows)


class Judge:
    """All runs of this process; ``read`` gives the rows of the run that the question is about."""

    def __init__(self, read: Callable[[], judged.Pieces]) -> None:
        self._read = read
        self._runs: dict[str, judged.Judged] = {}

    def answer(self, asked: _Asked) -> messages.Said:
        """Return what there is to say; a run that was not opened has a fault."""
        try:
            return messages.Report(self._judgement(asked))
        except Exception as error:  # noqa: BLE001 - whatever a run does to the rules, the others go on
            self._runs.pop(asked.run, None)
            where = _where(error)
            return messages.Fault(f"{type(error).__name__}: {error}"[:300] + (f" ({where})" if where else ""))

    def _judgement(self, asked: _Asked) -> messages.Judgement | None:
        if isinstance(asked, messages.Close):
            self._runs.pop(asked.run, None)
            return None
        if isinstance(asked, messages.Open):
            self._runs[asked.run] = judged.Judged(asked, self._read)
        run = self._runs[asked.run]
        if isinstance(asked, messages.Told):
            run.told(asked)
        elif isinstance(asked, messages.Take):
            run.take(asked)
        elif isinstance(asked, messages.Tick):
            run.tick(asked.silent_s)
        return run.judgement()


def _where(error: BaseException) -> str:
    """Return the innermost line of ours that an error was raised in."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return "" if at is None else f"{os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno}"  # noqa: PTH119


def main() -> None:
    """Answer questions until the input ends."""
    answers = child_main.settled(memory_max_bytes=MEMORY_MAX_BYTES)
    questions = sys.stdin.fileno()

    def read() -> Iterator[messages.Piece]:
        pipe.write(answers, msgspec.msgpack.encode(messages.Read()))
        while (came := pipe.read(questions)) is not None and (pieces := _rows.decode(came).pieces):
            yield from pieces

    judge = Judge(read)
    with contextlib.suppress(BrokenPipeError):
        pipe.write(answers, child_main.READY)
        while (question := pipe.read(questions)) is not None:
            pipe.write(answers, msgspec.msgpack.encode(judge.answer(_question.decode(question))))


if __name__ == "__main__":
    main()
