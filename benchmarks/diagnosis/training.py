"""One training of the proof, in a process of its own: ``python -m benchmarks.diagnosis.training JOB.json DATA_YAML OUTPUT [WEIGHTS]``."""

import sys
from pathlib import Path

import msgspec
from ultralytics import YOLO

from benchmarks.diagnosis import hooks, jobs
from yoloscope.cli import demo

MODELS = Path(__file__).with_name("models")
QUIET = {"device": "cpu", "workers": 0, "plots": False, "verbose": False, "exist_ok": True}


def model_file(name: str) -> Path:
    """Return the description of a model."""
    return Path(demo.__file__).with_name("micro.yaml") if name == "micro" else MODELS / f"{name}.yaml"


def main(job_file: str, data: str, output: str, weights: str = "") -> None:
    """Train as the job says."""
    job = msgspec.json.decode(Path(job_file).read_bytes(), type=jobs.Job)
    arguments = {**job.arguments, **QUIET, "data": data, "project": output, "name": "run", "seed": job.seed}
    model = YOLO(weights or model_file(job.model))
    if job.script == "resume":
        _stop_half_way(model, arguments)
        YOLO(Path(output) / "run" / "weights" / "last.pt").train(resume=True)
    elif job.hook is not None:
        kind = hooks.trainer_with(job.hook)
        for event, act in hooks.callbacks(kind).items():
            model.add_callback(event, act)
        model.train(trainer=kind, **arguments)
    else:
        model.train(**arguments)


def _stop_half_way(model: YOLO, arguments: dict[str, object]) -> None:
    """Train until somebody presses Ctrl-C in the middle of an epoch."""
    half = int(str(arguments["epochs"])) // 2

    def leave(trainer: object) -> None:
        if trainer.epoch == half:  # pyright: ignore[reportAttributeAccessIssue]
            raise KeyboardInterrupt

    model.add_callback("on_train_batch_end", leave)
    try:
        model.train(**arguments)
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
