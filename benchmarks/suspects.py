"""Whether a training finds its own wrong labels, and what that costs: precision among the first k suspects, and the extra time.

Each data set (`wrong_labels`) is trained on twice from the same seed, with and without looking, in processes of their own, one thread each. Both
must come to the same results to the last digit.

python -m benchmarks.suspects [--seeds 0 1 2] [--images 640] [--epochs 25] [--hard] [--json]
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine, wrong_labels
from yoloscope.boot import hook
from yoloscope.cli.demo import data
from yoloscope.curves.suspicion import ranking
from yoloscope.spool import layout, reader, suspects

FIRST = (10, 20, 30, 50, 75, 100, 150, 200)
MODEL = Path(data.__file__).with_name("micro.yaml")


def measure(seed: int, *, images: int, epochs: int, hard: bool, compare: bool = True) -> dict[str, object]:
    """Return what one seed comes to; without `compare` it is trained on once, with looking."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        description, wrong = wrong_labels.make(root / "data", images=images, seed=seed, hard=hard)
        turns = (True, False) if seed % 2 else (False, True)  # whatever the second one suffers from falls on both
        turns = turns if compare else (True,)
        spent = {looks: _train(root, description, seed=seed, epochs=epochs, looks=looks) for looks in turns}
        if compare:
            assert _results(root, looks=True) == _results(root, looks=False), "looking changed the training"
        assert not list(root.glob(f"spool-False/*/{suspects.FILE_NAME}")), "the switch did not end it"
        [directory] = [path.parent for path in (root / "spool-True").glob("*/run.json")]
        found = suspects.load(directory)
        assert found is not None
        begun_s = time.perf_counter()
        ranked = ranking.rank(*found.kept, classes=[one.classes for one in found.pictures], least=-10.0)
        ranked_s = time.perf_counter() - begun_s
        named = [_named(one, found.pictures) for one in ranked]
        hits = wrong_labels.hits(named, wrong)
        listed = sum(one.score >= ranking.SCORE_LEAST for one in ranked)
        own_s = _own_s(directory)
        return {
            "seed": seed,
            "boxes": sum(len(one.classes) for one in found.pictures),
            "wrong": len(wrong),
            "precision": {k: round(sum(hits[:k]) / k, 3) for k in FIRST},
            "listed": listed,
            "listed_right": sum(hits[:listed]),
            "sure": sum(one.score >= 3 for one in ranked),
            "sure_right": sum(hit for hit, one in zip(hits, ranked, strict=False) if one.score >= 3),
            "looks_a_picture": round(len(found.kept.visits) / len(found.pictures), 2),
            "file_kb": round((directory / suspects.FILE_NAME).stat().st_size / 1e3),
            "rank_ms": round(ranked_s * 1e3),
            "batches_s": round(spent[True]["batches_s"], 1),
            "own_share": round(own_s / spent[True]["batches_s"], 4),
            "wall_more": _more(spent, "wall_s"),
            "cpu_more": _more(spent, "cpu_s"),
        }


def _more(spent: dict[bool, dict[str, float]], name: str) -> float | None:
    return round(spent[True][name] / spent[False][name] - 1, 4) if False in spent else None


def _named(one: ranking.Suspect, pictures: list[suspects.Labels]) -> wrong_labels.Wrong:
    picture = pictures[one.image]
    left, top, right, bottom = (one.seen or (0, 0, 0, 0)) if one.box < 0 else picture.boxes[one.box].tolist()
    return wrong_labels.Wrong(Path(picture.path).stem, one.kind, (left, top, right, bottom))


