"""A server or its worker killed in mid-append, mid-seal or mid-merge has every row it acknowledged once, and no half of any other."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts import rows
from yoloscope.store.series import blocks, verify, worker

WAIT_S = 60.0
_BATCH = 50
_SERVER = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
from contracts import rows
from yoloscope.store.series import blocks

store = blocks.BlockStore(pathlib.Path(sys.argv[1]))
names = ("a", "b")
seq = 0
while True:
    values = [[float(n), -float(n)] for n in range(seq, seq + 50)]
    sent = rows.matrix(values, names=names, steps=range(seq, seq + 50))
    store.append(rows.PROJECT, [rows.lane(sent, first_seq=seq)]).result()
    seq += 50
    print(seq, flush=True)
    if seq % 5000 == 0:
        store.seal(rows.PROJECT, rows.RUN)
"""


def test_killed_in_mid_append_it_lost_nothing_and_halved_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SERVER, str(tmp_path), str(Path(__file__).parents[2])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        acked = 0
        while acked < 12_000:
            acked = int(server.stdout.readline())
        server.kill()
        acked = int([str(acked), *server.stdout.read().split()][-1])
    store = blocks.BlockStore(tmp_path)
    stored = store.run_stats(rows.PROJECT, [rows.RUN])[rows.RUN].rows
    assert stored in (acked, acked + _BATCH)
    assert {0: stored} == store.positions(rows.PROJECT, rows.WRITER)
    for name, sign in (("a", 1.0), ("b", -1.0)):
        points = store.points(rows.PROJECT, rows.RUN, name)
        assert [sign * n for n in range(stored)] == points.value.tolist()
        assert list(range(stored)) == points.step.tolist()
    assert [stored, stored] == [stat.count for stat in store.series(rows.PROJECT, rows.RUN)]
    store.close()


_SEALING = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
from contracts import rows
from yoloscope.store.series import blocks, upkeep

upkeep.MERGE_SEALS = 1
store = blocks.BlockStore(pathlib.Path(sys.argv[1]), in_worker=True)
seq = store.positions(rows.PROJECT, rows.WRITER).get(0, 0)
while True:
    late = seq % 3000 == 0  # older by the clock than what came before: its blocks overlap, and are merged
    values = [[float(n), -float(n)] for n in range(seq, seq + 500)]
    ticks = [1000 * (n - 2000 * late) for n in range(seq, seq + 500)]
    sent = rows.matrix(values, names=("a", "b"), steps=range(seq, seq + 500), mono_ns=ticks)
    store.append(rows.PROJECT, [rows.lane(sent, first_seq=seq)]).result()
    seq += 500
    print(seq, flush=True)
"""


def _check(directory: Path, *, rows_count: int) -> None:
    (found,) = verify.of_directory(directory, totals=True)
    assert (found.damage, found.state, found.rows) == ((), "whole", rows_count)
    store = blocks.BlockStore(directory)
    assert store.positions(rows.PROJECT, rows.WRITER) == {0: rows_count}
    for name, sign in (("a", 1.0), ("b", -1.0)):
        points = store.points(rows.PROJECT, rows.RUN, name)
        assert points.step.tolist() == list(range(rows_count))
        assert points.value.tolist() == [sign * n for n in range(rows_count)]
    store.close()


@pytest.mark.slow
def test_killed_while_it_seals_and_merges_it_starts_again_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SEALING, str(tmp_path), str(Path(__file__).parents[2])]
    acked = 0
    for round_, more in enumerate((9_000, 4_500, 12_500, 6_000)):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            until = acked + more
            while acked < until:
                acked = int(server.stdout.readline())
            time.sleep(0.02 * round_)  # sealing is behind the appends: somewhere within it
            server.kill()
            acked = int([str(acked), *server.stdout.read().split()][-1])
        (found,) = verify.of_directory(tmp_path, totals=False)
        assert found.rows in (acked, acked + 500)
        acked = found.rows
        _check(tmp_path, rows_count=acked)


def _pid_of(by: worker.Process) -> int:
    end = time.monotonic() + WAIT_S
    while (pid := by.pid) is None:
        assert time.monotonic() < end
        time.sleep(0.001)
    return pid


@pytest.mark.slow
def test_a_worker_killed_while_it_seals_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path, in_worker=True)
    by = store._worker
    assert isinstance(by, worker.Process)
    seq = 0
    for at_s in (0.0, 0.03, 0.06, 0.1):  # of a job of about 0.1 s
        values = [[float(n), -float(n)] for n in range(seq, seq + 30_000)]
        sent = rows.matrix(values, names=("a", "b"), steps=range(seq, seq + 30_000))
        store.append(rows.PROJECT, [rows.lane(sent, first_seq=seq)]).result()
        seq += 30_000
        pid = _pid_of(by)
        time.sleep(at_s)
        with contextlib.suppress(ProcessLookupError):  # the one killed before, about to be replaced
            os.kill(pid, signal.SIGKILL)
        store.settle()
        with store.view(rows.PROJECT, rows.RUN) as view:
            assert [part for part in view.parts("a").id.tolist() if part < 0] == []
    store.close()
    _check(tmp_path, rows_count=seq)
