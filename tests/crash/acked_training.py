"""A training that says in a mapped file what `log` returned for: run as a script, killed by tests.

Arguments: address of the server, file of acknowledgements, number of threads, signals a second that log as well (0 for none), and
pause after each row in seconds.
Word `k` of the file counts the rows of thread `k` whose `log` has returned, word ``HANDLERS_AT + d`` those of the signal handler that
interrupts `d` others; a one in word ``STOP_AT`` ends the training.
"""

import mmap
import signal
import sys
import threading
import time
from pathlib import Path

import yoloscope

HANDLERS_AT = 8
DEPTH_MOST = 40
WORDS = 512
STOP_AT = WORDS - 1


class Training:
    """One run, and the words that say how much of it was accepted."""

    def __init__(self, server: str, acks: Path, *, pause_s: float) -> None:
        with acks.open("r+b") as file:
            self._acks = memoryview(mmap.mmap(file.fileno(), 8 * WORDS)).cast("Q")
        self._pause_s = pause_s
        self._depth = 0
        self.run = yoloscope.init(project="p", server=server)

    def work(self, thread: int) -> None:
        """Log until told to stop."""
        while not self._acks[STOP_AT]:
            self._log(f"t{thread}", thread)
            if self._pause_s:
                time.sleep(self._pause_s)

    def handle(self, *_: object) -> None:
        """Log within a signal handler, which another signal may interrupt."""
        mine = self._depth
        if mine < DEPTH_MOST:
            self._depth = mine + 1  # a signal before this line came and went as one of the same depth
            self._log(f"h{mine}", HANDLERS_AT + mine)
            self._depth = mine

    def _log(self, source: str, word: int) -> None:
        i = self._acks[word]
        self.run.log({source: i * 0.25 + word, f"{source}/less": -i - word}, step=i, epoch=i / 1000)
        self._acks[word] = i + 1


def main() -> None:
    """Train as the arguments say."""
    server, acks, threads, signals_hz, pause_s = sys.argv[1:]
    training = Training(server, Path(acks), pause_s=float(pause_s))
    sys.stdout.write(f"{training.run.id} {training.run.directory}\n")
    sys.stdout.flush()
    others = [threading.Thread(target=training.work, args=(number,)) for number in range(1, int(threads))]
    for other in others:
        other.start()
    if float(signals_hz):
        signal.signal(signal.SIGALRM, training.handle)
        signal.setitimer(signal.ITIMER_REAL, 1 / float(signals_hz), 1 / float(signals_hz))
    training.work(0)
    for other in others:
        other.join()
    signal.setitimer(signal.ITIMER_REAL, 0)
    training.run.finish()


main()
