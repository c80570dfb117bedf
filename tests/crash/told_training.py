"""A training that logs when its test tells it to, in one lane or in a second one beside it, and goes on until it is ended."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

_SCRIPT = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1], config={"lr0": 0.01})
print(run.id, run.directory, flush=True)

def beside(step):
    writer = run._writer
    lane = writer._pool.pop()  # as a second thread would: it gets a lane of its own
    run.log({"b": -float(step)}, step=step)
    writer._pool.append(lane)

for line in sys.stdin:
    word, first, count = line.split()
    for step in range(int(first), int(first) + int(count)):
        run.log({"a": step * 0.1}, step=step) if word == "log" else beside(step)
    print("logged", flush=True)
run.finish()
"""


class Training:
    """A training that logs when it is told to, until `end`."""

    def __init__(self, start: Callable[..., subprocess.Popen[str]], url: str) -> None:
        read, self._write = os.pipe()
        self._process = start(_SCRIPT, url, stdin=read)
        os.close(read)
        self.run, directory = self._process.stdout.readline().split()
        self.directory = Path(directory)

    def log(self, first: int, count: int, *, word: str = "log") -> None:
        """Have it log so many rows, in a lane beside the main one if `word` says so."""
        self.tell(first, count, word=word)
        self.heard()

    def tell(self, first: int, count: int, *, word: str = "log") -> None:
        """Have it log without waiting; `heard` waits."""
        os.write(self._write, f"{word} {first} {count}\n".encode())

    def heard(self) -> None:
        """Wait until it has logged what it was told."""
        assert self._process.stdout.readline() == "logged\n"

    def end(self) -> None:
        """Let it finish."""
        os.close(self._write)
        assert self._process.wait(60) == 0
