"""Starting the sidecar: a small process beside the training that owns network, disk and machine work."""

import os
import sys
from pathlib import Path

import yoloscope
from yoloscope.spool import platform

_NOT_FOR_SIDECARS = ("YOLOSCOPE_RUN", "LD_PRELOAD", "PYTHONSTARTUP", "COVERAGE_PROCESS_START")


def start(directory: Path) -> int:
    """Start the sidecar of a writer's directory and return its pid; it outlives this process until all is sent."""
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_SIDECARS}
    home = str(Path(yoloscope.__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (home, environment.get("PYTHONPATH", "")) if part
    )  # the training may run from a checkout
    environment["OPENBLAS_NUM_THREADS"] = "1"  # numpy would open a thread a core for nothing
    environment["OMP_NUM_THREADS"] = "1"
    command = [sys.executable, "-m", "yoloscope.sidecar", str(directory)]
    return platform.start_detached(command, environment=environment, output=directory / "sidecar.log")
