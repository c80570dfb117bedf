"""What goes wrong between the store and a real InfluxDB: said clearly, nothing acknowledged is lost, nothing is there twice."""

import logging
import math
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from contracts import influxd as servers
from contracts import rows
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store.influxdb import client, writer
from yoloscope.store.influxdb import store as influxdb

pytestmark = pytest.mark.slow
OTHER = ids.RunId("r2")
BRIEF = client.Patience(connect_s=5.0, read_s=1.0, again_s=0.2)


@pytest.fixture
def own(tmp_path: Path) -> Generator[servers.Influxd, None, None]:
    """A server that may be harmed."""
    server = servers.Influxd(tmp_path / "influxd")
    yield server
    server.stop()


def opened(tmp_path: Path, server: servers.Influxd, *, name: str = "d", **more: object) -> influxdb.InfluxStore:
    patience = more.pop("patience", servers.PATIENCE)
    return influxdb.InfluxStore(tmp_path / "data", to=server.address(name), patience=patience, **more)


def test_while_it_is_away_nothing_is_acknowledged_and_afterwards_all_is_there(
    tmp_path: Path, own: servers.Influxd
) -> None:
    store = opened(tmp_path, own, patience=BRIEF)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    store.seal(rows.PROJECT, rows.RUN)
    own.kill()
    sent = rows.lane(rows.column([2.0], first_step=1), first_seq=1)
    for asked in (
        lambda: store.append(rows.PROJECT, [sent]).result(),
        lambda: store.points(rows.PROJECT, rows.RUN, rows.LOSS),
        lambda: list(store.rows(rows.PROJECT, rows.RUN)),
    ):
        with pytest.raises(errors.StoreError, match=r"cannot be reached.*nothing\s+stored is lost"):
            asked()
    assert store.positions(rows.PROJECT, rows.WRITER) == {0: 1}
    assert [stat.count for stat in store.series(rows.PROJECT, rows.RUN)] == [1]
    own.start()
    assert store.append(rows.PROJECT, [sent]).result().new_rows == {rows.RUN: 1}
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0]
    store.close()


def test_a_server_that_does_not_answer_is_not_waited_for_long(tmp_path: Path, own: servers.Influxd) -> None:
    store = opened(tmp_path, own, patience=BRIEF)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    own.pause()
    sent = rows.lane(rows.column([2.0, 3.0], first_step=1), first_seq=1)
    with pytest.raises(errors.StoreError, match="no answer in time"):
        store.append(rows.PROJECT, [sent]).result(60)
    own.resume()  # it stores now what it was sent then
    assert store.append(rows.PROJECT, [sent]).result(60).new_rows == {rows.RUN: 2}
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0, 3.0]
    store.close()


def test_killed_again_and_again_while_rows_come_it_has_each_once(tmp_path: Path, own: servers.Influxd) -> None:
    store = opened(tmp_path, own, patience=BRIEF)
    enough, batch, count = threading.Event(), 20, 2_000

    def kill_and_start() -> None:
        while not enough.is_set():
            own.kill()
            own.start()
            enough.wait(0.15)

    killer = threading.Thread(target=kill_and_start)
    killer.start()
    failures = 0
    for seq in range(0, count, batch):
        sent = rows.matrix([[float(n)] for n in range(seq, seq + batch)], steps=range(seq, seq + batch))
        while store.positions(rows.PROJECT, rows.WRITER).get(0, 0) == seq:
            try:
                store.append(rows.PROJECT, [rows.lane(sent, first_seq=seq)]).result()
            except errors.StoreError:
                failures += 1
        if seq == count // 2:
            _until_done(lambda: store.seal(rows.PROJECT, rows.RUN))
    enough.set()
    killer.join()
    store.seal(rows.PROJECT, rows.RUN)
    points = store.points(rows.PROJECT, rows.RUN, rows.LOSS)
    assert points.value.tolist() == points.step.tolist() == list(range(count))
    assert store.series(rows.PROJECT, rows.RUN)[0].count == count
    store.close()


def _until_done(act: Callable[[], object]) -> None:
    for _ in range(100):
        try:
            act()
        except errors.StoreError:
            continue
        return
    raise AssertionError("it never came back")


_SERVER = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
from contracts import rows
from yoloscope.store.influxdb import address, store as influxdb

store = influxdb.InfluxStore(pathlib.Path(sys.argv[1]), to=address.from_url(sys.argv[3]))
seq = store.positions(rows.PROJECT, rows.WRITER).get(0, 0)
while True:
    sent = rows.matrix([[float(n)] for n in range(seq, seq + 50)], steps=range(seq, seq + 50))
    store.append(rows.PROJECT, [rows.lane(sent, first_seq=seq)]).result()
    seq += 50
    print(seq, flush=True)
    if seq % 1000 == 0:
        store.seal(rows.PROJECT, rows.RUN)
