"""Copying what is printed: everything that goes through the streams is met, and nothing that the user sees is another."""
# ruff: noqa: T201 - printing is what is tested

import contextlib
import inspect
import io
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from yoloscope.sdk import console, guard
from yoloscope.spool import console as rings


class Streams:
    """Both streams of a process, of text layers over bytes as Python makes them, and what is copied of them."""

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.raw = io.BytesIO()
        self.out = io.TextIOWrapper(self.raw, encoding="utf-8", write_through=True)
        self.err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self.console = console.Console()
        self._patch = patch

    def install(self) -> None:
        """Put them in place; in the test itself, because pytest puts its own there before each phase."""
        self._patch.setattr(sys, "stdout", self.out)
        self._patch.setattr(sys, "stderr", self.err)

    def open(self) -> None:
        """Put them in place, unless the test has, and begin to copy."""
        if self.out not in {sys.stdout, sys.stderr} and self.err not in {sys.stdout, sys.stderr}:
            self.install()
        self.console.open(self.directory)

    def copied(self, stream: rings.row.Stream = "out") -> str:
        with contextlib.closing(rings.RingReader(rings.path(self.directory, stream))) as reader:
            return reader.read(0, passed_lines=0, most_bytes=10**6).data.decode()

    def seen(self) -> str:
        return self.raw.getvalue().decode()


@pytest.fixture
def streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Streams]:
    made = Streams(tmp_path, monkeypatch)
    yield made
    made.console.close()


def test_all_ways_to_print_are_met(streams: Streams) -> None:
    held = streams.out
    handler = logging.StreamHandler(held)
    write = held.write
    streams.open()
    print("print", 1, sep="-", flush=True)
    held.write("write\n")
    held.writelines(["w1\n", "w2\n"])
    handler.emit(logging.LogRecord("n", logging.INFO, "f", 1, "logged", None, None))
    RichConsole(file=sys.stdout, force_terminal=True, color_system=None).print("rich")
    thread = threading.Thread(target=print, args=("thread",))
    thread.start()
    thread.join()
    print("err", file=sys.stderr)
    expected = "print-1\nwrite\nw1\nw2\nlogged\nrich\nthread\n"
    assert (streams.copied(), streams.seen(), streams.copied("err")) == (expected, expected, "err\n")
    write("taken before, and therefore not seen\n")
    assert streams.copied() == expected


def test_the_streams_stay_what_they_are(streams: Streams) -> None:
    streams.install()
    before = sys.stdout, sys.stdout.encoding, sys.stdout.isatty(), sys.stdout.line_buffering, sys.stdout.write("")
    streams.open()
    assert before == (
        sys.stdout,
        sys.stdout.encoding,
        sys.stdout.isatty(),
        sys.stdout.line_buffering,
        sys.stdout.write(""),
    )
    assert sys.stdout.write("four") == 4
    streams.console.close()
    assert "write" not in vars(sys.stdout)


def test_what_a_stream_raises_is_raised_and_nothing_is_copied(streams: Streams) -> None:
    streams.open()
    with pytest.raises(TypeError, match="must be str"):
        sys.stdout.write(b"bytes")  # type: ignore[arg-type]
    sys.stdout.write("kept\n")
    sys.stdout.close()
    with pytest.raises(ValueError, match="closed"):
        print("lost")
    assert streams.copied() == "kept\n"


def test_text_that_no_encoding_can_hold_is_copied_with_marks(streams: Streams) -> None:
    streams.open()
    streams.out.reconfigure(errors="surrogateescape")
    print("a\udc80b")
    assert streams.copied() == "a?b\n"


def test_redirected_text_is_the_users_own(streams: Streams) -> None:
    streams.open()
    with contextlib.redirect_stdout(io.StringIO()) as kept:
        print("inside")
    print("outside")
    assert (kept.getvalue(), streams.copied()) == ("inside\n", "outside\n")


