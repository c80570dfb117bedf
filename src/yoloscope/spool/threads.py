"""How a sidecar is kept to few threads, and what its trainer's environment was before.

`sdk.launch_sidecar` changes the environment of what it starts, `sidecar.notes` undoes it to tell what the training was started with.
"""

from collections.abc import Mapping

FEW = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""numpy would open a thread a core for nothing."""
_KEPT = "YOLOSCOPE_TRAINERS_"


def few(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that computes little; what it replaces is kept under another name."""
    kept = {_KEPT + name: environment[name] for name in FEW if name in environment}
    return {**environment, **kept, **FEW}


def as_before(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that `few` was given."""
    rest = {name: value for name, value in environment.items() if name not in FEW and not name.startswith(_KEPT)}
    return {**rest, **{name: environment[_KEPT + name] for name in FEW if _KEPT + name in environment}}
