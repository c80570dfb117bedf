"""A ledger that is older than the InfluxDB beside it: what came after the backup is not shown, and is there once when it comes again."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from contracts import influxd as servers
from contracts import rows, series_views
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import backup, ports, restore
from yoloscope.store import open as opening
from yoloscope.store.influxdb import client

pytestmark = pytest.mark.slow
OTHER = ids.RunId("r2")


def _lane(values: list[float], *, first: int, lane: int = 0, run: ids.RunId = rows.RUN) -> ports.LaneRows:
    return rows.lane(rows.column(values, first_step=first), first_seq=first, lane=lane, run=run)


def _posted(value: float, *, name: str = rows.LOSS, tick: int = 5) -> ports.LaneRows:
    """Return a row of a client that keeps nothing, so that it never comes again."""
    return rows.lane(rows.matrix([[value]], names=(name,), mono_ns=[tick]), lane=7, first_seq=None)


def _check(series: ports.SeriesStore, expected: dict[str, list[float]]) -> None:
    """Compare what every way of reading tells of the run, sealed or not."""
    for _ in range(2):
        found = {name: series.points(rows.PROJECT, rows.RUN, name).value.tolist() for name in expected}
        assert found == expected
        assert {one.name: one.count for one in series.series(rows.PROJECT, rows.RUN)} == {
            name: len(values) for name, values in expected.items()
        }
        told = [matrix.rows for _, matrix in series.rows(rows.PROJECT, rows.RUN)]
        assert sum(told) == sum(map(len, expected.values()))
        with series.view(rows.PROJECT, rows.RUN) as view:
            for name in expected:
                series_views.check(view, name, series.points(rows.PROJECT, rows.RUN, name))
        series.seal(rows.PROJECT, rows.RUN)


def _lose_an_answer(series: ports.SeriesStore, sent: ports.LaneRows, monkeypatch: pytest.MonkeyPatch) -> None:
    real = client.Client.write

    def lost(self: client.Client, body: bytes) -> None:
        real(self, body)
        raise errors.StoreError("the answer was lost")

    monkeypatch.setattr(client.Client, "write", lost)
    with pytest.raises(errors.StoreError, match="the answer was lost"):
        series.append(rows.PROJECT, [sent]).result()
    monkeypatch.undo()


@pytest.mark.parametrize("sealed_after", [False, True])
def test_what_came_after_the_backup_is_there_once_when_it_comes_again(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch, *, sealed_after: bool
) -> None:
    """The clock stands still throughout: nothing may depend on it."""
    monkeypatch.setattr("time.time", lambda: 1.8e9)
    data, url = tmp_path / "data", f"{influxd.url}/restored"
    append: Callable[..., object]
    with opening.open_stores(data, store_url=url) as stores:
        append = lambda *lanes: [stores.series.append(rows.PROJECT, [lane]).result() for lane in lanes]  # noqa: E731
        append(_lane([0.0, 1.0], first=0))
        stores.series.seal(rows.PROJECT, rows.RUN)
        append(_lane([2.0, 3.0], first=2))
        backup.write(data, tmp_path / "b.tar", now_ns=1)
        _lose_an_answer(stores.series, _posted(-1.0, tick=9), monkeypatch)
        append(
            _posted(-2.0, name="gone"),
            _lane([4.0, 5.0], first=4),
            _posted(-3.0, tick=70),
            _lane([9.0], first=0, lane=1, run=OTHER),
        )
        if sealed_after:
            stores.series.seal(rows.PROJECT, rows.RUN)
        append(_lane([6.0], first=6))
    monkeypatch.setattr("time.time", lambda: 1.7e9)  # and it may be set back
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=2)
    with opening.open_stores(tmp_path / "again", store_url=url) as stores:
        append = lambda *lanes: [stores.series.append(rows.PROJECT, [lane]).result() for lane in lanes]  # noqa: E731
        _check(stores.series, {rows.LOSS: [0.0, 1.0, 2.0, 3.0]})
        assert stores.series.series(rows.PROJECT, OTHER) == []
        append(_posted(7.5, name="other"), _posted(8.5, tick=60), _lane([3.0, 4.0, 5.0, 6.0], first=3))
        _check(stores.series, {rows.LOSS: [0.0, 1.0, 2.0, 3.0, 8.5, 4.0, 5.0, 6.0], "other": [7.5]})
    with opening.open_stores(tmp_path / "again", store_url=url) as stores:
        _check(stores.series, {rows.LOSS: [0.0, 1.0, 2.0, 3.0, 8.5, 4.0, 5.0, 6.0], "other": [7.5]})
    lane = f"{rows.WRITER}.0"
    [table] = influxd.execute(f'SELECT count("_place") FROM "signs" WHERE "lane" = \'{lane}\'', database="restored")
    [(_, count)] = msgspec.json.decode(table.values, type=list[tuple[int, int]])
    assert count == 7, "what came again is in InfluxDB once"
    influxd.execute('DROP DATABASE "restored"')
