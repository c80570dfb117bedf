"""Lets a script that `yoloscope resume` has started again go on where it was, with no word of that in the script.

The first ``YOLO(…).train(…)`` of the process takes the checkpoint of the run that ``YOLOSCOPE_RESUME`` names, as ``train(resume=True)`` of that
checkpoint would. Loaded by `boot.hook` only where that variable is set.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Protocol

from yoloscope.boot import hook
from yoloscope.integrations.ultralytics import resume


class _Model(Protocol):
    """The part of a model that is used here."""

    _load: Callable[[str], None]


def tap(module: ModuleType) -> None:
    """Have the first training of this process go on from the checkpoint that it was started for."""
    owner = getattr(module, "Model", None)
    original: Callable[..., object] | None = getattr(owner, "train", None)
    if owner is None or original is None:
        return

    def train(self: _Model, trainer: object = None, **kwargs: object) -> object:
        checkpoint = _taken()
        if checkpoint is None:
            return original(self, trainer, **kwargs)
        sys.stderr.write(f"yoloscope: this training goes on from {checkpoint}\n")
        self._load(str(checkpoint))  # pyright: ignore[reportPrivateUsage]  # a new object would not be the one that the script holds
        return original(self, trainer, **{**kwargs, "resume": True})

    owner.train = train


def _taken() -> Path | None:
    """Return the checkpoint to go on from, once; None unless it is one of the run that is meant."""
    run, text = os.environ.get(hook.RESUME), os.environ.pop(hook.RESUME_FROM, None)
    if not run or not text:
        return None
    del os.environ[hook.RESUME]
    checkpoint = Path(text)
    note = resume.find(checkpoint.parent.parent)
    if checkpoint.is_file() and note is not None and note.run == run:
        return checkpoint
    sys.stderr.write(f"yoloscope: {checkpoint} is no checkpoint of run {run}; this training starts anew\n")
    return None
