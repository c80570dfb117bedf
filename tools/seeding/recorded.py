"""Recorded Ultralytics trainings (tests/data/trainings), told to the SDK row by row as its integration would have told them."""

import json
from collections.abc import Iterator
from pathlib import Path

from tools.seeding.clock import Clock

import yoloscope

TITLES = {"d0": "scratch", "d1": "划痕/轻微 (A)", "d2": "dent"}
"""The recordings' three classes under names as a factory gives them."""
_CLASS_METRICS = {"p": "precision", "r": "recall", "ap50": "AP50", "ap": "AP50-95"}
_SPEED = {"preprocess": "preprocess", "inference": "inference", "postprocess": "postprocess"}


def tell(folder: Path, *, clock: Clock, ends_s: float, project: str) -> str:
    """Tell one training so that its last row lies at `ends_s`; return the run's id."""
    manifest = json.loads((folder / "manifest.json").read_text())
    batches, epochs = _lines(folder / "batch.jsonl"), _lines(folder / "epoch.jsonl")
    told = sorted([*batches, *epochs], key=lambda one: (one["a"], one["t"]))
    clock.stand_at(ends_s + told[0]["t"] - told[-1]["t"] - 2)
    run = yoloscope.init(
        project=project,
        name=folder.name.replace("_", "-"),
        config=_config(manifest),
        tags=_tags(manifest),
        framework="ultralytics",
    )
    run.name_classes(dict(enumerate(TITLES.values())))
    run.update(
        "provenance",
        {"packages": manifest["versions"], "command": f"yolo detect train model={manifest['model']} data=signs.yaml"},
    )
    step, attempt, epoch = -1, 0, 0
    _settle(run, folder, attempt, manifest)
    for one in told:
        clock.stand_at(ends_s + one["t"] - told[-1]["t"])
        if one["a"] != attempt:  # killed and resumed
            attempt, epoch = one["a"], _started(folder, one["a"])["start_epoch"]
            run.new_attempt(start_epoch=float(epoch), start_step=epoch * _started(folder, attempt)["nb"])
            _settle(run, folder, attempt, manifest)
        elif one["ep"] < epoch:  # the framework found NaN and went back
            run.new_attempt(start_epoch=float(one["ep"]), start_step=one["ni"])
        epoch = one["ep"]
        step = one.get("ni", step)
        if one.get("final"):
            continue
        count = _started(folder, attempt)["nb"]
        row = _batch_row(one) if "ni" in one else _epoch_row(one)
        run.log(row, step=step, epoch=(step + 1) / count if "ni" in one else one["ep"] + 1.0)
        if "ni" not in one:
            run.update(
                "progress",
                {
                    "epoch": one["ep"] + 1,
                    "epochs": _started(folder, attempt)["epochs"],
                    "best_epoch": one["best_epoch"],
                },
            )
    run.finish(state="failed" if manifest.get("error") else "finished", reason=manifest.get("error"))
    return run.id


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _started(folder: Path, attempt: int) -> dict:
    path = folder / f"start.{attempt}.json"
    return json.loads((path if path.exists() else folder / "start.0.json").read_text())


def _config(manifest: dict) -> dict[str, object]:
    return {"model": manifest["model"], "data": "signs.yaml", **manifest["train"]}


def _tags(manifest: dict) -> list[str]:
    return ["recorded"] if manifest["fault"] in {"none", "healthy"} else ["recorded", manifest["fault"][:60]]


def _settle(run: yoloscope.Run, folder: Path, attempt: int, manifest: dict) -> None:
    """Tell the settings that were in effect."""
    started = _started(folder, attempt)
    run.update(
        "settings",
        {
            "model": manifest["model"],
            "optimizer": started["optimizer"],
            "lr0": started["groups"][0].get("initial_lr"),
            "batch": manifest["train"]["batch"],
            "imgsz": manifest["train"]["imgsz"],
            "epochs": started["epochs"],
            "parameters": started["params"],
            "batches": started["nb"],
            "close_mosaic": manifest["train"]["close_mosaic"],
            "warmup_epochs": manifest["train"]["warmup_epochs"],
            "patience": manifest["train"].get("patience", 100),
            "data": {"train": {"images": started["ntrain"]}, "val": {"images": started["nval"]}},
        },
    )


def _number(value: object) -> float:
    return float(value) if value is not None else float("nan")  # "nan" and "inf" are texts there


def _batch_row(one: dict) -> dict[str, float]:
    row = {f"train/{name}": _number(one[name]) for name in ("box_loss", "cls_loss", "dfl_loss")}
    row |= {
        "lr/weight": one["lr"][0],
        "lr/bn": one["lr"][1],
        "lr/bias": one["lr"][2],
        "time/data_s": one["data_t"],
        "time/batch_s": one["batch_t"],
    }
    row["system/process/rss_bytes"] = one["rss_mb"] * 2**20
    row["system/cpu_percent"] = min(100.0, one["cpu"] / 2)
    if one["gn"] is not None:
        row["grad/norm"] = _number(one["gn"])
    return row


def _epoch_row(one: dict) -> dict[str, float]:
    row = {f"train/epoch/{name}": _number(value) for name, value in one["tloss"].items()}
    row |= {name: _number(value) for name, value in one["metrics"].items()}
    row |= {f"time/{name}_s": one["speed"][key] / 1e3 for key, name in _SPEED.items() if key in one.get("speed", {})}
    row["time/epoch_s"] = one["epoch_time"]
    row |= dict(_class_values(one.get("per_class") or {}))
    return row


def _class_values(classes: dict[str, dict[str, float]]) -> Iterator[tuple[str, float]]:
    for name, found in classes.items():
        for key, metric in _CLASS_METRICS.items():
            yield f"class/{TITLES.get(name, name)}/{metric}", _number(found[key])