"""


def test_our_own_process_killed_in_mid_append_lost_nothing_and_has_nothing_twice(
    tmp_path: Path, influxd: servers.Influxd
) -> None:
    command = [sys.executable, "-c", _SERVER, str(tmp_path), str(Path(__file__).parents[2]), f"{influxd.url}/killed"]
    for wanted in (1_500, 3_700):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            acked = 0
            while acked < wanted:
                acked = int(server.stdout.readline())
            server.send_signal(signal.SIGKILL)
            acked = int([str(acked), *server.stdout.read().split()][-1])
        store = influxdb.InfluxStore(tmp_path, to=influxd.address("killed"), patience=servers.PATIENCE)
        stored = store.positions(rows.PROJECT, rows.WRITER)[0]
        assert stored in (acked, acked + 50)
        points = store.points(rows.PROJECT, rows.RUN, rows.LOSS)
        assert points.value.tolist() == points.step.tolist() == list(range(stored))
        assert store.series(rows.PROJECT, rows.RUN)[0].count == stored
        store.close()
    influxd.execute('DROP DATABASE "killed"')


def test_rows_of_a_failed_write_that_nobody_sends_again_are_not_shown(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their places are given to other rows, in the same shape and within the same time."""
    store = opened(tmp_path, influxd, name="orphans")
    real = client.Client.write

    def lost(self: client.Client, lines: bytes) -> None:
        real(self, lines)
        raise errors.StoreError("the answer was lost")

    store.append(rows.PROJECT, [rows.lane(rows.matrix([[1.0]], mono_ns=[1]), first_seq=None)]).result()
    monkeypatch.setattr(client.Client, "write", lost)
    with pytest.raises(errors.StoreError, match="the answer was lost"):
        store.append(rows.PROJECT, [rows.lane(rows.matrix([[6.0], [7.0]], mono_ns=[5, 6]), first_seq=None)]).result()
    monkeypatch.undo()
    store.append(rows.PROJECT, [rows.lane(rows.matrix([[2.0], [3.0]], mono_ns=[4, 9]), first_seq=None)]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0, 3.0]
    store.close()
    influxd.execute('DROP DATABASE "orphans"')


def test_a_row_in_the_place_of_one_that_failed_has_nothing_of_it(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same lane, shape and moment, so the same point of InfluxDB, which keeps fields that the new row does not have."""
    store = opened(tmp_path, influxd, name="leftover")
    real = client.Client.write

    def lost(self: client.Client, lines: bytes) -> None:
        real(self, lines)
        raise errors.StoreError("the answer was lost")

    names = ("a", "b")
    failed = rows.matrix([[6.0, math.nan]], names=names, steps=[3], epochs=[0.5], mono_ns=[7])
    good = rows.matrix([[math.nan, 2.0]], names=names, steps=[row.NO_STEP], mono_ns=[7])
    monkeypatch.setattr(client.Client, "write", lost)
    with pytest.raises(errors.StoreError, match="the answer was lost"):
        store.append(rows.PROJECT, [rows.lane(failed, first_seq=None)]).result()
    monkeypatch.undo()
    store.append(rows.PROJECT, [rows.lane(good, first_seq=None)]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert list(store.rows(rows.PROJECT, rows.RUN)) == [(1, good)]
    store.close()
    influxd.execute('DROP DATABASE "leftover"')


def test_a_proxy_in_trouble_is_not_asked_for_each_batch_on_its_own(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would wait for as long as all of them together."""
    store = opened(tmp_path, influxd, name="proxied")
    store.append(rows.PROJECT, [rows.lane(rows.column([0.5]), lane=9)]).result()
    asked: list[int] = []
    entered, go = threading.Event(), threading.Event()

    def bad_gateway(self: client.Client, body: bytes) -> None:
        asked.append(body.count(b"\n") + 1)
        entered.set()
        go.wait()
        raise client.Refused("<html>502</html>", status=502)

    monkeypatch.setattr(client.Client, "write", bad_gateway)
    futures = [store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))])]
    entered.wait()
    futures += [store.append(rows.PROJECT, [rows.lane(rows.column([1.0]), lane=lane)]) for lane in range(1, 6)]
    go.set()
    assert all(isinstance(future.exception(60), errors.StoreError) for future in futures)
    assert asked == [1, 1 + 5], "the second with the line of a new term"
    monkeypatch.undo()
    store.close()
    influxd.execute('DROP DATABASE "proxied"')


