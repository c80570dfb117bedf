"""A full checkpoint on demand, by the framework's own writer; neither ``last.pt`` nor ``best.pt`` is touched.

It holds the weights of now and the number of the last complete epoch: resumed from it, a training does the epoch it was in once more.
"""

import contextlib
import os
import pickle
from collections.abc import Generator
from pathlib import Path
from typing import cast

import torch

from yoloscope import errors
from yoloscope.integrations.ultralytics.control import live

KEPT = 3
PREFIX = "yoloscope-"
_HEADER = "epoch\n"


def save(trainer: live.Trainer, *, step: int, epoch: float | None) -> dict[str, object]:
    """Write ``weights/yoloscope-<step>.pt`` whole or not at all, and remove all but the newest three of them.

    Raises:
        CommandRefused: if it cannot be written or read again; nothing is left behind.
    """
    done = int(epoch or 0) - 1  # the epoch that was completed last, from 0
    file = trainer.wdir / f"{PREFIX}{step}.pt"
    write(trainer, file, done=max(done, 0))
    mine = sorted(trainer.wdir.glob(f"{PREFIX}*.pt"), key=lambda path: path.stat().st_mtime_ns)
    for old in mine[:-KEPT]:
        old.unlink(missing_ok=True)
    return {"file": file.name, "bytes": file.stat().st_size, "epochs": max(done, 0) + 1}


def write(trainer: live.Trainer, file: Path, *, done: int) -> None:
    """Have the framework write a checkpoint of now, which says that the epoch `done` is complete, and put it in place once it was read again.

    Raises:
        CommandRefused: ``failed``; what was there is there still.
    """
    partial = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with _writing_to(trainer, partial, done=done):
            trainer.save_model()
        _check(partial)
        partial.replace(file)
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError, EOFError, pickle.PickleError) as error:
        why = type(error).__name__  # its text may hold paths, which stay here
        raise errors.CommandRefused(f"no checkpoint could be written: {why}", reason="failed") from error
    finally:
        partial.unlink(missing_ok=True)


def load(file: Path) -> dict[str, object]:
    """Return what a checkpoint of this training holds, on the processor.

    Raises:
        OSError, RuntimeError, ValueError, EOFError: if it cannot be read.
    """
    found = cast(
        "object", torch.load(file, map_location="cpu", weights_only=False)
    )  # the training's own, as it loads them
    if not isinstance(found, dict):
        raise ValueError(f"{file.name} is no checkpoint")  # noqa: TRY004  # a file's contents, no argument
    return cast("dict[str, object]", found)


@contextlib.contextmanager
def _writing_to(trainer: live.Trainer, file: Path, *, done: int) -> Generator[None]:
    """Point everything that the framework's writer writes to one file, and put back what was pointed to."""
    before = trainer.last, trainer.best, trainer.save_period, trainer.epoch, trainer.csv
    lines = file.with_suffix(".csv")
    try:
        if not trainer.csv.exists():  # before the first epoch's end; versions before 8.3 read it in any case
            lines.write_text(_HEADER)
            trainer.csv = lines
        trainer.last = trainer.best = file
        trainer.save_period = -1
        trainer.epoch = done
        yield
    finally:
        trainer.last, trainer.best, trainer.save_period, trainer.epoch, trainer.csv = before
        lines.unlink(missing_ok=True)


def _check(file: Path) -> None:
    """Raise ValueError unless a training could be resumed from a file."""
    found = load(file)
    if found.get("optimizer") is None or (found.get("ema") is None and found.get("model") is None):
        raise ValueError("it holds no weights or no optimizer")
