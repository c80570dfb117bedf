"""Every number that a real training logged is read back over HTTP, to the last bit."""

from collections.abc import Callable
from pathlib import Path

import harness
import pytest

from yoloscope.records import names

pytestmark = [pytest.mark.slow, pytest.mark.torch, pytest.mark.timeout(240)]
NAMES_AT_ONCE = 20


def stored(up, run: str, *, x: str, wanted: list[str]) -> dict[tuple[str, str], str]:
    """Return every point over HTTP as (name, x) → value, both exact."""
    points: dict[tuple[str, str], str] = {}
    for first in range(0, len(wanted), NAMES_AT_ONCE):
        part = wanted[first : first + NAMES_AT_ONCE]
        answer = up.get("/api/v1/series", run=run, name=part, x=x, buckets=0)
        for series in answer["series"]:
            for at, value in zip(series["x"], series["y"], strict=True):
                points[series["name"], float(at).hex()] = float(value).hex()
    return points


@pytest.fixture(autouse=True)
def names_of_classes_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every name be stored as it was logged."""
    (tmp_path / "yoloscope.toml").write_text('[policy]\nclass_names = "text"\n')
    monkeypatch.chdir(tmp_path)


def train_online(up, root: Path, *, kind: str) -> harness.Trained:
    """Run a training that sends to a server, and return once everything is there."""
    trained = harness.Trained(root)
    online = {"YOLOSCOPE_MODE": "online", "YOLOSCOPE_SERVER": up.url, "YOLOSCOPE_TOKEN": up.token}
    trained.run(kind, environment={**online, "YOLOSCOPE_STRICT": "1"})
    for sidecar in harness.sidecars(root):
        sidecar.wait(60)
    return trained


def test_a_resumed_training_shows_every_step_and_every_epoch_once(start_up: Callable, tmp_path: Path) -> None:
    up = start_up()
    trained = train_online(up, tmp_path, kind="resumed")
    run_id = trained.recorded("resumed")[0].manifest.run.id
    wanted = ["train/box_loss", "metrics/mAP50"]
    shown = sorted(stored(up, run_id, x="step", wanted=wanted), key=lambda point: float.fromhex(point[1]))
    assert [float.fromhex(at) for name, at in shown if name == "train/box_loss"] == list(range(12))
    assert [float.fromhex(at) for name, at in shown if name == "metrics/mAP50"] == [3, 7, 11]


def test_all_that_was_logged_is_read_back_bit_for_bit(start_up: Callable, tmp_path: Path) -> None:
    up = start_up()
    trained = train_online(up, tmp_path, kind="plain")
    [run] = trained.recorded("plain")
    run_id = run.manifest.run.id

    logged = sorted({name for row in run.rows for name in row.values})
    by_step = {(n, float(row.step).hex()): v.hex() for row in run.rows for n, v in row.values.items()}
    by_epoch = {
        (n, row.epoch.hex()): v.hex() for row in run.rows if row.epoch is not None for n, v in row.values.items()
    }
    assert stored(up, run_id, x="step", wanted=logged) == by_step
    in_epochs = [name for name in logged if not name.startswith("final/")]
    assert stored(up, run_id, x="epoch", wanted=in_epochs) == by_epoch

    seen = witnessed(trained)
    assert seen == {key: value for key, value in by_step.items() if key in seen}
    assert len(seen) == 8 * 6 + 2 * (3 + 7)
    known = up.get(f"/api/v1/runs/{run_id}")
    assert (known["state"], known["epoch"], known["epochs"]) == ("finished", 2, 2)


def witnessed(trained: harness.Trained) -> dict[tuple[str, str], str]:
    """Return what the training's own callback saw, as (name, step) → value; four batches make an epoch."""
    seen = trained.witnessed("plain")
    points: dict[tuple[str, str], str] = {}
    for step, batch in enumerate(seen["batches"]):
        points |= {(name, float(step).hex()): value for name, value in batch.items()}
        rates = zip(("weight", "bn", "bias"), seen["rates"][step], strict=True)
        points |= {(f"lr/{role}", float(step).hex()): value for role, value in rates}
    for epoch, (mean, metrics) in enumerate(zip(seen["means"], seen["epochs"], strict=False)):
        at = float(4 * epoch + 3).hex()
        points |= {(name, at): value for name, value in mean.items()}
        points |= {(names.canonical(name), at): value for name, value in metrics.items()}
    return points
