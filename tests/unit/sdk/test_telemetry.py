"""Whether and how often the machine is looked at, as file and environment say."""

from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.sdk import launch_sidecar, run, settings
from yoloscope.spool import layout


def _every_s(folder: Path, text: str, **environment: str) -> float:
    (folder / "yoloscope.toml").write_text(text)
    return settings.resolve(environment=environment, start=folder).telemetry_s


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 2.0),
        ("[telemetry]\n", 2.0),
        ("[telemetry]\nevery_s = 10\n", 10.0),
        ("[telemetry]\nenabled = false\nevery_s = 10\n", 0.0),
    ],
)
def test_the_file_says_how_often(tmp_path, text, expected) -> None:
    assert _every_s(tmp_path, text) == expected


@pytest.mark.parametrize(("value", "expected"), [("off", 0.0), ("0", 0.0), ("False", 0.0), ("on", 5.0), ("", 5.0)])
def test_the_environment_can_turn_it_off(tmp_path, value, expected) -> None:
    assert _every_s(tmp_path, "[telemetry]\nevery_s = 5\n", YOLOSCOPE_TELEMETRY=value) == expected


@pytest.mark.parametrize("line", ["every_s = 0.1", "every_s = 0", "every_s = 1e9", "enabled = 3", "every = 2"])
def test_what_cannot_be_meant_is_said_with_an_example(tmp_path, line) -> None:
    with pytest.raises(errors.ConfigError, match=r"\[telemetry\].*every_s = 2\.0"):
        _every_s(tmp_path, f"[telemetry]\n{line}\n")


def test_in_a_training_the_default_holds_instead(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    assert _every_s(tmp_path, "[telemetry]\nevery_s = 0\n") == 2.0
    assert "[telemetry]" in capsys.readouterr().err


def test_the_manifest_tells_the_sidecar(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(run, "FINISH_DEAD_S", 0.0)
    (tmp_path / "yoloscope.toml").write_text("[telemetry]\nevery_s = 7.5\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YOLOSCOPE_TELEMETRY")
    started = run.init(project="p", directory=tmp_path)
    assert started.directory is not None
    assert layout.load_manifest(started.directory).telemetry_s == 7.5
    started.finish()
