"""What in this process decides on the numbers of a training and cannot be seen from outside: torch's version, seed, threads and exactness.

Read from modules that the training has imported itself; nothing is imported here, and without torch there is nothing to tell.
"""

import sys
from collections.abc import Callable

_ASKED = {
    "cudnn": "backends.cudnn.version",
    "torch_seed": "initial_seed",
    "torch_threads": "get_num_threads",
    "deterministic_algorithms": "are_deterministic_algorithms_enabled",
    "float32_matmul": "get_float32_matmul_precision",
}
_READ = {
    "cuda": "version.cuda",
    "cudnn_benchmark": "backends.cudnn.benchmark",
    "cudnn_deterministic": "backends.cudnn.deterministic",
}


def facts() -> dict[str, object]:
    """Return what torch tells of itself, empty where it is not imported; costs microseconds."""
    torch = sys.modules.get("torch")
    if torch is None or _at(torch, "__version__") is None:
        return {}
    found: dict[str, object] = {"torch": str(_at(torch, "__version__"))}
    found |= {name: _at(torch, path) for name, path in _READ.items()}
    for name, path in _ASKED.items():
        ask: Callable[[], object] | None = _at(torch, path)  # pyright: ignore[reportAssignmentType]  # torch's own functions
        found[name] = None if ask is None else ask()
    return found


def _at(owner: object, path: str) -> object:
    for name in path.split("."):
        owner = getattr(owner, name, None)
    return owner
