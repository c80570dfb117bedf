"""On what a table was made: machine, versions, and how busy it was; every table says it."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PEERS = ("tensorboardX", "wandb", "mlflow-skinny", "mlflow", "trackio", "swanlab")
_OURS = ("numpy", "yoloscope")


def describe() -> None:
    """Print the machine and the versions."""
    print(f"{_processor()}, {os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}")
    print(", ".join(f"{name} {found}" for name in _OURS + _PEERS if (found := _version(name))) + "\n")


def load() -> str:
    """Return the load averages over 1, 5 and 15 minutes."""
    return "load " + " ".join(f"{value:.1f}" for value in os.getloadavg())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
