"""The ring of printed bytes: what fits is read back whole, what was written over is counted, and calls at once lose nothing."""

import signal
import threading
from collections import deque
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.spool import console

SIZE = 4096


def ring(path: Path, *, size_bytes: int = SIZE) -> tuple[console.Ring, console.RingReader]:
    made = console.Ring(path, size_bytes=size_bytes)
    return made, console.RingReader(path)


def test_bytes_come_back_in_order_across_the_end_of_the_ring(tmp_path: Path) -> None:
    made, reader = ring(tmp_path / "r")
    at = lines = 0
    for number in range(500):
        text = f"line {number}\n".encode() * 20
        made.put(text)
        piece = reader.read(at, passed_lines=lines, most_bytes=SIZE)
        assert piece == console.Piece(at, text, 0)
        at, lines = at + len(text), lines + 20


@given(st.lists(st.binary(max_size=700).map(lambda raw: raw.replace(b"\r", b"\n")), max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_lines_that_are_passed_over_are_counted(tmp_path: Path, writes: list[bytes]) -> None:
    path = tmp_path / "r"
    path.unlink(missing_ok=True)
    made, reader = ring(path)
    for data in writes:
        made.put(data)
    whole = b"".join(writes)
    piece = reader.read(0, passed_lines=0, most_bytes=1000)
    assert whole[piece.start :] == piece.data
    assert piece.skipped_lines == whole[: piece.start].count(b"\n")
    assert piece.start == 0 or b"\n" not in piece.data[:1] or whole[piece.start - 1 : piece.start] == b"\n"


def test_a_write_larger_than_the_ring_keeps_its_end(tmp_path: Path) -> None:
    made, reader = ring(tmp_path / "r")
    made.put(b"x" * 10_000 + b"\nthe end")
    piece = reader.read(0, passed_lines=0, most_bytes=SIZE)
    assert piece == console.Piece(10_001, b"the end", 1)


def test_threads_that_print_at_once_lose_no_line(tmp_path: Path) -> None:
    made, reader = ring(tmp_path / "r", size_bytes=1_000_000)
    threads = [
        threading.Thread(target=lambda name=name: [made.put(f"{name} {n}\n".encode()) for n in range(500)])
        for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = reader.read(0, passed_lines=0, most_bytes=900_000).data.decode().splitlines()
    assert sorted(found) == sorted(f"{name} {n}" for name in "abcd" for n in range(500))


def test_a_signal_handler_may_print_into_the_middle_of_a_print(tmp_path: Path) -> None:
    made, reader = ring(tmp_path / "r", size_bytes=1_000_000)
    handled: list[int] = []

    def handler(*_: object) -> None:
        handled.append(1)
        made.put(b"handled\n")

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for _ in range(20_000):
            made.put(b"line\n")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    found = reader.read(0, passed_lines=0, most_bytes=900_000).data.splitlines()
    assert (found.count(b"line"), found.count(b"handled")) == (20_000, len(handled))


def test_after_the_end_nothing_is_written(tmp_path: Path) -> None:
    made, reader = ring(tmp_path / "r")
    made.put(b"a")
    made.forget()
    made.put(b"b")
    assert reader.read(0, passed_lines=0, most_bytes=10).data == b"a"


def test_what_is_no_ring_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"plain text")
    with pytest.raises(errors.SpoolError):
        console.RingReader(tmp_path / "r")
    assert (tmp_path / "r").read_bytes() == b"plain text"


class Interrupted(deque[bool]):
    """Pens of which one is gone the moment it is taken: Ctrl-C comes between two instructions."""

    def pop(self) -> bool:  # type: ignore[override]
        super().pop()
        raise KeyboardInterrupt


def test_a_pen_lost_to_an_interrupt_neither_ends_the_copy_nor_fills_the_memory(tmp_path: Path) -> None:
    made, reader = ring(tmp_path / "r", size_bytes=10**6)
    made._pens = Interrupted((True,), maxlen=1)
    with pytest.raises(KeyboardInterrupt):
        made.put(b"first\n")
    made._pens = deque(maxlen=1)
    for number in range(20_000):
        made.put(b"%d\n" % number)
    assert len(made._waiting) == 0
    lines = reader.read(0, passed_lines=0, most_bytes=10**6).data.split()
    assert lines == [b"first", *(b"%d" % number for number in range(20_000))]
    reader.close()
