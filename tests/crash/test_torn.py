"""Power cuts, made by hand: pages that never reached the disk read as zeroes, or the file ends early. What lies before is delivered."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import faults
import pytest

from yoloscope.spool import layout

pytestmark = pytest.mark.slow

Trainings = Callable[[], faults.Training]
Wait = Callable[[Callable[[], bool]], None]
PAGE = 4096
ROW_BYTES = layout.ROW_OVERHEAD_BYTES + 2 * 8


class Segment(NamedTuple):
    """One file of the only lane of a training, read without our reader: one definition, then rows of one size."""

    path: Path
    first_row_at: int
    end: int

    def rows(self, readable: int) -> int:
        """Return how many rows lie wholly before a byte."""
        return max(0, min(readable, self.end) - self.first_row_at) // ROW_BYTES


def _segments(directory: Path) -> list[Segment]:
    found: list[Segment] = []
    for path in sorted(directory.glob("0-*.sp")):
        raw = path.read_bytes()
        words = memoryview(raw[:PAGE]).cast("Q")
        first_row_at = layout.HEADER_BYTES + layout.FRAME_HEAD.unpack_from(raw, layout.HEADER_BYTES)[0]
        found.append(Segment(path, first_row_at, words[layout.COMMIT_WORD]))
    return found


def _zeroed(segment: Segment, at: int, size: int) -> int:
    """Let some bytes never have been written; return what can still be read."""
    with segment.path.open("r+b") as file:
        file.seek(at)
        file.write(bytes(size))
    return at


def _cut(segment: Segment, at: int) -> int:
    """Let the file end early; return what can still be read."""
    with segment.path.open("r+b") as file:
        file.truncate(at)
    return at


def _last_page(segment: Segment) -> int:
    return (segment.end - 1) // PAGE * PAGE


def _row_border(segment: Segment) -> int:
    return segment.first_row_at + ROW_BYTES * (segment.rows(segment.end) // 2)


DAMAGES: dict[str, Callable[[Segment], int]] = {
    "the last page is zero": lambda last: _zeroed(last, _last_page(last), PAGE),
    "sixteen pages are zero": lambda last: _zeroed(last, max(PAGE, _last_page(last) - 15 * PAGE), 16 * PAGE),
    "a page in the middle is zero": lambda last: _zeroed(last, _last_page(last) // 2 // PAGE * PAGE, PAGE),
    "cut anywhere": lambda last: _cut(last, random.Random(1).randrange(last.first_row_at, last.end - 1)),
    "cut between two rows": lambda last: _cut(last, _row_border(last)),
    "cut before the first row": lambda last: _cut(last, layout.HEADER_BYTES),
}


def _killed_by_the_cut(new_training: Trainings, wait_until: Wait) -> faults.Training:
    """Return a training with its sidecar dead, whose lane is in its second file and of which nothing was sent."""
    training = new_training().begin("http://127.0.0.1:9", pause_s=0.00001)
    wait_until(lambda: training.accepted().get("t0", 0) > 6000)
    training.end_with_sidecar()
    return training


def _check_rows(server, training: faults.Training, rows: int) -> None:
    assert 4000 < rows < training.accepted()["t0"]
    assert server.rows(training.run, "t0") == {step: step * 0.25 for step in range(rows)}
    assert server.rows(training.run, "t0/less") == {step: float(-step) for step in range(rows)}
    detail = server.get(f"/api/v1/runs/{training.run}")
    assert (detail["state"], detail["lost"]) == ("crashed", {"torn": 1})


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_lies_before_a_torn_place_is_delivered_and_the_place_is_told(
    server, new_training: Trainings, wait_until: Wait, tmp_path: Path, damage: str
) -> None:
    server.start()
    torn = _killed_by_the_cut(new_training, wait_until)
    first, last = _segments(torn.directory)
    readable = DAMAGES[damage](last)
    rows = first.rows(first.end) + last.rows(readable)

    verified = faults.command("spool", "verify", str(tmp_path / "spool"), "--json")
    assert verified.returncode == 1
    (item,) = json.loads(verified.stdout)["items"]
    assert [lane["torn"] for lane in item["lanes"]] == [1, *(0 for _ in item["lanes"][1:])]
    assert item["lanes"][0]["rows"] == rows

    faults.sent_to(torn.directory, server.url)
    for _ in range(2):
        assert faults.sync(tmp_path / "spool").returncode == 0
        _check_rows(server, torn, rows)


def test_a_hole_in_an_older_file_costs_the_rest_of_that_file_and_nothing_after_it(
    server, new_training: Trainings, wait_until: Wait
) -> None:
    """The sidecar of the next training takes the directory over, and that training is as whole as any."""
    server.start()
    torn = _killed_by_the_cut(new_training, wait_until)
    first, last = _segments(torn.directory)
    readable = first.rows(_zeroed(first, 40 * PAGE, PAGE))
    faults.sent_to(torn.directory, server.url)
    faults.grown_older(torn.directory, by_s=300)
    later = new_training().begin(server.url, pause_s=0.001)
    wait_until(torn.is_sent)
    before_last = first.rows(first.end)
    steps = [*range(readable), *range(before_last, before_last + last.rows(last.end))]
    assert server.rows(torn.run, "t0") == {step: step * 0.25 for step in steps}
    detail = server.get(f"/api/v1/runs/{torn.run}")
    assert (detail["state"], detail["lost"]) == ("crashed", {"torn": 1})
    later.stop()
    assert later.process.wait(60) == 0
    later.check(server)
    assert faults.command("spool", "verify", str(torn.directory)).returncode == 1
    assert faults.command("spool", "verify", str(later.directory)).returncode == 0
