"""A training that says in a mapped file what `log` returned for: run as a script, killed by tests.

Arguments: address of the server, file of acknowledgements, number of threads, signals a second that log as well (0 for none), pause
after each row in seconds, and rows after which a thread stops (0 for never).
Word `k` of the file counts the rows of thread `k` whose `log` has returned, word ``HANDLERS_AT + d`` those of the signal handler that
interrupts `d` others; a one in word ``STOP_AT`` ends the training.
"""

import mmap
import signal
import sys
import threading
import time

import yoloscope

HANDLERS_AT = 8
DEPTH_MOST = 40
WORDS = 512
STOP_AT = WORDS - 1


def main() -> None:
    """Log until killed, or until every thread has logged its rows."""
    server, acks_path, threads, signals_hz, pause_s, rows = sys.argv[1:]
    with open(acks_path, "r+b") as file:
        acks = memoryview(mmap.mmap(file.fileno(), 8 * WORDS)).cast("Q")
    run = yoloscope.init(project="p", server=server)
    print(run.id, run.directory, flush=True)

    def log(source: str, word: int) -> None:
        i = acks[word]
        run.log({source: i * 0.25 + word, f"{source}/less": -i - word}, step=i, epoch=i / 1000)
        acks[word] = i + 1

    def work(thread: int) -> None:
        while not acks[STOP_AT] and (not int(rows) or acks[thread] < int(rows)):
            log(f"t{thread}", thread)
            if float(pause_s):
                time.sleep(float(pause_s))

    depth = 0

    def handle(*_: object) -> None:
        nonlocal depth
        mine = depth
        if mine == DEPTH_MOST:
            return
        depth += 1  # a signal before this line came and went as one of the same depth
        log(f"h{mine}", HANDLERS_AT + mine)
        depth -= 1

    others = [threading.Thread(target=work, args=(thread,)) for thread in range(1, int(threads))]
    for other in others:
        other.start()
    if float(signals_hz):
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 1 / float(signals_hz), 1 / float(signals_hz))
    work(0)
    for other in others:
        other.join()
    run.finish()


main()
