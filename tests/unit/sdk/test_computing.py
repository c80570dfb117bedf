"""What torch tells of itself, read from a stand-in: nothing is imported for it."""

import sys
from types import SimpleNamespace

import pytest

from yoloscope.sdk.computing import facts


def _torch(**more: object) -> SimpleNamespace:
    cudnn = SimpleNamespace(version=lambda: 90100, benchmark=False, deterministic=True)
    told = {
        "__version__": "2.14.1+cpu",
        "version": SimpleNamespace(cuda=None),
        "backends": SimpleNamespace(cudnn=cudnn),
        "initial_seed": lambda: 7,
        "get_num_threads": lambda: 2,
        "are_deterministic_algorithms_enabled": lambda: True,
        "get_float32_matmul_precision": lambda: "highest",
    }
    return SimpleNamespace(**{**told, **more})


def test_without_torch_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert facts() == {}


def test_seed_threads_and_exactness_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", _torch())  # pyright: ignore[reportArgumentType]
    assert facts() == {
        "torch": "2.14.1+cpu",
        "cuda": None,
        "cudnn_benchmark": False,
        "cudnn_deterministic": True,
        "cudnn": 90100,
        "torch_seed": 7,
        "torch_threads": 2,
        "deterministic_algorithms": True,
        "float32_matmul": "highest",
    }


def test_what_an_older_torch_lacks_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    older = _torch()
    del older.get_float32_matmul_precision
    monkeypatch.setitem(sys.modules, "torch", older)  # pyright: ignore[reportArgumentType]
    assert facts()["float32_matmul"] is None


def test_a_torch_that_is_only_half_imported_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())  # pyright: ignore[reportArgumentType]
    assert facts() == {}
