"""The heaps of the C library stay few, however many threads there are."""

import platform
import subprocess
import sys

import pytest

CODE = """
import ctypes, sys, threading
from yoloscope.server import memory
assert sys.argv[1] == "as it is" or memory.keep_small()
barrier = threading.Barrier(8)
def work():
    barrier.wait()
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    held = [libc.malloc(5000) for _ in range(200)]
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
ctypes.CDLL(None).malloc_stats()
"""


def _heaps(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", CODE, how], capture_output=True, text=True, check=True)
    return sum(line.startswith("Arena ") for line in done.stderr.splitlines())


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has heaps for threads")
def test_eight_threads_share_two_heaps() -> None:
    assert _heaps("as it is") > 2
    assert _heaps("kept small") <= 2
