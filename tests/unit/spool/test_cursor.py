"""The cursor remembers what was counted as lost: each sequence number once, in whatever pieces it comes again."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from yoloscope.spool import cursor

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=12)


@given(RANGES)
def test_each_sequence_number_is_counted_once(ranges: list[tuple[int, int]]) -> None:
    known = cursor.Cursor()
    counted: list[int] = []
    wanted: set[int] = set()
    for start, size in ranges:
        known, fresh = cursor.count(known, lane=3, start=start, stop=start + size)
        counted += [seq for begin, end in fresh for seq in range(begin, end)]
        wanted |= set(range(start, start + size))
    assert sorted(counted) == sorted(wanted)


def test_what_was_counted_outlives_the_process(tmp_path: Path) -> None:
    known, _ = cursor.count(cursor.Cursor(), lane=3, start=5, stop=9)
    known, _ = cursor.count(known, lane=3, start=9, stop=12)
    cursor.save(tmp_path, known)
    assert cursor.load(tmp_path).counted == {"3": [(5, 12)]}
    assert cursor.count(cursor.load(tmp_path), lane=3, start=4, stop=13)[1] == [(4, 5), (12, 13)]
