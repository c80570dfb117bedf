"""Printed lines on their way into the notebook: numbered, few at a time, exactly once whatever is interrupted, counted where too many."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yoloscope.records import row
from yoloscope.sidecar import console
from yoloscope.spool import console as rings
from yoloscope.spool import state


class Notes:
    """A notebook that keeps what it is told, and fails when told to."""

    def __init__(self) -> None:
        self.events: list[row.Printed] = []
        self.full = False

    def event(self, event: row.Event) -> bool:
        if not self.full:
            assert isinstance(event, row.Printed)
            self.events.append(event)
        return not self.full

    def lines(self, stream: str = "out") -> dict[int, str]:
        found: dict[int, str] = {}
        for event in self.events:
            if event.stream == stream:
                found |= dict(enumerate(event.lines, event.first))
        return found

    def left_out(self) -> int:
        return sum({event.first: event.left_out for event in self.events}.values())


class Desk:
    """A directory with a ring, a watcher over it, and a clock to drive."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.notes = Notes()
        self.out = rings.Ring(rings.path(directory, "out"))
        self.page = state.StatePage(directory / "state")
        self.now_s = 100.0
        self.watcher = self.another()

    def another(self) -> console.Console:
        return console.Console(self.directory, self.notes, wall_ns=lambda: 7)  # type: ignore[arg-type]

    def put(self, text: str) -> None:
        self.out.put(text.encode())

    def look(self, *, after_s: float = 1.0, lives: bool = True) -> None:
        self.now_s += after_s
        self.watcher.tend(self.now_s, lives=lives)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_lines_are_noted_together_and_a_bar_once_a_second(desk: Desk) -> None:
    desk.put("one\ntwo\n 0%")
    desk.look()
    assert desk.notes.events == [row.Printed("out", 0, 7, ("one", "two"))]
    desk.look()
    for percent in range(1, 50):
        desk.put(f"\r {percent}%")
        desk.look(after_s=0.1)
    desk.put("\r100%\nthree\n")
    desk.look()
    bars = [event for event in desk.notes.events if event.first == 2]
    assert len(bars) == 6
    assert desk.notes.lines() == {0: "one", 1: "two", 2: "100%", 3: "three"}


def test_between_two_looks_nothing_is_noted(desk: Desk) -> None:
    desk.put("a\n")
    desk.look()
    desk.put("b\n")
    desk.look(after_s=0.1)
    assert desk.notes.lines() == {0: "a"}
    desk.look(after_s=0.5)
    assert desk.notes.lines() == {0: "a", 1: "b"}


def test_half_a_character_waits_for_its_rest(desk: Desk) -> None:
    raw = "完成\n".encode()
    desk.out.put(raw[:4])
    desk.look()
    desk.out.put(raw[4:])
    desk.look()
    desk.look()
    assert desk.notes.lines() == {0: "完成"}


def test_a_flood_leaves_the_oldest_out_and_counts_them(desk: Desk) -> None:
    for at in range(0, 50_000, 500):
        desk.put("".join(f"{number}\n" for number in range(at, at + 500)))
        if at % 5_000 == 0:
            desk.look(after_s=0.5)
    desk.look(lives=False)
    found = desk.notes.lines()
    assert all(text == str(number) for number, text in found.items())
    assert len(found) + desk.notes.left_out() == 50_000
    assert set(range(49_500, 50_000)) <= set(found)
    assert len(found) < 5_000


def test_what_waits_for_its_turn_follows(desk: Desk) -> None:
    desk.put("".join(f"{number}\n" for number in range(2_500)))
    desk.look()
    assert len(desk.notes.lines()) == console.LINES_BURST
    for _ in range(10):
        desk.look()
    assert desk.notes.lines() == {number: str(number) for number in range(2_500)}
    assert desk.notes.left_out() == 0


def test_a_ring_that_was_written_over_is_gone_on_with_and_counted(desk: Desk) -> None:
    desk.put("first\n")
    desk.look()
    for number in range(60):
        desk.put(f"{number:07d}" * 10_000 + "\n")
    desk.put("last\n")
    desk.look(lives=False)
    assert desk.notes.lines()[61] == "last"
    assert len(desk.notes.lines()) + desk.notes.left_out() == 62


def test_the_end_of_the_trainer_is_the_end_of_its_copy(desk: Desk) -> None:
    desk.put("a\nno newline")
    desk.page.put("end_told", 1)
    desk.look(after_s=0.0)
    assert desk.notes.lines() == {0: "a", 1: "no newline"}
    assert [path.name for path in desk.directory.iterdir() if path.is_file()] == ["state"]
    desk.look(lives=False)
    assert len(desk.notes.events) == 1


def test_on_a_full_disk_lines_wait(desk: Desk) -> None:
    desk.notes.full = True
    desk.put("a\n")
    desk.look()
    desk.put("b\n")
    desk.look()
    desk.notes.full = False
    desk.look()
    desk.look()
    assert desk.notes.lines() == {0: "a", 1: "b"}


def test_a_memory_of_another_release_is_begun_again(desk: Desk) -> None:
    (desk.directory / console.FILE_NAME).write_text('{"version": 2}')
    desk.watcher = desk.another()
    desk.put("a\n")
    desk.look()
    assert desk.notes.lines() == {0: "a"}


def test_another_sidecar_notes_again_what_may_not_have_been_and_goes_on(desk: Desk) -> None:
    desk.put("a\nb\n")
    desk.look()
    desk.watcher.close()
    desk.watcher = desk.another()
    desk.put("c\n")
    desk.look()
    desk.look()
    first = row.Printed("out", 0, 7, ("a", "b"))
    assert desk.notes.events == [first, first, row.Printed("out", 2, 7, ("c",))]


@given(st.lists(st.sampled_from(["put", "bar", "look", "restart", "lost"]), max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_whenever_a_sidecar_dies_another_notes_each_line_under_its_number(tmp_path: Path, deeds: list[str]) -> None:
    """`lost` is a death right after the place was saved, before anything was noted."""
    for path in tmp_path.iterdir():
        if path.is_file():
            path.unlink()
    desk = Desk(tmp_path)
    expected: dict[int, str] = {}
    for number, deed in enumerate(deeds):
        if deed == "put":
            expected[len(expected)] = f"line {number}"
            desk.put(f"line {number}\n")
        elif deed == "bar":
            expected[len(expected)] = f"100 {number}"
            desk.put(f"  1 {number}\r 50 {number}\r100 {number}\n")
        elif deed == "look":
            desk.look()
        else:
            desk.notes.full = deed == "lost"
            desk.look()
            desk.notes.full = False
            desk.watcher.close()
            desk.watcher = desk.another()
    desk.look(lives=False)
    assert desk.notes.lines() == expected
    assert desk.notes.left_out() == 0
    desk.watcher.close()
    desk.page.close()
