"""What every process beside the server does: takes one question after the other from its standard input, and answers.

Called by `thumbnail_main` and `projection_main`, asked by `children`; `diagnosing.main` has a conversation of its own. It has little memory; whatever a question does to it is done to it alone. It ends
when its input is closed, and so never outlives the server.
"""

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable

from yoloscope.store.series import pipe

READY, MADE, REFUSED = b"r", b"m", b"x"
"""How an answer begins: the process is ready; what was asked for follows; why there is none follows."""
_NICENESS = 10


def serve(make: Callable[[bytes], bytes], *, memory_max_bytes: int) -> None:
    """Answer questions until the input ends, with so much address space."""
    answers = settled(memory_max_bytes=memory_max_bytes)
    with contextlib.suppress(BrokenPipeError):
        pipe.write(answers, READY)
        while (question := pipe.read(sys.stdin.fileno())) is not None:
            pipe.write(answers, _answer(make, bytes(question)))


def settled(*, memory_max_bytes: int) -> int:
    """Make this process one that works for a server behind everybody else, and return the descriptor that its answers go to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes our input
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_max_bytes, memory_max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not stand among the answers
    return answers


def _answer(make: Callable[[bytes], bytes], question: bytes) -> bytes:
    """Return what was asked for, or why there is none."""
    try:
        return MADE + make(question)
    except MemoryError:
        return REFUSED + b"it takes too much memory"
    except Exception as error:  # noqa: BLE001 - decoders and libraries raise what they like
        return REFUSED + str(error)[:200].encode(errors="replace")