def _train(root: Path, description: Path, *, seed: int, epochs: int, looks: bool) -> dict[str, float]:
    """Train in a process of its own, with the recording that users have; return what it took."""
    place = root / f"at-{looks}"
    place.mkdir()
    (place / "yoloscope.toml").write_text(f"[producers]\nsuspects = {str(looks).lower()}\n")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((hook.PATH_DIR, str(Path(__file__).parents[1]))),
        "OMP_NUM_THREADS": "1",
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(root / "settings"),
        "YOLOSCOPE_MODE": "offline",
        "YOLOSCOPE_STRICT": "1",
        "YOLOSCOPE_DIR": str(root / f"spool-{looks}"),
    }
    (root / "settings").mkdir(exist_ok=True)
    words = [sys.executable, "-m", "benchmarks.suspects", "--train", str(description), str(root / f"out-{looks}")]
    words += ["--seeds", str(seed), "--epochs", str(epochs)]
    done = subprocess.run(words, env=environment, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    return json.loads(done.stdout.splitlines()[-1])


def train(description: str, output: str, *, seed: int, epochs: int) -> None:
    """Train as a user would; print wall and processor seconds of all epochs, and wall seconds of batches."""
    from ultralytics import YOLO  # noqa: PLC0415  # only here

    spent = {"wall_s": 0.0, "cpu_s": 0.0, "batches_s": 0.0}
    since: dict[str, float] = {}

    def begin(_trainer: object) -> None:
        since.setdefault("wall_s", time.perf_counter())
        since.setdefault("cpu_s", time.process_time())
        since["batches_s"] = time.perf_counter()

    def end_batches(_trainer: object) -> None:
        spent["batches_s"] += time.perf_counter() - since["batches_s"]

    def end(_trainer: object) -> None:
        spent["wall_s"], spent["cpu_s"] = time.perf_counter() - since["wall_s"], time.process_time() - since["cpu_s"]

    model = YOLO(MODEL)
    for event, callback in (
        ("on_train_epoch_start", begin),
        ("on_train_epoch_end", end_batches),
        ("on_train_end", end),
    ):
        model.add_callback(event, callback)
    model.train(
        data=description,
        epochs=epochs,
        project=output,
        name="run",
        seed=seed,
        imgsz=64,
        batch=16,
        nbs=16,
        device="cpu",
        workers=0,
        optimizer="AdamW",
        lr0=0.005,
        warmup_epochs=1,
        warmup_bias_lr=0.0,
        mosaic=0.5,
        close_mosaic=0,
        fliplr=0.0,
        scale=0.2,
        plots=False,
        verbose=False,
    )
    print(json.dumps(spent))


def _results(root: Path, *, looks: bool) -> list[dict[str, str]]:
    with (root / f"out-{looks}" / "run" / "results.csv").open(newline="") as file:
        return [{name: value for name, value in line.items() if name != "time"} for line in csv.DictReader(file)]


def _own_s(directory: Path) -> float:
    """Return the seconds that looking says it took."""
    total = 0.0
    for lane in reader.lanes(directory):
        if lane >= layout.SIDECAR_LANE:
            continue
        for chunk in reader.chunks(directory, lane=lane):
            for entry in chunk.entries:
                names = getattr(entry, "names", ())
                if "overhead/suspects_s" in names:
                    values, at = memoryview(entry.values).cast("d"), names.index("overhead/suspects_s")
                    total += sum(values[at :: len(names)])
    return total


def main(*, seeds: tuple[int, ...] = (0, 1, 2), images: int = 640, epochs: int = 25, hard: bool | None = None) -> None:
    """Print a table for each data set."""
    for each in (False, True) if hard is None else (hard,):
        before = machine.load()
        found = [measure(seed, images=images, epochs=epochs, hard=each) for seed in seeds]
        print(f"{before} before, {machine.load()} after\n")
        title = "ten classes, faint" if each else "three classes"
        print(f"| {title}: precision among the first | " + " | ".join(map(str, FIRST)), end="")
        print(" | listed, of these right | boxes, wrong | looks | own share | wall | CPU | file |")
        print("|---" * (len(FIRST) + 8) + "|")
        for one in found:
            print(
                f"| seed {one['seed']} | " + " | ".join(f"{value:.2f}" for value in one["precision"].values()), end=""
            )
            print(
                f" | {one['listed']}, {one['listed_right']} | {one['boxes']}, {one['wrong']} | {one['looks_a_picture']}",
                end="",
            )
            print(
                f" | {one['own_share']:.2%} | {one['wall_more']:+.1%} | {one['cpu_more']:+.1%} | {one['file_kb']} kB |"
            )
        print(flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, default=640)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", action="store_true", help="with --json: no training without looking to compare with")
    parser.add_argument("--train", nargs=2, metavar=("DATA", "OUTPUT"))
    asked = parser.parse_args()
    if asked.train:
        train(*asked.train, seed=asked.seeds[0], epochs=asked.epochs)
    elif asked.json:
        for number in asked.seeds:
            found = measure(number, images=asked.images, epochs=asked.epochs, hard=asked.hard, compare=not asked.alone)
            print(json.dumps(found), flush=True)
    else:
        machine.describe()
        main(seeds=tuple(asked.seeds), images=asked.images, epochs=asked.epochs, hard=asked.hard)
