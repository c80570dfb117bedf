"""A server killed in mid-append has every row it acknowledged, and no half of any other."""

import subprocess
import sys
from pathlib import Path

from contracts import rows
from yoloscope.store.series import blocks

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
