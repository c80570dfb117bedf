"""The journal of what goes first: kept over restarts, cut at what a crash left half written, never taken back."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.spool import reader, split

MASKS = st.lists(st.lists(st.booleans(), min_size=1, max_size=70), min_size=1, max_size=5)


def _windows(masks: list[list[bool]]) -> list[split.Window]:
    found: list[split.Window] = []
    seq, offset = 3, 4096
    for mask in masks:
        begin, end = reader.Place(0, offset, seq), reader.Place(0, offset + 100, seq + len(mask))
        found.append(split.window(begin, end, first=np.array(mask)))
        seq, offset = end.seq + 2, end.offset + 50  # two entries between windows all go first
    return found


def _journal(directory: Path, windows: list[split.Window]) -> split.Split:
    made = split.Split(directory, lane=0)
    for window in windows:
        made.add(window)
    return made


@settings(deadline=None)  # it waits for the disk
@given(MASKS)
def test_what_was_decided_is_known_to_the_next_process(tmp_path_factory: pytest.TempPathFactory, masks) -> None:
    directory = tmp_path_factory.mktemp("split")
    windows = _windows(masks)
    for known in (_journal(directory, windows), split.Split(directory, lane=0)):
        for window, mask in zip(windows, masks, strict=True):
            assert known.after(window.begin.seq) == window
            assert known.after(window.end.seq - 1) == window
            assert window.mask().tolist() == mask
            assert window.deferred == mask.count(False)
        assert known.after(windows[-1].end.seq) is None
        assert known.deferred(0) == sum(mask.count(False) for mask in masks)


@settings(deadline=None)  # it waits for the disk
@given(MASKS, st.integers(1, 60))
def test_a_window_cut_off_by_a_crash_is_dropped_and_the_journal_goes_on(
    tmp_path_factory: pytest.TempPathFactory, masks, cut: int
) -> None:
    directory = tmp_path_factory.mktemp("split")
    windows = _windows(masks)
    _journal(directory, windows)
    journal = split.path(directory, lane=0)
    content = journal.read_bytes()
    journal.write_bytes(content[: max(4, len(content) - cut)])
    again = split.Split(directory, lane=0)
    kept = [window for window in windows if again.after(window.begin.seq) == window]
    assert kept == windows[: len(kept)]
    assert len(kept) < len(windows)
    for window in windows[len(kept) :]:
        again.add(window)
    assert split.Split(directory, lane=0).after(windows[-1].begin.seq) == windows[-1]


def test_a_damaged_window_ends_the_journal(tmp_path: Path) -> None:
    windows = _windows([[True, False], [False, True]])
    _journal(tmp_path, windows)
    journal = split.path(tmp_path, lane=0)
    content = bytearray(journal.read_bytes())
    content[-1] ^= 1
    journal.write_bytes(content)
    assert split.Split(tmp_path, lane=0).after(0) == windows[0]
    assert split.Split(tmp_path, lane=0).after(windows[1].begin.seq) is None


def test_a_journal_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    split.path(tmp_path, lane=0).write_bytes(b"YSSPLIT\x02" + bytes(64))
    with pytest.raises(errors.SpoolVersion, match="no journal of this release"):
        split.Split(tmp_path, lane=0)


def test_a_journal_that_a_power_cut_left_empty_of_bytes_holds_no_window(tmp_path: Path) -> None:
    split.path(tmp_path, lane=0).write_bytes(bytes(16))
    again = split.Split(tmp_path, lane=0)
    assert (again.after(0), again.whole_until) == (None, 0)


def test_a_window_that_did_not_reach_the_disk_is_not_decided_for_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = _windows([[True, False], [False, True]])
    made = _journal(tmp_path, windows[:1])

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            made.add(windows[1])
    assert split.Split(tmp_path, lane=0).after(windows[1].begin.seq) is None
    made.add(windows[1])
    assert split.Split(tmp_path, lane=0).after(windows[1].begin.seq) == windows[1]


@settings(deadline=None)  # it waits for the disk
@given(MASKS, st.integers(0, 400), st.integers(0, 400))
def test_each_sequence_number_stands_for_a_row_in_one_of_two_lanes(
    tmp_path_factory: pytest.TempPathFactory, masks, start: int, more: int
) -> None:
    windows = _windows(masks)
    made = _journal(tmp_path_factory.mktemp("split"), windows)
    end = windows[-1].end.seq + 5
    held = [made.rows_between(lo, hi, held=True) for lo, hi in ((0, start), (start, end + start))]
    first = [made.rows_between(lo, hi, held=False) for lo, hi in ((0, start), (start, end + start))]
    assert sum(held) == made.deferred(0)
    assert sum(held) + sum(first) == end + start
    assert made.rows_between(end, end + more, held=True) == 0