def test_what_influxdb_refuses_of_one_run_does_not_stop_another(tmp_path: Path, influxd: servers.Influxd) -> None:
    store = opened(tmp_path, influxd, name="types")
    writing = client.Client(influxd.address("types"))
    writing.write(f'signs theirs="text" {10**18}'.encode())
    bad = rows.lane(rows.column([1.0], name="theirs"), run=OTHER, lane=1)
    good = [rows.lane(rows.column([float(n)]), first_seq=n) for n in range(5)]
    futures = [store.append(rows.PROJECT, [lane]) for lane in (good[0], good[1], bad, *good[2:])]
    refused = futures.pop(2).exception(60)
    assert isinstance(refused, errors.StoreError)
    assert "theirs" in str(refused)
    assert [future.exception(60) for future in futures] == [None] * 5
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert store.series(rows.PROJECT, OTHER) == []
    writing.close()
    store.close()
    influxd.execute('DROP DATABASE "types"')


def test_rows_that_somebody_removed_are_missed(tmp_path: Path, influxd: servers.Influxd) -> None:
    store = opened(tmp_path, influxd, name="holes")
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0, 3.0]))]).result()
    store.seal(rows.PROJECT, rows.RUN)
    influxd.execute(f'DELETE FROM "signs" WHERE time = {10**18 + 2000}', database="holes")
    with pytest.raises(errors.StoreError, match="holds 2 of 3 rows of a part of run 'r1'"):
        store.points(rows.PROJECT, rows.RUN, rows.LOSS)
    influxd.execute('DROP MEASUREMENT "signs:groups"', database="holes")
    with store.view(rows.PROJECT, rows.RUN) as view:
        [part] = view.parts(rows.LOSS).id.tolist()
        with pytest.raises(errors.StoreError, match="holds 0 of 1 sealed pieces"):
            view.groups(rows.LOSS, [part])
    store.close()
    influxd.execute('DROP DATABASE "holes"')


def test_a_run_removed_while_influxdb_is_away_is_gone_and_its_points_go_later(
    tmp_path: Path, own: servers.Influxd, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(tmp_path, own, patience=BRIEF)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
    store.seal(rows.PROJECT, rows.RUN)
    own.kill()
    with caplog.at_level(logging.ERROR):
        assert store.remove(rows.PROJECT, rows.RUN) == 2
        assert store.series(rows.PROJECT, rows.RUN) == []
        back = rows.lane(rows.column([7.0]), lane=1)
        with pytest.raises(errors.StoreError, match=r"cannot be reached|still holds points"):
            store.append(rows.PROJECT, [back]).result()
    own.start()
    store.append(rows.PROJECT, [back]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [7.0]
    [table] = own.execute('SELECT count("_place") FROM "signs"', database="d")
    assert bytes(table.values).endswith(b",1]]")
    store.close()


def test_the_ledger_stays_small_however_much_goes_through_it(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_BYTES", 200_000)
    store = opened(tmp_path, influxd, name="much")
    for seq in range(0, 30_000, 500):
        values = [[float(n)] for n in range(seq, seq + 500)]
        store.append(
            rows.PROJECT, [rows.lane(rows.matrix(values, steps=range(seq, seq + 500)), first_seq=seq)]
        ).result()
    store.settle()
    [ledger] = (tmp_path / "data" / "influxdb").glob("*/signs.db")
    assert ledger.stat().st_size + ledger.with_name("signs.db-wal").stat().st_size < 1_500_000
    points = store.points(rows.PROJECT, rows.RUN, rows.LOSS)
    assert points.value.tolist() == [float(n) for n in range(30_000)]
    store.close()
    influxd.execute('DROP DATABASE "much"')


def test_where_nothing_can_be_deleted_a_run_that_comes_back_is_a_new_one(
    tmp_path: Path, influxd: servers.Influxd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(tmp_path, influxd, name="kept")
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0, 3.0]))]).result()

    def refuses(self: client.Client, statement: str) -> None:
        raise client.Refused(f"{statement[:4]} is not supported")

    monkeypatch.setattr(client.Client, "execute", refuses)
    assert store.remove(rows.PROJECT, rows.RUN) == 3
    store.append(rows.PROJECT, [rows.lane(rows.column([7.0]), lane=1)]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [7.0]
    assert "stay hidden in InfluxDB: DROP is not supported" in caplog.text
    monkeypatch.undo()
    store.close()
    influxd.execute('DROP DATABASE "kept"')
