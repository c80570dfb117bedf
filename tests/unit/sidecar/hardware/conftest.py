"""The stand-in of NVML, and a folder that the sidecars of a test share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pynvml
import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "standin"))

import nvml_library  # noqa: E402  # lies beside the tests


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Iterator[nvml_library.Library]:
    """Two cards of a recording below the real nvidia-ml-py: one without ECC, one in MIG mode that is lost at the third look."""
    library = nvml_library.Library(ROOT / "data" / "nvml" / "two_cards.json")
    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    nvml_library.install(pynvml, library)
    yield library
    pynvml._nvmlGetFunctionPointer_cache.clear()


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    return folder
