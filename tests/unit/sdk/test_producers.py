"""Which producers are wanted and how often, as ``[producers]`` of the file says."""

from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.sdk import settings


def _switches(folder: Path, text: str) -> dict[str, bool | int]:
    (folder / "yoloscope.toml").write_text(text)
    return settings.resolve(environment={}, start=folder).producers


def test_the_file_switches_by_name(tmp_path: Path) -> None:
    assert _switches(tmp_path, "") == {}
    told = _switches(tmp_path, "[producers]\nconfusion = false\npredictions = 10\ncurves = true\n")
    assert told == {"confusion": False, "predictions": 10, "curves": True}
    assert told["curves"] is True


@pytest.mark.parametrize("line", ["confusion = -1", "confusion = 'off'", "confusion = 0.5", "confusion = []"])
def test_what_cannot_be_meant_is_said_with_an_example(tmp_path: Path, line: str) -> None:
    with pytest.raises(errors.ConfigError, match=r"\[producers\].*confusion = false, predictions = 10"):
        _switches(tmp_path, f"[producers]\n{line}\n")


def test_in_a_training_the_defaults_hold_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    assert _switches(tmp_path, "[producers]\nconfusion = 'off'\n") == {}
    assert "[producers]" in capsys.readouterr().err
