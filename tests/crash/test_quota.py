"""A spool with a tiny quota and no server: the training goes on, the oldest rows are thinned, and the ledger adds up."""

import math
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from yoloscope.spool import layout, packed, reader

pytestmark = pytest.mark.slow
ROWS = 120_000

NOISY = f"""
import math, sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
print(run.id, run.directory, flush=True)
for step in range({ROWS}):
    a = math.nan if 20_000 <= step < 20_100 else math.sin(step / 50) * (step % 977)
    run.log({{"a": a, "b": math.cos(step)}}, step=step)
    if step % 10_000 == 0:
        run.update("progress", {{"epochs": step}})
print("logged", flush=True)
sys.stdin.readline()
run.finish()
print("finished", flush=True)
"""


def _a(step: int) -> float:
    return math.nan if 20_000 <= step < 20_100 else math.sin(step / 50) * (step % 977)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _size(directory: Path) -> int:
    return sum(reader.used_bytes(path) for path in directory.glob("*.sp"))


def test_beyond_the_quota_extremes_stay_and_every_row_left_out_is_counted(
    server, trainings, wait_until: Callable[[Callable[[], bool]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """120,000 rows take 6.7 MB: two full segments behind the first, of which the server may know, and one that still grows."""
    (tmp_path / "yoloscope.toml").write_text("[spool]\nquota_mb = 3\n")
    monkeypatch.chdir(tmp_path)
    port = _free_port()
    training = trainings(NOISY, f"http://127.0.0.1:{port}", stdin=-1)
    run, said = training.stdout.readline().split()
    directory = Path(said)
    assert training.stdout.readline() == "logged\n"
    wait_until(lambda: _size(directory) <= 3_000_000)
    levels = [
        packed.head(path).level
        for number in reader.lanes(directory)[0]
        if packed.is_packed(path := layout.segment_path(directory, lane=0, number=number))
    ]
    assert max(levels) > 1
    training.stdin.write("\n")
    training.stdin.close()
    assert training.stdout.readline() == "finished\n"
    assert training.wait(60) == 0
    server.start(port)
    wait_until(lambda: any(item["id"] == run for item in server.get("/api/v1/runs")["items"]))
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["state"] == "finished")
    shown = server.get(f"/api/v1/runs/{run}")
    rows = server.rows(run, "b")
    assert len(rows) + shown["lost"]["quota"] == ROWS
    assert 0 < shown["lost"]["quota"] < ROWS
    assert shown["rows"] == len(rows)
    assert rows == {step: math.cos(step) for step in rows}
    assert (min(rows.values()), max(rows.values())) == (
        min(map(math.cos, range(ROWS))),
        max(map(math.cos, range(ROWS))),
    )
    kept = {step: value for step, value in server.rows(run, "a").items() if not isinstance(value, str | None)}
    numbers = [_a(step) for step in range(ROWS) if not math.isnan(_a(step))]
    assert (min(kept.values()), max(kept.values())) == (min(numbers), max(numbers))
    assert {19_999, 20_000, 20_099, 20_100} <= set(rows)
    assert shown["epochs"] == 110_000
    log = (directory / "sidecar.log").read_text()
    assert not re.search(r"Traceback|fault", log), log
