"""Writes that are carried out behind those that followed them, and a database that was dropped: nothing leaves the ledger unseen."""

import itertools
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts import influxd as servers
from contracts import rows, series_views
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store.influxdb import client
from yoloscope.store.influxdb import store as influxdb

pytestmark = pytest.mark.slow
OTHER = ids.RunId("r2")


def opened(tmp_path: Path, server: servers.Influxd, *, name: str) -> influxdb.InfluxStore:
    return influxdb.InfluxStore(tmp_path / "data", to=server.address(name), patience=servers.PATIENCE)


def _stalled(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], *, after: int = 0) -> bytes:
    """Return what of an act was to be written, but is still on its way when we give it up; ``after`` so many writes."""
    stalled: list[bytes] = []
    real, left = client.Client.write, itertools.count()

    def give_up(self: client.Client, body: bytes) -> None:
        if next(left) < after:
            real(self, body)
            return
        stalled.append(body)
        raise errors.StoreError("no answer in time")

    monkeypatch.setattr(client.Client, "write", give_up)
    with pytest.raises(errors.StoreError, match="no answer in time"):
        act()
    monkeypatch.undo()
    [body] = stalled
    return body


def test_a_write_that_is_carried_out_behind_the_one_that_followed_it_takes_nothing_away(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once with the same rows, once with others in their place."""
    store = opened(tmp_path, influxd, name="late")
    late = client.Client(influxd.address("late"))
    again = rows.lane(rows.column([1.0, math.nan, 3.0]), first_seq=0)
    lost = rows.lane(rows.matrix([[6.0], [7.0]], names=(rows.LOSS,), mono_ns=[5, 6]), lane=1, first_seq=None)
    other = rows.lane(rows.matrix([[-6.0], [-7.0]], names=(rows.LOSS,), mono_ns=[5, 6]), lane=1, first_seq=None)
    for sent, then in ((again, again), (lost, other)):
        body = _stalled(monkeypatch, lambda sent=sent: store.append(rows.PROJECT, [sent]).result())
        store.append(rows.PROJECT, [then]).result()
        late.write(body)
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == pytest.approx(
        [1.0, math.nan, 3.0, -6.0, -7.0], nan_ok=True
    )
    assert "InfluxDB lacks rows of run 'r1'" in caplog.text
    late.close()
    store.close()
    influxd.execute('DROP DATABASE "late"')


def test_a_sealing_that_is_carried_out_behind_the_one_that_followed_it_harms_nothing(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path, influxd, name="late")
    late = client.Client(influxd.address("late"))
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
    bodies = [_stalled(monkeypatch, lambda: store.seal(rows.PROJECT, rows.RUN), after=after) for after in (0, 1)]
    store.append(rows.PROJECT, [rows.lane(rows.column([3.0], first_step=2), first_seq=2)]).result()
    store.seal(rows.PROJECT, rows.RUN)
    for body in bodies:
        late.write(body)
    with store.view(rows.PROJECT, rows.RUN) as view:
        series_views.check(view, rows.LOSS, store.points(rows.PROJECT, rows.RUN, rows.LOSS))
        assert view.values(rows.LOSS, view.parts(rows.LOSS).id.tolist()).tolist() == [1.0, 2.0, 3.0]
    late.close()
    store.close()
    influxd.execute('DROP DATABASE "late"')


def test_a_database_that_was_dropped_and_made_again_gets_what_the_ledger_still_has(
    tmp_path: Path, influxd: servers.Influxd
) -> None:
    store = opened(tmp_path, influxd, name="dropped")
    store.append(rows.PROJECT, [rows.lane(rows.column([9.0]), lane=1, run=OTHER)]).result()
    store.seal(rows.PROJECT, OTHER)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
    influxd.execute('DROP DATABASE "dropped"')
    sent = rows.lane(rows.column([3.0]), first_seq=2)
    with pytest.raises(errors.StoreError, match=r"refuses: .*database not found"):
        store.append(rows.PROJECT, [sent]).result()
    influxd.execute('CREATE DATABASE "dropped"')
    store.append(rows.PROJECT, [sent]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(errors.StoreError, match=r"holds 0 of 1 rows of a part of run 'r2'.*restore the database"):
        store.points(rows.PROJECT, OTHER, rows.LOSS)
    store.close()
    with pytest.raises(errors.ConfigError, match=r"dropped.* nothing of it.*was dropped.*restore it"):
        opened(tmp_path, influxd, name="dropped")
    influxd.execute('DROP DATABASE "dropped"')
