"""The trainer's own policy: read from its file, told to the sidecar, and never a reason to lose a run."""

from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import policy
from yoloscope.sdk import guard, launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.spool import layout


@pytest.fixture(autouse=True)
def spool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))


def test_classes_and_policy_are_told_to_the_sidecar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "yoloscope.toml").write_text("[policy]\ntext = true\n")
    monkeypatch.chdir(tmp_path)
    with runs.init() as run:
        assert run.directory is not None
        assert layout.load_manifest(run.directory).policy == policy.Policy(text=True)
        run.name_classes({0: "dent", 2: "a\udcff"})
        run.new_attempt(start_epoch=1)
        manifest = layout.load_manifest(run.directory)
    assert (manifest.classes, len(manifest.attempts)) == ({"dent": 0, "a?": 2}, 2)
    runs.Run().name_classes({0: "a run that records nothing"})


def test_a_manifest_from_before_policies_is_read() -> None:
    with runs.init() as run:
        assert run.directory is not None
        old = msgspec.json.decode((run.directory / "run.json").read_bytes())
        del old["policy"], old["classes"]
        (run.directory / "run.json").write_bytes(msgspec.json.encode(old))
        assert layout.load_manifest(run.directory).policy == policy.Policy()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[policy]\ntxt = true\n", "policy.txt is not known; use one of version, summaries"),
        ('[policy]\ntext = "yes"\n', "policy.text is 'yes'; use true or false"),
        ("policy = 3\n", "policy is no table but int; use the fields"),
    ],
)
def test_a_bad_policy_is_named_and_withholds_all_but_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], table: str, said: str
) -> None:
    (tmp_path / "yoloscope.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.ConfigError, match=r"yoloscope\.toml: policy"):
        runs.init()
    monkeypatch.setenv("YOLOSCOPE_STRICT", "0")
    guard.forget()
    with runs.init() as run:
        run.log({"a": 1.0})
        assert run.directory is not None
        assert layout.load_manifest(run.directory).policy == policy.STRICTEST
    line, *_ = capsys.readouterr().err.splitlines()
    assert line.startswith(f"yoloscope: policy: yoloscope.toml: {said}")
    guard.forget()
