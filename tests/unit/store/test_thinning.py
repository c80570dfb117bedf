"""Thinning: the extremes of each group stay where they were, the rest is gone, and totals go on counting all of it."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from contracts import rows, store_files
from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.store import ports
from yoloscope.store.ports_view import GROUP_ROWS
from yoloscope.store.series import reader

VALUES = np.random.default_rng(5).normal(size=300)
VALUES[[3, 70, 71]] = np.nan
VALUES[[GROUP_ROWS, 200]] = 9.5


@pytest.fixture
def file(tmp_path: Path) -> Iterator[store_files.SeriesFile]:
    file = store_files.SeriesFile(tmp_path)
    yield file
    file.close()


def _kept(values: np.ndarray) -> list[int]:
    """Return the rows that thinning keeps."""
    kept: list[int] = []
    for start in range(0, len(values), GROUP_ROWS):
        here = values[start : start + GROUP_ROWS]
        some = {0, len(here) - 1, int(np.nanargmin(here)), int(np.nanargmax(here))}
        kept += [start + at for at in sorted(some)]
    return kept


def _stats(file: store_files.SeriesFile) -> list[ports.SeriesStat]:
    return reader.series(file.readers, run=rows.RUN)


def test_of_each_group_the_first_last_least_and_greatest_are_left(file: store_files.SeriesFile) -> None:
    sent = store_files.batch(0, VALUES.tolist(), names=("a", "b"))
    file.append(sent)
    file.seal()
    stats, total = _stats(file), reader.run_stats(file.readers, runs=[rows.RUN])
    gone = sum(exchange.count for exchange in file.thin())
    assert 2 * (len(VALUES) - len(_kept(VALUES))) == gone
    assert repr(stats) == repr(_stats(file))
    assert total == reader.run_stats(file.readers, runs=[rows.RUN])
    assert file.one("SELECT count(*) FROM block") == 0
    assert file.thin() == []


def test_rows_of_a_thinned_run_are_its_kept_points(file: store_files.SeriesFile) -> None:
    for first in (0, 150):
        file.append(store_files.batch(first, VALUES[first : first + 150].tolist()))
    file.seal()
    before = file.told()
    file.thin()
    assert [before[at] for at in _kept(VALUES)] == file.told()


def test_thinned_and_whole_rows_stand_in_order_of_arrival(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, VALUES.tolist(), names=("a", "b")))
    file.seal()
    file.thin()
    file.append(store_files.batch(300, [1.0, 2.0], names=("a", "b")))
    told = file.told()
    assert [names for _, names, _ in told[:2]] == [("a",), ("b",)]
    assert [names for _, names, _ in told[-2:]] == [("a", "b")] * 2
    file.seal()
    assert told == file.told()
    assert file.compact() == []
    assert sum(exchange.count for exchange in file.thin()) == 0


def test_a_later_attempt_cuts_thinned_totals_at_groups_exactly(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, VALUES.tolist(), names=("a", "system/cpu")))
    file.seal()
    file.thin()
    starts = [supersede.Start(1, rows.WRITER, 0, 1, None, None), supersede.Start(2, rows.WRITER, 1, 2, None, 128)]
    file.writer.tell_attempts(rows.RUN, starts).result(timeout=60)
    ours, machine = _stats(file)
    left = VALUES[:128]
    assert (128, 3, left[127], 127) == (ours.count, ours.nan_count, ours.last, ours.last_step)
    assert (np.nanmin(left), np.nanmax(left)) == (ours.min, ours.max)
    assert (machine.count, machine.nan_count) == (300, 3)
    assert reader.run_stats(file.readers, runs=[rows.RUN])[rows.RUN].step == 127


def test_where_a_cut_goes_through_a_group_its_kept_points_are_counted(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, VALUES.tolist()))
    file.seal()
    file.thin()
    starts = [supersede.Start(1, rows.WRITER, 0, 1, None, None), supersede.Start(2, rows.WRITER, 1, 2, None, 100)]
    file.writer.tell_attempts(rows.RUN, starts).result(timeout=60)
    (stat,) = _stats(file)
    shown = [at for at in _kept(VALUES) if at < 100]
    assert (stat.count, stat.nan_count) == (100, 1)
    assert (VALUES[shown[-1]], shown[-1]) == (stat.last, stat.last_step)
    assert (np.nanmin(VALUES[shown]), np.nanmax(VALUES[shown])) == (stat.min, stat.max)
    assert reader.run_stats(file.readers, runs=[rows.RUN])[rows.RUN].step == 99


def test_a_thinned_axis_knows_its_rows_and_damage_to_it_is_named(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, VALUES.tolist()))
    file.seal()
    file.thin()
    (known,) = file.known()
    assert (known.is_thinned, known.rows, known.series) == (True, 300, ())
    file.writer._connection.execute("UPDATE groups SET payload = CAST(substr(payload, 1, 99) AS BLOB)")
    with pytest.raises(errors.StoreError, match=rf"groups {known.axis} of series '{rows.LOSS}' of run 'r1' is damaged"):
        file.told()


def test_what_is_damaged_is_not_thinned(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, VALUES.tolist()))
    file.seal()
    file.writer._connection.execute("UPDATE groups SET payload = CAST(substr(payload, 1, 99) AS BLOB)")
    with pytest.raises(errors.StoreError, match=rf"series '{rows.LOSS}' of run 'r1' is damaged"):
        file.thin()
    assert file.one("SELECT count(*) FROM block") == 1


def test_values_that_are_all_nan_keep_their_ends(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, [math.nan] * 100))
    file.seal()
    file.thin()
    assert [int(np.frombuffer(cells, np.int64, 1)[0]) for _, _, cells in file.told()] == [0, 63, 64, 99]