def test_one_stream_for_both_is_copied_once(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    streams.install()
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    streams.open()
    print("a")
    print("b", file=sys.stderr)
    assert streams.copied() == "a\nb\n"
    assert not rings.path(streams.directory, "err").exists()


class Bare:
    """A stream whose methods cannot be replaced."""

    __slots__ = ()

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Do nothing."""


def test_a_stream_that_takes_no_other_write_is_left_alone(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    streams.install()
    monkeypatch.setattr(sys, "stdout", Bare())
    streams.open()
    print("a")
    print("b", file=sys.stderr)
    assert (streams.copied(), streams.copied("err")) == ("", "b\n")


@pytest.mark.parametrize("which", ["stdout", "stderr"])
def test_without_a_stream_the_other_is_copied(streams: Streams, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    streams.install()
    monkeypatch.setattr(sys, which, None)
    streams.open()
    print("a")
    assert which == "stdout" or streams.copied() == "a\n"


def test_a_write_put_in_front_of_ours_stays(streams: Streams) -> None:
    streams.open()
    ours = sys.stdout.write
    sys.stdout.write = lambda text: ours(text.upper())  # type: ignore[method-assign]
    print("loud")
    streams.console.close()
    print("later")
    assert (streams.copied(), streams.seen()) == ("LOUD\n", "LOUD\nLATER\n")


def test_a_second_run_copies_for_itself(streams: Streams, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    streams.open()
    print("first")
    other = console.Console()
    other.open(second)
    print("both")
    streams.console.close()
    print("second")
    other.close()
    print("none")
    with contextlib.closing(rings.RingReader(rings.path(second, "out"))) as reader:
        assert reader.read(0, passed_lines=0, most_bytes=100).data == b"both\nsecond\n"
    assert streams.copied() == "first\nboth\n"


def test_a_folder_that_takes_no_file_is_said_once(streams: Streams, tmp_path: Path) -> None:
    guard.forget()
    streams.install()
    streams.console.open(tmp_path / "missing")
    print("as ever")
    said = streams.err.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert said.count("yoloscope: console: what is printed is not recorded") == 1
    assert streams.seen() == "as ever\n"
    guard.forget()


def test_a_write_that_somebody_put_there_before_us_is_given_back(streams: Streams) -> None:
    streams.install()
    own = sys.stdout.write
    theirs = lambda text: own(text.upper())  # noqa: E731
    sys.stdout.write = theirs  # type: ignore[method-assign]
    streams.open()
    print("during")
    streams.console.close()
    print("after")
    assert sys.stdout.write is theirs
    assert (streams.copied(), streams.seen()) == ("during\n", "DURING\nAFTER\n")


def test_a_run_that_ends_before_an_older_one_leaves_that_ones_copy(streams: Streams, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    streams.open()
    other = console.Console()
    other.open(second)
    print("both")
    other.close()
    print("first")
    assert streams.copied() == "both\nfirst\n"
    streams.console.close()
    assert "write" not in vars(sys.stdout)


def test_runs_that_overlap_without_end_leave_no_layers(streams: Streams, tmp_path: Path) -> None:
    streams.open()
    open_now = streams.console
    for number in range(100):
        directory = tmp_path / str(number)
        directory.mkdir()
        following = console.Console()
        following.open(directory)
        open_now.close()
        open_now = following
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        print("still")
    finally:
        sys.setrecursionlimit(limit)
    open_now.close()
    assert (streams.seen(), "write" in vars(sys.stdout)) == ("still\n", False)


class Loud(str):
    """A text that cannot be encoded its own way."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        raise LookupError


def test_what_fails_in_copying_never_reaches_whoever_prints(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    streams.open()
    assert sys.stdout.write(Loud("odd\n")) == 4

    put_before = rings.Ring.put

    def put(ring: rings.Ring, data: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(rings.Ring, "put", put)
    print("no room")
    monkeypatch.setattr(rings.Ring, "put", put_before)
    assert (streams.copied(), streams.seen()) == ("odd\n", "odd\nno room\n")
