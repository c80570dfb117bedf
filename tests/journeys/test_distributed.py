"""A plain PyTorch training of two processes is one run: its losses are rank 0's, and rank 1 adds its times."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("distributed"),
]
STEPS = 30
PATIENCE_S = 60.0
TRAINING = """
import os, signal, sys, time
from pathlib import Path
import torch
from torch import distributed, nn
import yoloscope

server, folder, killed_at = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
if os.environ["TORCHELASTIC_RESTART_COUNT"] != "0":
    folder, killed_at = folder / "again", -1
    folder.mkdir(exist_ok=True)
rank = int(os.environ["RANK"])
# not by torchrun's store: after a restart it may still tell where rank 0 was before
distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
run = yoloscope.init(project="toy", name="two", config={"lr": 0.1}, server=server)
torch.manual_seed(rank)
model = nn.parallel.DistributedDataParallel(nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
witness = (folder / f"rank{rank}").open("w")
for step in range(STEPS):
    begin_s = time.perf_counter()
    images = torch.randn(8, 4)
    loss = (model(images) - images.sum(1, keepdim=True)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    numbers = {"train/loss": loss.item(), "time/batch_s": time.perf_counter() - begin_s}
    run.log(numbers, step=step)
    print(step, *(value.hex() for value in numbers.values()), file=witness, flush=True)
    if rank == 1 and step == killed_at:
        while not run.id:  # rank 0 is found within a second
            time.sleep(0.05)
            run.log({"time/wait_s": 0.05}, step=step)
        os.kill(os.getpid(), signal.SIGKILL)
run.finish()
distributed.destroy_process_group()
""".replace("STEPS", str(STEPS))


def torchrun(folder: Path, *arguments: object, restarts: int = 0) -> "subprocess.CompletedProcess[str]":
    """Run the training in two processes; its spool lies in `folder`."""
    script = folder / "train.py"
    script.write_text(TRAINING)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", str(port)]
    launcher += ["--max-restarts", str(restarts)]
    environment = {**os.environ, "YOLOSCOPE_DIR": str(folder / "spool"), "OMP_NUM_THREADS": "1"}
    words = [*launcher, str(script), *map(str, arguments)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def witnessed(folder: Path, *, rank: int) -> dict[str, dict[int, float]]:
    """Return what a process wrote down itself."""
    lines = [line.split() for line in (folder / f"rank{rank}").read_text().splitlines()]
    return {
        name: {int(line[0]): float.fromhex(line[at]) for line in lines}
        for at, name in ((1, "train/loss"), (2, "time/batch_s"))
    }


def stored(up, run: str, name: str) -> dict[int, float]:
    """Return step and value of every row of a series, none of whose steps it has twice."""
    (series,) = up.get("/api/v1/series", run=run, name=name, x="step", buckets=0)["series"]
    found = {int(step): value for step, value in zip(series["x"], series["y"], strict=True)}
    assert len(found) == len(series["x"])
    return found


DONE = {"finished"}
GONE = {"failed", "crashed"}


def ended(up, *states: set[str]) -> list[dict[str, object]]:
    """Return the runs of the server, oldest first, once there is one for each set of states and has come to one of them."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        runs = sorted(up.get("/api/v1/runs")["items"], key=lambda run: run["created"])
        if [run["state"] in expected for run, expected in zip(runs, states, strict=False)] == [True] * len(states):
            assert len(runs) == len(states)
            return runs
        assert time.monotonic() < until_s, [run["state"] for run in runs]
        time.sleep(0.1)


def until_stored(up, run: str, name: str, expected: dict[int, float]) -> None:
    """Wait until a series holds exactly what is expected: another rank's sidecar has its own pace."""
    until_s = time.monotonic() + PATIENCE_S
    while stored(up, run, name) != expected:
        assert time.monotonic() < until_s, (stored(up, run, name), expected)
        time.sleep(0.1)


def test_two_processes_are_one_run(start_up: Callable[[], object], tmp_path: Path) -> None:
    up = start_up()
    done = torchrun(tmp_path, up.url, tmp_path, -1)
    assert done.returncode == 0, done.stderr[-3000:]
    [run] = ended(up, DONE)
    main, beside = witnessed(tmp_path, rank=0), witnessed(tmp_path, rank=1)
    assert stored(up, run["id"], "train/loss") == main["train/loss"]
    assert stored(up, run["id"], "time/batch_s") == main["time/batch_s"]
    until_stored(up, run["id"], "time/rank.1/batch_s", beside["time/batch_s"])
    detail = up.get(f"/api/v1/runs/{run['id']}")
    names = {info["name"] for info in detail["series"]}
    assert {name for name in names if "rank" in name and not name.startswith("system/")} == {"time/rank.1/batch_s"}
    assert {"train/loss", "time/batch_s"} <= names
    assert (detail["attempt"], detail["lost"], detail["config"]) == (1, {}, {"lr": 0.1})
    assert "yoloscope" not in done.stderr


def test_a_killed_rank_ends_the_training_as_ever_and_the_run_shows_what_rank_0_saw(
    start_up: Callable[[], object], tmp_path: Path
) -> None:
    up = start_up()
    done = torchrun(tmp_path, up.url, tmp_path, 10)
    assert done.returncode == 1
    assert "exitcode  : -9" in done.stderr
    [run] = ended(up, GONE)
    main, beside = witnessed(tmp_path, rank=0), witnessed(tmp_path, rank=1)
    assert set(main["train/loss"]) == set(range(11))
    until_stored(up, run["id"], "train/loss", main["train/loss"])
    until_stored(up, run["id"], "time/rank.1/batch_s", beside["time/batch_s"])


@pytest.mark.long
def test_processes_that_are_started_again_are_another_run(start_up: Callable[[], object], tmp_path: Path) -> None:
    up = start_up()
    done = torchrun(tmp_path, up.url, tmp_path, 10, restarts=1)
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = ended(up, GONE, DONE)
    for run, folder in ((first, tmp_path), (second, tmp_path / "again")):
        main, beside = witnessed(folder, rank=0), witnessed(folder, rank=1)
        until_stored(up, run["id"], "train/loss", main["train/loss"])
        until_stored(up, run["id"], "time/rank.1/batch_s", beside["time/batch_s"])
