"""`yoloscope suspects`: which run is meant, what is listed, and what is said when there is nothing to list."""

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

sys.path.insert(0, str(Path(__file__).parent))

import suspected
import suspicions

from yoloscope import errors
from yoloscope.cli import suspects as command
from yoloscope.curves.suspicion import rounds
from yoloscope.integrations.ultralytics import resume
from yoloscope.sdk import launch_sidecar
from yoloscope.spool import layout
from yoloscope.spool import suspects as files


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def looked(root: Path) -> Path:
    """A run with four suspects, and its directory."""
    return suspected.leave(root, kept=suspicions.record())


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command.suspects, arguments, catch_exceptions=False)


def told(*arguments: str) -> dict:
    result = call(*arguments, "--json")
    assert result.exit_code == 0
    return json.loads(result.output)


def test_the_table_tells_picture_kind_classes_score_and_box(looked: Path) -> None:
    lines = call("first").output.splitlines()
    run = layout.load_manifest(looked).run.id
    assert lines[0] == f"signs/first ({run}): 4 suspected labels of 120 on 60 images, 4.0 looks each on average"
    of = {" ".join(line.split()).split(" ")[0]: " ".join(line.split()) for line in lines[1:]}
    assert of["images/007.png"].startswith("images/007.png wrong class one two 0.")
    assert of["images/007.png"].endswith(" 4 10 10 40 40")
    assert of["images/017.png"].startswith("images/017.png badly placed two two 0.")
    assert of["images/027.png"].startswith("images/027.png nothing there zero – ")
    assert of["images/037.png"].startswith("images/037.png missing label – one 0.85 ")
    assert of["images/037.png"].endswith(" 4 10 60 30 85")


def test_json_holds_all_of_it(looked: Path, root: Path) -> None:
    found = told("first")
    run = layout.load_manifest(looked).run.id
    assert {name: found[name] for name in ("run", "name", "project", "state", "boxes", "looks", "suspected")} == {
        "run": run,
        "name": "first",
        "project": "signs",
        "state": "ready",
        "boxes": 120,
        "looks": 240,
        "suspected": 4,
    }
    [item] = [item for item in found["items"] if item["kind"] == "wrong_class"]
    assert (item["path"], item["label"], item["said"], item["seen"]) == (str(root / "images/007.png"), 0, "one", "two")
    assert item["box"] == pytest.approx([0.1, 0.1, 0.4, 0.4])
    assert [epoch for epoch, _ in item["trajectory"]] == [1, 2, 3, 4]
    [picture] = [one for one in found["pictures"] if one["number"] == item["picture"]]
    assert [(label["class"], label["title"]) for label in picture["labels"]] == [(1, "one"), (2, "two")]


def test_chinese(looked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    output = call("first").output
    assert "60 张图像共 120 个标注，其中 4 个可疑，平均每张查看 4.0 次" in output
    assert "类别有误" in output
    assert "漏标" in output


def test_top_lists_the_most_suspected_and_says_how_many_more(looked: Path) -> None:
    all_of_it = told("first")["items"]
    assert told("first", "--top", "2")["items"] == all_of_it[:2]
    assert call("first", "--top", "3").output.splitlines()[-1] == "1 more: --top 4"


def test_a_run_is_found_by_name_id_and_folder(looked: Path, root: Path) -> None:
    run = layout.load_manifest(looked).run.id
    training = root / "runs" / "train"
    training.mkdir(parents=True)
    resume.leave(training, resume.Note(version=resume.VERSION, run=run, project="signs", name="first"))
    for asked in (
        "first",
        "fir",
        "signs/first",
        run,
        run[:9],
        looked.name,
        str(looked),
        str(root / "spool"),
        str(training),
    ):
        assert told(asked)["directory"] == str(looked)
    assert told("first", "--dir", str(root))["directory"] == str(looked)
    assert told()["directory"] == "spool/" + looked.name  # this folder
    assert told("--dir", str(root))["directory"] == str(looked)


def test_of_a_resumed_run_the_newest_looks_count(looked: Path, root: Path) -> None:
    later = suspected.leave(root, kept=suspicions.record(2))
    none = suspected.leave(root, kept=None, head=False)
    run = layout.load_manifest(looked).run
    for at, directory in enumerate((looked, later, none)):
        layout.save_manifest(directory, _of(layout.load_manifest(directory), run))
        os.utime(directory / "run.json", (at, at))
    assert told(run.id)["directory"] == str(later)


def _of(manifest: layout.Manifest, run: object) -> layout.Manifest:
    import msgspec  # noqa: PLC0415  # a test's need

    return msgspec.structs.replace(manifest, run=run)


@pytest.mark.parametrize("asked", ["second", "nowhere/else"])
def test_a_run_that_is_not_here_is_said_to_be_none(looked: Path, asked: str) -> None:
    with pytest.raises(errors.NotFound, match=r"no run .* was recorded here"):
        call(asked)


def test_a_name_of_several_runs_is_not_guessed(looked: Path, root: Path) -> None:
    suspected.leave(root, kept=None)
    with pytest.raises(errors.ConfigError, match="fits 2 runs; use one of these ids"):
        call("first")


def test_a_run_without_looks_says_why_that_may_be(root: Path) -> None:
    suspected.leave(root, kept=None, head=False)
    assert "[producers] suspects = false" in call("first").output
    assert (told("first")["state"], told("first")["items"]) == ("off", [])


@pytest.mark.parametrize("kept", [None, rounds.Kept(*(rows[:40] for rows in suspicions.record(1)))])
def test_too_few_looks_are_said_to_be_too_few(root: Path, kept: rounds.Kept | None) -> None:
    suspected.leave(root, kept=kept)
    assert f"too early to tell, {0 if kept is None else 40} looks at boxes so far" in call("first").output
    assert told("first")["state"] == "too_early"


def test_nothing_suspected_is_said(root: Path) -> None:
    suspected.leave(root, kept=suspicions.record(spoilt_in=frozenset()))
    assert "no label stands out among 120 on 60 images" in call("first").output


def test_a_file_of_another_release_is_an_error_that_says_so(looked: Path) -> None:
    (looked / files.FILE_NAME).write_bytes(b"YSSUSP\x00\x09")
    with pytest.raises(errors.SpoolVersion, match="another release"):
        call("first")
