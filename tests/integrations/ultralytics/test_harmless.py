"""Whatever is wrong with us, the training is the one that would have run without us."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import harness
import pytest

from yoloscope.boot import hook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.torch,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("ultralytics"),
]
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Trained]:
    root = tmp_path_factory.mktemp("harmless")
    yield harness.Trained(root)
    harness.stop_sidecars(root)


@pytest.fixture(scope="module")
def without(folder: harness.Trained) -> list[dict[str, str]]:
    """The results of a training that never met us."""
    folder.run("plain", path=())
    assert not (folder.output / ".yoloscope").exists()
    return folder.results("plain")


def said(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line for line in done.stderr.splitlines() if "yoloscope" in line]


def test_recording_changes_no_result(folder: harness.Trained, without: list[dict[str, str]]) -> None:
    done = folder.run("recorded")
    assert without == folder.results("recorded")
    assert said(done) == []


def test_looking_at_everything_changes_no_result(folder: harness.Trained, without: list[dict[str, str]]) -> None:
    done = folder.run("everything")
    assert without == folder.results("everything")
    assert said(done) == []
    [run] = folder.recorded("everything")
    costs = {name for row in run.rows for name in row.values if name.startswith("overhead/")}
    assert {f"overhead/{name}_s" for name in ("confusion", "updates", "embeddings", "inputs", "weights")} < costs


def test_an_absent_server_changes_no_result(folder: harness.Trained, without: list[dict[str, str]]) -> None:
    done = folder.run("alone", environment={"YOLOSCOPE_MODE": "online", "YOLOSCOPE_SERVER": NOBODY})
    assert without == folder.results("alone")
    [line] = said(done)
    assert "it is safe in" in line


def test_a_package_that_cannot_be_imported_changes_no_result(
    folder: harness.Trained, without: list[dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "yoloscope").mkdir()
    (tmp_path / "yoloscope" / "__init__.py").write_text("raise RuntimeError('on\\npurpose')")
    done = folder.run("unimportable", path=(hook.PATH_DIR, str(tmp_path)))
    assert without == folder.results("unimportable")
    expected = "yoloscope: this training is not recorded (RuntimeError: on purpose). The training itself goes on."
    assert [expected] == said(done)


def test_a_fault_in_our_reading_costs_that_part_alone(folder: harness.Trained, without: list[dict[str, str]]) -> None:
    done = folder.run("broken")
    assert without == folder.results("broken")
    assert sorted(line.partition(": LookupError")[0] for line in said(done)) == [
        "yoloscope: ultralytics.batch",
        "yoloscope: ultralytics.epoch_losses",
    ]
    [run] = folder.recorded("broken")
    assert [row.epoch for row in run.rows if harness.is_epoch(row)] == [1.0, 2.0]


def test_a_spool_that_cannot_be_written_changes_no_result(
    folder: harness.Trained, without: list[dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = folder.run("unwritable", environment={"YOLOSCOPE_DIR": str(tmp_path / "file" / "spool")})
    assert without == folder.results("unwritable")
    assert len(said(done)) == 1


def test_disabled_means_not_there(folder: harness.Trained, without: list[dict[str, str]]) -> None:
    done = folder.run("disabled", environment={"YOLOSCOPE_MODE": "disabled"})
    assert without == folder.results("disabled")
    assert said(done) == []
    assert not (folder.output / "disabled" / "yoloscope.json").exists()


def test_attach_in_the_script_records_without_the_hook(folder: harness.Trained) -> None:
    folder.run("attached", path=(), environment={"YOLOSCOPE_STRICT": "1"})
    [run] = folder.recorded("attached")
    assert len(run.batches()) == 4
    assert run.ended is not None
    assert run.ended.state == "finished"
