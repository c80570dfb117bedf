"""A script that is run again goes on from the checkpoint, at its first training alone."""

from pathlib import Path
from types import ModuleType

import pytest

from yoloscope.boot import hook
from yoloscope.integrations.ultralytics import relaunch, resume


class Model:
    """As much of a model as is used."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.trained: list[dict[str, object]] = []

    def _load(self, weights: str) -> None:
        self.loaded.append(weights)

    def train(self, trainer: object = None, **kwargs: object) -> str:
        self.trained.append({"trainer": trainer, **kwargs})
        return "metrics"


@pytest.fixture
def model() -> Model:
    module = ModuleType("model")
    module.Model = type("Model", (Model,), {"train": Model.train})
    relaunch.tap(module)
    return module.Model()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    file = tmp_path / "run" / "weights" / "last.pt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    resume.leave(tmp_path / "run", resume.Note(resume.VERSION, run="r1", project="p", name="n"))
    return file


def test_the_first_training_goes_on_and_the_next_is_its_own(
    model: Model, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(hook.RESUME, "r1")
    monkeypatch.setenv(hook.RESUME_FROM, str(checkpoint))
    assert model.train(data="d.yaml", epochs=4) == "metrics"
    model.train(data="e.yaml")
    assert model.loaded == [str(checkpoint)]
    assert model.trained == [
        {"trainer": None, "data": "d.yaml", "epochs": 4, "resume": True},
        {"trainer": None, "data": "e.yaml"},
    ]


@pytest.mark.parametrize("wrong", ["run", "file", "note"])
def test_a_checkpoint_of_another_run_is_left_alone(
    model: Model, checkpoint: Path, wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(hook.RESUME, "r2" if wrong == "run" else "r1")
    monkeypatch.setenv(hook.RESUME_FROM, str(checkpoint))
    if wrong == "file":
        checkpoint.unlink()
    if wrong == "note":
        (checkpoint.parent.parent / resume.FILE_NAME).unlink()
    model.train(data="d.yaml")
    assert (model.loaded, model.trained) == ([], [{"trainer": None, "data": "d.yaml"}])
    assert "starts anew" in capsys.readouterr().err


def test_a_framework_of_another_form_is_left_alone() -> None:
    relaunch.tap(ModuleType("model"))
