"""The real nvidia-ml-py over a stand-in library, for processes that find this folder on their path first."""

import sys
from importlib import machinery, util
from pathlib import Path

_elsewhere = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).parent]
_spec = machinery.PathFinder.find_spec("pynvml", _elsewhere)
assert _spec is not None
assert _spec.loader is not None
sys.modules["pynvml"] = _real = util.module_from_spec(_spec)
_spec.loader.exec_module(_real)

import nvml_library  # noqa: E402

nvml_library.install(_real, nvml_library.from_environment())
