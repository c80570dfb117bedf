"""Run in a process of its own by `probing`: imports torch, asks the driver, and computes a little on each card.

It prints one line of JSON after each stage, so that whoever waits knows where it hung. Nothing of yoloscope is imported.
"""

import ctypes
import json
import math
import sys
from types import ModuleType

SIDE = 512


def tell(**values: object) -> None:
    """Print one line that the parent finds among whatever libraries print."""
    sys.stdout.write("\x1eyoloscope " + json.dumps(values) + "\n")
    sys.stdout.flush()


def driver_cuda() -> list[int] | None:
    """Return the newest CUDA that the installed driver knows, as major and minor; None without a driver."""
    try:
        library = ctypes.CDLL("libcuda.so.1")
        version = ctypes.c_int(0)
        if library.cuDriverGetVersion(ctypes.byref(version)) != 0:
            return None
    except (OSError, AttributeError):
        return None
    return [version.value // 1000, version.value % 1000 // 10]


def described(torch: ModuleType) -> dict[str, object]:
    """Return what torch tells of itself; asking for cards starts CUDA."""
    found: dict[str, object] = {
        "version": str(torch.__version__),
        "cuda": torch.version.cuda,
        "hip": getattr(torch.version, "hip", None),
    }
    if found["cuda"] is None and found["hip"] is None:
        return found
    try:
        found["available"] = torch.cuda.is_available()
        if found["available"]:
            torch.cuda.init()
        found["cudnn"] = torch.backends.cudnn.version()
        found["architectures"] = torch.cuda.get_arch_list()
    except Exception as error:  # noqa: BLE001  # whatever a driver does is what was asked for
        found["reason"] = f"{type(error).__name__}: {error}"[:300]
        found.setdefault("available", False)
    return found


def card(torch: ModuleType, index: int) -> dict[str, object]:
    """Return what a card is, and how far its results are from the CPU's."""
    found: dict[str, object] = {
        "name": torch.cuda.get_device_name(index),
        "capability": "{}.{}".format(*torch.cuda.get_device_capability(index)),
    }
    try:
        found["difference"] = difference(torch, f"cuda:{index}")
    except Exception as error:  # noqa: BLE001  # whatever a driver does is what was asked for
        found["error"] = f"{type(error).__name__}: {error}"[:300]
    return found


def difference(torch: ModuleType, device: str) -> float:
    """Return the greatest deviation of a matrix product and a convolution on `device` from the CPU's, relative to the largest result.

    Raises:
        ArithmeticError: if a result is no number.
    """
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    chance = torch.Generator().manual_seed(0)
    left, right = (torch.randn(SIDE, SIDE, generator=chance) for _ in range(2))
    pictures = torch.randn(2, 16, 64, 64, generator=chance)
    kernels = torch.randn(32, 16, 3, 3, generator=chance)

    def both(where: str) -> list[list[float]]:
        product = left.to(where) @ right.to(where)
        filtered = torch.nn.functional.conv2d(pictures.to(where), kernels.to(where), padding=1)
        return [product.cpu().flatten().tolist(), filtered.cpu().flatten().tolist()]

    return max(deviation(ours, theirs) for ours, theirs in zip(both("cpu"), both(device), strict=True))


def deviation(ours: list[float], theirs: list[float]) -> float:
    """Return the greatest difference of two lists of equal length, relative to the largest of ours.

    Raises:
        ArithmeticError: if one of theirs is no number.
    """
    if not all(map(math.isfinite, theirs)):
        raise ArithmeticError("the result is not a number")
    return max(abs(one - other) for one, other in zip(ours, theirs, strict=True)) / max(map(abs, ours))


def main() -> None:
    """Tell the driver, torch, and each card, in this order."""
    tell(driver_cuda=driver_cuda())
    tell(stage="import")
    try:
        import torch

        tell(stage="start")
        found = described(torch)
    except BaseException as error:  # noqa: BLE001  # as above, and some packages leave by SystemExit
        tell(torch_error=f"{type(error).__name__}: {error}"[:300])
        return
    tell(torch=found)
    for index in range(torch.cuda.device_count() if found.get("available") else 0):
        tell(stage=f"cuda:{index}")
        tell(card=card(torch, index))
    tell(stage="")


if __name__ == "__main__":
    main()
