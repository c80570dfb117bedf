"""Commands to a plain PyTorch training of two processes act on both at the same step, or on none."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import faults

from yoloscope.records import row
from yoloscope.spool import inbox, layout, reader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("distributed"),
]
PATIENCE_S = 150.0
TRAINING = """
import os, sys, time
from pathlib import Path
import torch
from torch import distributed, nn
import yoloscope

folder, refuses = Path(sys.argv[1]), sys.argv[2] == "refuses"
rank = int(os.environ["RANK"])
distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
run = yoloscope.init(project="toy", server="http://127.0.0.1:9")
model = nn.parallel.DistributedDataParallel(nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
witness = (folder / f"rank{rank}").open("w")

def set_lr(value):
    if refuses and rank == 1:
        raise RuntimeError("no")
    before = optimizer.param_groups[0]["lr"]
    optimizer.param_groups[0]["lr"] = value
    return before

run.on_set(lr=set_lr)
step = 0
while not run.should_stop():
    images = torch.randn(8, 4)
    loss = (model(images) - images.sum(1, keepdim=True)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, optimizer.param_groups[0]["lr"], time.monotonic_ns(), file=witness, flush=True)
    run.log({"train/loss": loss.item(), "time/batch_s": 0.01}, step=step)
    time.sleep(0.01 * (rank + 1))
    run.safe_point(step=step)
    step += 1
run.finish()
distributed.destroy_process_group()
"""


class Pair:
    """The training, its witnesses, and the inbox of its rank 0."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]") -> None:
        self.folder = folder
        self.process = process
        self._sent = 0

    @property
    def directory(self) -> Path:
        """The directory of rank 0."""
        roots = [path.parent for path in (self.folder / "spool").glob("*/run.json")]
        [found] = [path for path in roots if layout.load_manifest(path).rank == 0]
        return found

    def ask(self, verb: str, **args: object) -> str:
        self._sent += 1
        manifest = layout.load_manifest(self.directory)
        until_ns = time.time_ns() + 600 * 10**9
        order = inbox.Order(f"c{self._sent}", verb, args, self._sent, until_ns)  # type: ignore[arg-type]
        inbox.save(self.directory, inbox.Inbox(manifest.run.id, manifest.writer, (order,)))
        return order.id

    def acted(self) -> dict[str, row.Acted]:
        """Return what both ranks told, each command once."""
        found: dict[str, row.Acted] = {}
        for path in [path.parent for path in (self.folder / "spool").glob("*/run.json")]:
            for lane in reader.lanes(path):
                for chunk in reader.chunks(path, lane=lane):
                    for entry in chunk.entries:
                        if isinstance(entry, row.Acted):
                            assert entry.id not in found
                            found[entry.id] = entry
        return found

    def outcome(self, command: str) -> row.Acted:
        self.until(lambda: command in self.acted())
        return self.acted()[command]

    def lines(self, rank: int) -> dict[int, tuple[float, int]]:
        """Return rate and time of every step of a rank, as it wrote them down itself."""
        path = self.folder / f"rank{rank}"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return {int(line[0]): (float(line[1]), int(line[2])) for line in lines if len(line) == 3}

    def rates(self, rank: int) -> dict[int, float]:
        return {step: rate for step, (rate, _) in self.lines(rank).items()}

    def until(self, true: Callable[[], bool]) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < end_s
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.2)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Pair]]:
    processes: list[subprocess.Popen[str]] = []

    def start(word: str = "") -> Pair:
        script = tmp_path / "train.py"
        script.write_text(TRAINING)
        launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
        own = {"YOLOSCOPE_DIR": str(tmp_path / "spool"), "OMP_NUM_THREADS": "1", "YOLOSCOPE_STRICT": "0"}
        process = subprocess.Popen(
            [*launcher, str(script), str(tmp_path), word],
            env={**os.environ, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        pair = Pair(tmp_path, process)
        pair.until(lambda: min(len(pair.lines(0)), len(pair.lines(1))) > 5)
        return pair

    yield start
    for process in processes:
        process.terminate()
        process.communicate(timeout=30)
    faults.end_couriers(tmp_path / "spool")


def test_both_ranks_act_at_the_same_step(started) -> None:
    pair = started()
    changed = pair.outcome(pair.ask("set", lr=0.01))
    assert (changed.state, changed.result) == ("applied", {"lr": {"from": 0.1, "to": 0.01}})
    assert changed.step is not None
    pair.until(lambda: min(max(pair.lines(0)), max(pair.lines(1))) > changed.step + 2)
    for rank in (0, 1):
        rates = pair.rates(rank)
        assert {step: rate for step, rate in rates.items() if step <= changed.step} == dict.fromkeys(
            range(changed.step + 1), 0.1
        )
        assert {rate for step, rate in rates.items() if step > changed.step} == {0.01}

    held = pair.outcome(pair.ask("pause"))
    assert held.state == "applied"
    time.sleep(1.0)
    assert max(pair.lines(0)) == max(pair.lines(1)) == held.step
    meanwhile = pair.outcome(pair.ask("set", lr=0.02))
    assert (meanwhile.state, meanwhile.step) == ("applied", held.step)
    assert pair.outcome(pair.ask("resume")).state == "applied"
    pair.until(lambda: min(max(pair.lines(0)), max(pair.lines(1))) > held.step + 2)
    assert pair.rates(0)[held.step + 1] == pair.rates(1)[held.step + 1] == 0.02

    asked = pair.ask("stop")
    assert pair.process.wait(PATIENCE_S) == 0
    stopped = pair.acted()[asked]
    assert (stopped.state, stopped.step) == ("applied", max(pair.lines(0)))
    assert max(pair.lines(0)) == max(pair.lines(1))


def test_what_fails_on_another_rank_is_told(started) -> None:
    pair = started("refuses")
    failed = pair.outcome(pair.ask("set", lr=0.01))
    assert (failed.state, failed.result["reason"]) == ("refused", "failed")
    assert failed.result["detail"] == "rank 1: RuntimeError"
    begun = max(pair.lines(0))
    pair.until(lambda: min(max(pair.lines(0)), max(pair.lines(1))) > begun + 5)
    assert pair.process.poll() is None
