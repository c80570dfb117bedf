"""Which place this process has in a distributed training, told by whoever launched it.

torchrun, Ultralytics and most launchers set ``RANK``; where none is set, an initialised ``torch.distributed`` knows, then MPI and SLURM.
"""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Protocol, cast

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Rank 0 is the main process, which writes the training's numbers. ``told_by`` is the variable that said it, if one did."""

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    told_by: str = ""

    @property
    def is_guessed(self) -> bool:
        """Whether a scheduler said it, which also starts processes that have nothing to do with each other."""
        return self.told_by not in {"", _TORCH[0]}


class _Distributed(Protocol):
    is_initialized: Callable[[], bool]
    get_rank: Callable[[], int]
    get_world_size: Callable[[], int]


_TORCH = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
_SCHEDULERS = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
    ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"),
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"),
)
_LOCAL_SIZES = ("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS")


def place(environment: Mapping[str, str] = os.environ) -> Place:
    """Return the place of this process; a process that nobody launched beside others has rank 0 of 1."""
    return _told(environment, *_TORCH) or _initialized() or _by_scheduler(environment) or Place()


def is_one_machine(place: Place, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether all processes of a training run on this machine, as far as whoever launched them says."""
    for name in _LOCAL_SIZES:
        size = _number(environment.get(name))
        if size is not None:
            return size == place.world_size
    return environment.get("MASTER_ADDR", "") in {"", "localhost", "127.0.0.1", "::1"}


def _by_scheduler(environment: Mapping[str, str]) -> Place | None:
    """Return what MPI or SLURM says.

    Their tasks may as well be trainings of their own that know nothing of each other, a sweep for example. They count as one
    training where they are told how to meet; rather a run too many than numbers left out.
    """
    if "MASTER_ADDR" not in environment:
        return None
    return next((found for names in _SCHEDULERS if (found := _told(environment, *names))), None)


def _told(environment: Mapping[str, str], rank: str, world_size: str, local_rank: str) -> Place | None:
    """Return what three variables say; a rank beside no world of that size is something else, such as the rank of a matrix."""
    found, size = _number(environment.get(rank)), _number(environment.get(world_size))
    if found is None or size is None or found >= size:
        return None
    return Place(found, size, _number(environment.get(local_rank)) or 0, told_by=rank)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _initialized() -> Place | None:
    """Return what ``torch.distributed`` says, if the training has imported and initialised it."""
    distributed = cast("_Distributed | None", sys.modules.get("torch.distributed"))
    try:
        if distributed is not None and distributed.is_initialized():
            return Place(distributed.get_rank(), distributed.get_world_size())
    except (AttributeError, RuntimeError, ValueError):  # a build of torch without it
        return None
    return None
