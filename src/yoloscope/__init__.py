"""yoloscope: see every training of a vision model while it runs.

The public names are loaded when they are first used, so that `import yoloscope` costs a training nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yoloscope.api.runs import Api
    from yoloscope.integrations.contract import attach
    from yoloscope.sdk.run import Run, init

__version__ = "0.1.0"
__all__ = ["Api", "Run", "__version__", "attach", "init"]

_HOMES = {
    "Api": "yoloscope.api.runs",
    "Run": "yoloscope.sdk.run",
    "attach": "yoloscope.integrations.contract",
    "init": "yoloscope.sdk.run",
}


def __getattr__(name: str) -> object:
    """Load a public name from its room."""
    if name not in _HOMES:
        raise AttributeError(f"module 'yoloscope' has no attribute {name!r}")
    import importlib  # noqa: PLC0415  # nothing is loaded before it is asked for

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
