"""The numbers of one batch: loss components, learning rates by role, memory; each read with at most one wait for the GPU.

Loss values are `trainer.loss_items`, the batch's own; `trainer.tloss`, the running mean that ``results.csv`` shows, is an epoch's.
"""

import os
from collections.abc import Iterable, Mapping
from typing import cast

from yoloscope.integrations.ultralytics import shapes

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_STATM = "/proc/self/statm"


def loss_names(trainer: shapes.Trainer, *, prefix: str = "train") -> tuple[str, ...]:
    """Return the series names of the loss components, in the order of `losses`; the framework names them."""
    return tuple(trainer.label_loss_items(trainer.loss_items, prefix=prefix))


def losses(items: object) -> list[float]:
    """Return the components of `loss_items` or `tloss`, exact: a dict of tensors since 8.4, one tensor before.

    Ultralytics prints these every batch, so the GPU is waited for in any case; a dict costs one transfer, not one a component.
    """
    if not isinstance(items, Mapping):
        return _flat(cast("shapes.Tensor", items))
    tensors = list(cast("Mapping[str, shapes.Tensor]", items).values())
    if len({str(getattr(tensor, "device", "cpu")) for tensor in tensors} - {"cpu"}) == 1:
        import torch

        return _flat(torch.stack(tensors))  # pyright: ignore[reportArgumentType]  # torch's are the real ones
    return [float(tensor) for tensor in tensors]


def _flat(tensor: shapes.Tensor) -> list[float]:
    return tensor.detach().reshape(-1).tolist()


def group_roles(groups: Iterable[Mapping[str, object]], *, model: shapes.Module) -> tuple[str, ...]:
    """Return each parameter group's role: ``weight``, ``bias``, ``bn`` or the framework's own word; repeated ones get ``.1``, ``.2``.

    A group's position means nothing: biases come first before Ultralytics 8.4 and last since.
    """
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    seen: dict[str, int] = {}
    roles: list[str] = []
    for group in groups:
        role = _role(group, names=names)
        again = seen.get(role, 0)
        seen[role] = again + 1
        roles.append(f"{role}.{again}" if again else role)
    return tuple(roles)


def _role(group: Mapping[str, object], *, names: Mapping[int, str]) -> str:
    said = group.get("param_group")
    if isinstance(said, str) and said:
        return said
    if group.get("weight_decay"):
        return "weight"
    parameters = cast("Iterable[object]", group.get("params") or ())
    members = [names.get(id(parameter), "") for parameter in parameters]
    return "bias" if members and all(name.endswith("bias") for name in members) else "bn"


def learning_rates(groups: Iterable[Mapping[str, object]], *, roles: Iterable[str]) -> dict[str, object]:
    """Return the rate of each group as it was used for this batch, by role."""
    return {f"lr/{role}": group["lr"] for role, group in zip(roles, groups, strict=False)}


def memory(device: object) -> dict[str, object]:
    """Return the resident memory of this process and, on CUDA, what the allocator holds; microseconds, no synchronisation."""
    found: dict[str, object] = {}
    resident = _resident_bytes()
    if resident is not None:
        found["system/process/rss_bytes"] = resident
    if getattr(device, "type", "cpu") == "cuda":
        import torch

        index = shapes.attribute(device, "index", 0)
        found["system/process/gpu_reserved_bytes"] = torch.cuda.memory_reserved(index)
    return found


def _resident_bytes() -> int | None:
    try:
        handle = os.open(_STATM, os.O_RDONLY)
    except OSError:
        return None
    try:
        return int(os.read(handle, 128).split()[1]) * _PAGE_BYTES
    finally:
        os.close(handle)
