"""What an integration is, and `attach`: the one public door to all of them.

An integration watches a framework that the training has imported itself; it never imports one. It turns the framework's events
into calls of one `sdk.run.Run`: numbers at batches and epochs, sections at the start, an end state. Each of its parts stands in
`sdk.guard`, so that a fault costs that part alone.
"""

import os
from typing import TYPE_CHECKING, TypeVar, cast

from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.sdk import run as runs

if TYPE_CHECKING:
    from torch import nn

Target = TypeVar("Target")


def attach(target: Target, optimizer: object = None, *, run: runs.Run | None = None) -> Target:
    """Record what a training tells beside what its loop logs; returns `target`.

    An Ultralytics model or trainer: its trainings in this process and in those it starts; a run begins when the training does. A torch module of a loop of
    one's own: with `optimizer` (one, or a list; without any those that step the module are found), to `run` or the one that `init` made last, until that
    is finished. Calling again changes nothing.

    Raises:
        ConfigError: if no integration knows the object, what was given for the optimizer is none, or a module comes without a run.
    """
    if _is_of(target, "ultralytics") and optimizer is None:
        hook.install()
        _reach_children()
    elif _is_of(target, "torch.nn"):
        from yoloscope.integrations.torch import watch

        watch.attach(cast("nn.Module", target), optimizer, run)
    else:
        raise errors.ConfigError(
            f"attach() takes an Ultralytics model or trainer, or a torch module, not {type(target).__name__!r}; "
            "for any other loop use yoloscope.init() and run.log()"
        )
    return target


def _is_of(target: object, package: str) -> bool:
    return any(f"{base.__module__}.".startswith(f"{package}.") for base in type(target).__mro__)


def _reach_children() -> None:
    """Let processes started from here find the hook: the workers of a distributed training are such."""
    entries = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if hook.PATH_DIR not in entries:
        os.environ["PYTHONPATH"] = os.pathsep.join((hook.PATH_DIR, *entries))
