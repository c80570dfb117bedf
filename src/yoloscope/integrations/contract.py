"""What an integration is, and `attach`: the one public door to all of them.

An integration watches a framework that the training has imported itself; it never imports one. It turns the framework's events
into calls of one `sdk.run.Run`: numbers at batches and epochs, sections at the start, an end state. Each of its parts stands in
`sdk.guard`, so that a fault costs that part alone.
"""

import os
from typing import TypeVar

from yoloscope import errors
from yoloscope.boot import hook

Target = TypeVar("Target")


def attach(target: Target) -> Target:
    """Record the trainings of `target`'s framework in this process and in those it starts; returns `target`.

    `target` is an Ultralytics model or trainer. A run begins when the training does, and calling again changes nothing.

    Raises:
        ConfigError: if no integration knows the object.
    """
    if not _is_of(target, "ultralytics"):
        raise errors.ConfigError(
            f"attach() takes an Ultralytics model or trainer, not {type(target).__name__!r}; "
            "for any other loop use yoloscope.init() and run.log()"
        )
    hook.install()
    _reach_children()
    return target


def _is_of(target: object, package: str) -> bool:
    return any(base.__module__.partition(".")[0] == package for base in type(target).__mro__)


def _reach_children() -> None:
    """Let processes started from here find the hook: the workers of a distributed training are such."""
    entries = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if hook.PATH_DIR not in entries:
        os.environ["PYTHONPATH"] = os.pathsep.join((hook.PATH_DIR, *entries))
