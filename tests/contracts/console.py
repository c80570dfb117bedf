"""What every store of printed lines keeps to. A back end inherits `ConsoleContract` and says how its catalogue is opened."""

import threading
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.catalog import ATTEMPT, OTHER_WRITER, RUN, WRITER, ref
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports

MOST = 20


def out(*lines: str, first: int = 0, wall_ns: int = 5, left_out: int = 0) -> row.Printed:
    return row.Printed("out", first, wall_ns, lines, left_out)


def err(*lines: str, first: int = 0, wall_ns: int = 5, left_out: int = 0) -> row.Printed:
    return row.Printed("err", first, wall_ns, lines, left_out)


def texts(found: ports.Lines) -> list[str]:
    return [line.text for line in found.lines]


class ConsoleContract:
    """The suite; `open` returns a catalogue whose data outlive it, which keeps at most `most` lines of a run."""

    @abstractmethod
    def open(self, directory: Path, *, most: int | None = None) -> ports.Catalog: ...

    @pytest.fixture
    def catalog(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        catalog = self.open(tmp_path)
        catalog.open_run(RUN)
        yield catalog
        catalog.close()

    @pytest.fixture
    def small(self, tmp_path: Path) -> Iterator[ports.Catalog]:
        """A catalogue that keeps few lines."""
        catalog = self.open(tmp_path, most=MOST)
        catalog.open_run(RUN)
        yield catalog
        catalog.close()

    def test_lines_come_back_whole_and_in_order(self, catalog: ports.Catalog) -> None:
        catalog.console.store(RUN.id, attempt=1, printed=[out("a", "", "训练 ✓\t\x1b[1m"), err("b", wall_ns=7)])
        found = catalog.console.lines(RUN.id, after=0, limit=9)
        assert found == ports.Lines(
            (
                ports.Line(1, 1, "out", 0, 5, 0, "a"),
                ports.Line(2, 1, "out", 1, 5, 0, ""),
                ports.Line(3, 1, "out", 2, 5, 0, "训练 ✓\t\x1b[1m"),
                ports.Line(4, 1, "err", 0, 7, 0, "b"),
            ),
            newest=4,
            removed=0,
        )

    def test_a_line_that_comes_again_replaces_the_older_one_and_comes_last(self, catalog: ports.Catalog) -> None:
        catalog.console.store(RUN.id, attempt=1, printed=[err("1/3"), out("said")])
        catalog.console.store(RUN.id, attempt=1, printed=[err("2/3", wall_ns=6), err("3/3", "done", wall_ns=8)])
        found = catalog.console.lines(RUN.id, after=0, limit=9)
        assert found.lines == (
            ports.Line(2, 1, "out", 0, 5, 0, "said"),
            ports.Line(3, 1, "err", 0, 8, 0, "3/3"),
            ports.Line(4, 1, "err", 1, 8, 0, "done"),
        )

    def test_storing_the_same_again_leaves_each_line_once(self, catalog: ports.Catalog) -> None:
        printed = [out("a", "b", left_out=3), err("c")]
        for _ in range(2):
            catalog.console.store(RUN.id, attempt=1, printed=printed)
        found = catalog.console.lines(RUN.id, after=0, limit=9)
        assert [(line.text, line.left_out) for line in found.lines] == [("a", 3), ("b", 0), ("c", 0)]

    def test_a_gap_before_a_line_stays_when_the_line_is_replaced(self, catalog: ports.Catalog) -> None:
        catalog.console.store(RUN.id, attempt=1, printed=[err("1%", first=7, left_out=40)])
        catalog.console.store(RUN.id, attempt=1, printed=[err("2%", first=7)])
        assert [line.left_out for line in catalog.console.lines(RUN.id, after=0, limit=9).lines] == [40]

    def test_streams_attempts_and_runs_do_not_replace_each_others_lines(self, catalog: ports.Catalog) -> None:
        catalog.open_run(ref("r2"))
        catalog.console.store(RUN.id, attempt=1, printed=[out("a"), err("b")])
        catalog.console.store(RUN.id, attempt=2, printed=[out("c")])
        catalog.console.store(ids.RunId("r2"), attempt=1, printed=[out("d")])
        assert texts(catalog.console.lines(RUN.id, after=0, limit=9)) == ["a", "b", "c"]
        assert texts(catalog.console.lines(RUN.id, after=0, limit=9, attempts=[2])) == ["c"]
        assert texts(catalog.console.lines(RUN.id, after=0, limit=9, stream="err")) == ["b"]
        assert texts(catalog.console.lines(RUN.id, after=0, limit=9, attempts=[])) == []

    def test_pages_forwards_backwards_and_from_the_end(self, catalog: ports.Catalog) -> None:
        catalog.console.store(RUN.id, attempt=1, printed=[out(*"abcdef")])
        lines = catalog.console.lines
        assert texts(lines(RUN.id, after=2, limit=2)) == ["c", "d"]
        assert texts(lines(RUN.id, limit=2)) == ["e", "f"]
        assert texts(lines(RUN.id, before=5, limit=2)) == ["c", "d"]
        assert lines(RUN.id, after=6, limit=2) == ports.Lines((), newest=6, removed=0)

    def test_the_oldest_lines_go_when_there_are_too_many_and_are_counted(self, small: ports.Catalog) -> None:
        for at in range(3 * MOST):
            small.console.store(RUN.id, attempt=1, printed=[out(str(at), first=at)])
            found = small.console.lines(RUN.id, after=0, limit=99)
            kept = len(found.lines)
            assert kept <= MOST
            assert found.removed + kept == at + 1
            assert texts(found) == [str(line) for line in range(at + 1 - kept, at + 1)]

    def test_what_was_removed_is_known_after_opening_again(self, small: ports.Catalog, tmp_path: Path) -> None:
        small.console.store(RUN.id, attempt=1, printed=[out(*map(str, range(MOST + 1)))])
        small.close()
        again = self.open(tmp_path, most=MOST)
        again.console.store(RUN.id, attempt=1, printed=[out("x", first=MOST + 1), out("y", first=MOST + 2)])
        found = again.console.lines(RUN.id, limit=99)
        again.close()
        assert (found.removed + len(found.lines), texts(found)[-2:]) == (MOST + 3, ["x", "y"])

    def test_a_progress_bar_pushes_no_line_out(self, small: ports.Catalog) -> None:
        small.console.store(RUN.id, attempt=1, printed=[out("first")])
        for at in range(3 * MOST):
            small.console.store(RUN.id, attempt=1, printed=[err(f"{at}%")])
        found = small.console.lines(RUN.id, limit=99)
        assert (texts(found), found.removed) == (["first", f"{3 * MOST - 1}%"], 0)

    def test_an_unknown_run_is_said(self, catalog: ports.Catalog) -> None:
        with pytest.raises(errors.NotFound):
            catalog.console.lines(ids.RunId("r9"), limit=1)
        with pytest.raises(errors.NotFound):
            catalog.console.store(ids.RunId("r9"), attempt=1, printed=[out("a")])

    def test_a_reader_gets_each_line_once_and_in_order_while_many_write(self, catalog: ports.Catalog) -> None:
        catalog.open_attempt(RUN.id, WRITER, ATTEMPT)
        catalog.open_attempt(RUN.id, OTHER_WRITER, ATTEMPT)
        count = 60

        def write(attempt: int) -> None:
            for at in range(count):
                catalog.console.store(RUN.id, attempt=attempt, printed=[out(str(at), first=at), err(str(at))])

        writers = [threading.Thread(target=write, args=(attempt,)) for attempt in (1, 2)]
        for writer in writers:
            writer.start()
        seen: list[ports.Line] = []
        place, quiet = 0, False
        while not quiet:
            quiet = not any(writer.is_alive() for writer in writers)
            found = catalog.console.lines(RUN.id, after=place, limit=7).lines
            seen += found
            place = found[-1].place if found else place
            quiet = quiet and not found
        assert [line.place for line in seen] == sorted({line.place for line in seen})
        for attempt in (1, 2):
            mine = [line for line in seen if line.attempt == attempt]
            assert [line.text for line in mine if line.stream == "out"] == [str(at) for at in range(count)]
            assert [line.text for line in mine if line.stream == "err"][-1] == str(count - 1)
