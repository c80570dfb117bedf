"""The parts of Ultralytics' and torch's objects that are read here, as protocols; what a version may lack is read by `attribute`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

Default = TypeVar("Default")


class Tensor(Protocol):
    """A torch tensor with one element or a few."""

    ndim: int
    dtype: object
    device: object

    def detach(self) -> "Tensor":
        """Return it without its history."""
        ...

    def reshape(self, *shape: int) -> "Tensor":
        """Return it in another shape."""
        ...

    def numel(self) -> int:
        """Return how many elements it has."""
        ...

    def tolist(self) -> list[float]:
        """Return its elements, waiting for the GPU."""
        ...

    def __float__(self) -> float: ...


class Optimizer(Protocol):
    """A torch optimizer."""

    param_groups: Sequence[MutableMapping[str, object]]


class Module(Protocol):
    """A torch module."""

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Return all parameters with their dotted names."""
        ...


class Loader(Protocol):
    """A data loader."""

    dataset: object

    def __len__(self) -> int: ...


class Stopper(Protocol):
    """What decides on early stopping; epochs count from 1."""

    best_epoch: int
    patience: float


class Trainer(Protocol):
    """A trainer from `on_train_start` on."""

    args: object
    batch_size: int
    data: Mapping[str, object]
    epoch: int
    epochs: int
    start_epoch: int
    loss_items: object
    tloss: object
    metrics: Mapping[str, object] | None
    model: Module
    optimizer: Optimizer
    optimizer_step: Callable[..., object]
    save_dir: Path
    stopper: Stopper
    stop: bool
    train_loader: Loader
    test_loader: Loader | None
    validator: object

    def label_loss_items(self, loss_items: object = None, prefix: str = "train") -> Iterable[str]:
        """Return a mapping whose keys are the names of the loss components."""
        ...


def attribute(owner: object, path: str, default: Default) -> Default:
    """Return `owner.a.b` for the path ``"a.b"`` if it is there and of the default's type, else the default.

    Integers pass for floats; with `None` as default anything passes.
    """
    value: object = owner
    for name in path.split("."):
        value = getattr(value, name, None)
    if default is None or isinstance(value, type(default)):
        return value  # pyright: ignore[reportReturnType]  # its type has just been compared
    if isinstance(default, float) and isinstance(value, int):
        return float(value)  # pyright: ignore[reportReturnType]  # float is the default's type
    return default
