"""Starting the sidecar: a small process beside the training that owns network, disk and machine work."""

import os
import sys
from pathlib import Path

import yoloscope
from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.spool import platform, threads

_NOT_FOR_SIDECARS = (
    hook.HANDSHAKE,
    "COVERAGE_PROCESS_START",
    "LD_PRELOAD",
    "PYTHONINSPECT",
    "PYTHONSTARTUP",
    "PYTHONTRACEMALLOC",
    "PYTHONWARNINGS",
)
BEGIN = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import importlib.util
_, package, directory = sys.argv
spec = importlib.util.spec_from_file_location(
    "yoloscope", package + "/__init__.py", submodule_search_locations=[package]
)
module = sys.modules["yoloscope"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from yoloscope.sidecar import __main__ as sidecar
sidecar.main(directory)
"""
"""Imports this very package by its place and nothing else beside it: the training may run in an environment that has none or another
one, and its folder, where `-c` would look first, may hold files named like modules that we need."""


def start(directory: Path) -> int:
    """Start the sidecar of a writer's directory and return its pid; it outlives this process until all is sent.

    Raises:
        SpoolError: if no process could be started; the rows are safe.
    """
    package = str(Path(yoloscope.__file__).resolve().parent)
    command = [sys.executable, "-c", BEGIN, package, str(directory)]
    try:
        return platform.start_detached(command, environment=_environment(), output=directory / "sidecar.log")
    except OSError as error:
        raise errors.SpoolError(
            f"the sidecar could not be started ({error}); rows are kept, send them later with: yoloscope sync {directory}"
        ) from error


def _environment() -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_SIDECARS}
    path = [entry for entry in environment.pop("PYTHONPATH", "").split(os.pathsep) if entry and entry != hook.PATH_DIR]
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(path)
    return threads.few(environment)
