import os
import pickle
from pathlib import Path

import pytest
import yaml
from tests.unit.importers import written

from yoloscope import errors
from yoloscope.importers import contract, find

TRAININGS = Path(__file__).resolve().parents[2] / "data" / "trainings"


def _table(folder: Path, *, count: int = 3, name: str = "results.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(written.v8(written.V8, written.epochs(count)))
    return folder


def _run(folder: Path, *, count: int = 3, **arguments: object) -> Path:
    _table(folder, count=count)
    (folder / "args.yaml").write_text(yaml.safe_dump({"epochs": 3, "lr0": 0.01, "name": folder.name, **arguments}))
    return folder


def _weights(path: Path, **contents: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return written.archive(path, pickle.dumps(contents))


def _events(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "events.out.tfevents.1.host"
    path.write_bytes(written.record(written.scalars(1, {"loss": 1.0})))
    return path


def _kinds(path: Path) -> list[tuple[str, str]]:
    return [(source.kind, str(source.path.relative_to(path))) for source in find.sources(path)]


def test_a_run_folder_is_one_training_whatever_else_lies_in_it(tmp_path) -> None:
    _run(tmp_path / "train")
    _events(tmp_path / "train")
    _weights(tmp_path / "train" / "weights" / "best.pt", train_args={})
    (tmp_path / "train" / "labels.csv").write_text("a,b\n1,2\n")
    assert _kinds(tmp_path) == [("run_folder", "train")]


def test_a_folder_of_folders_holds_each_of_their_trainings(tmp_path) -> None:
    _run(tmp_path / "runs" / "detect" / "train2")
    _run(tmp_path / "runs" / "detect" / "train")
    _events(tmp_path / "logs" / "version_0")
    _weights(tmp_path / "only" / "weights" / "last.pt", train_args={})
    _weights(tmp_path / "only" / "weights" / "best.pt", train_args={})
    _weights(tmp_path / "yolo11n.pt", train_args={})
    (tmp_path / "work" / "2026" / "vis_data").mkdir(parents=True)
    (tmp_path / "work" / "2026" / "vis_data" / "scalars.json").write_text('{"loss": 1, "iter": 1, "step": 1}\n')
    (tmp_path / "work" / "2026" / "vis_data" / "2026.json").write_text('{"loss": 1, "iter": 1, "step": 1}\n')
    _table(tmp_path / "tables", name="a.csv")
    _table(tmp_path / "tables", name="b.csv")
    (tmp_path / "tables" / "prices.csv").write_text("epoch,price\n1,2\n")
    assert _kinds(tmp_path) == [
        ("tfevents", "logs/version_0"),
        ("checkpoint", "only/weights/last.pt"),
        ("run_folder", "runs/detect/train"),
        ("run_folder", "runs/detect/train2"),
        ("results_csv", "tables/a.csv"),
        ("results_csv", "tables/b.csv"),
        ("mmengine_json", "work/2026/vis_data/scalars.json"),
    ]


def test_our_own_recorded_trainings_are_found() -> None:
    found = _kinds(TRAININGS)
    assert ("recording", "nan_batch") in found
    assert ("yoloscope", "with-items.yoloscope") in found
    assert len(found) == len(list(TRAININGS.iterdir())) - 1


@pytest.mark.parametrize("name", ["results.csv", "args.yaml", "."])
def test_a_file_of_a_run_folder_stands_for_the_folder(tmp_path, name) -> None:
    _run(tmp_path)
    (source,) = find.sources(tmp_path / name)
    assert (source.kind, source.path) == ("run_folder", tmp_path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("results.csv", "results_csv"), ("my.csv", "results_csv"), ("log.txt", "results_csv")],
)
def test_a_table_alone_is_a_training(tmp_path, name, kind) -> None:
    _table(tmp_path, name=name)
    (source,) = find.sources(tmp_path / name)
    assert source.kind == kind
    assert len(written.rows(source.entries())) == 3


def test_a_checkpoint_or_an_event_file_by_name_is_itself(tmp_path) -> None:
    _run(tmp_path)
    assert [one.kind for one in find.sources(_weights(tmp_path / "weights" / "best.pt", train_args={}))] == [
        "checkpoint"
    ]
    assert [one.kind for one in find.sources(_events(tmp_path))] == ["tfevents"]


def test_a_folder_that_holds_none_gives_none(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "empty").mkdir()
    assert find.sources(tmp_path / "empty") == []
    assert find.find(tmp_path) == find.Found([])


def test_what_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="is no file or folder that can be seen"):
        find.sources(tmp_path / "nothing")


def test_a_file_of_something_else_is_refused_by_name(tmp_path) -> None:
    (tmp_path / "notes.md").write_text("# words\n")
    with pytest.raises(errors.ImportFault, match=r"notes\.md is no table of a training"):
        find.sources(tmp_path / "notes.md")


def test_links_in_circles_are_walked_once(tmp_path) -> None:
    _run(tmp_path / "runs" / "train")
    (tmp_path / "runs" / "self").symlink_to(tmp_path / "runs")
    (tmp_path / "runs" / "train" / "up").symlink_to(tmp_path)
    (tmp_path / "runs" / "a").symlink_to(tmp_path / "runs" / "b")
    (tmp_path / "runs" / "b").symlink_to(tmp_path / "runs" / "a")
    assert _kinds(tmp_path) == [("run_folder", "runs/train")]


def test_a_folder_behind_a_link_is_found_once(tmp_path) -> None:
    _run(tmp_path / "disk" / "train")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "latest").symlink_to(tmp_path / "disk" / "train")
    assert _kinds(tmp_path / "runs") == [("run_folder", "latest")]


def test_a_pipe_is_not_opened(tmp_path) -> None:
    os.mkfifo(tmp_path / "results.csv")
    assert find.sources(tmp_path) == []
    with pytest.raises(errors.ImportFault, match="can be seen"):
        find.sources(tmp_path / "results.csv")


def test_a_folder_that_may_not_be_read_is_told_and_hides_no_other(tmp_path, monkeypatch) -> None:
    _run(tmp_path / "mine")
    (tmp_path / "theirs").mkdir()
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "theirs":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find.find(tmp_path)
    assert [source.path for source in found.sources] == [tmp_path / "mine"]
    assert [fault.en for fault in found.faults] == [f"{tmp_path / 'theirs'} cannot be looked at: Permission denied"]
    with pytest.raises(errors.ImportFault, match="theirs cannot be looked at"):
        find.find(tmp_path / "theirs")


def test_folders_beyond_the_limit_are_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(find, "FOLDERS_MAX", 5)
    for number in range(9):
        (tmp_path / str(number)).mkdir()
    assert ["only the first 5 folders" in fault.en for fault in find.find(tmp_path).faults] == [True]


def test_folders_nested_deeper_than_anybody_nests_are_left_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(find, "DEPTH_MAX", 2)
    _run(tmp_path / "a" / "b" / "c")
    assert find.sources(tmp_path) == []


def test_a_damaged_recording_in_a_folder_is_told_and_hides_no_other(tmp_path) -> None:
    _table(tmp_path, name="a.csv")
    (tmp_path / "b.yoloscope").write_bytes(b"nothing")
    found = find.find(tmp_path)
    assert [source.kind for source in found.sources] == ["results_csv"]
    assert len(found.faults) == 1


def _told(folder: Path) -> contract.Told:
    (source,) = find.sources(folder)
    return source.told()


def test_a_run_folder_tells_arguments_and_what_was_in_effect(tmp_path) -> None:
    _run(tmp_path / "train", optimizer="auto")
    _weights(tmp_path / "train" / "weights" / "best.pt", train_args={"lr0": 0.02}, version="8.3.1")
    _weights(
        tmp_path / "train" / "weights" / "last.pt", train_args={"lr0": 0.01, "warmup_bias_lr": 0.0}, version="8.4.1"
    )
    told = _told(tmp_path)
    assert (told.name, told.framework, told.version) == ("train", "ultralytics", "8.4.1")
    assert told.given == {"epochs": 3, "lr0": 0.01, "name": "train", "optimizer": "auto"}
    assert told.settings == {"lr0": 0.01, "warmup_bias_lr": 0.0}


def test_a_run_folder_that_reached_its_budget_has_finished(tmp_path) -> None:
    _run(tmp_path / "whole", epochs=3)
    _run(tmp_path / "part", epochs=9)
    ends = [[end.state for end in written.ended(source.entries())] for source in find.sources(tmp_path)]
    assert ends == [[], ["finished"]]


def test_a_run_folder_of_yolov5_tells_options_and_hyperparameters(tmp_path) -> None:
    folder = tmp_path / "exp"
    folder.mkdir()
    (folder / "results.csv").write_text(written.v5(written.V5, [[0, *[0.5] * 13]]))
    (folder / "opt.yaml").write_text("epochs: 1\nbatch_size: 16\nname: exp\nhyp:\n  lr0: 0.01\n")
    (folder / "hyp.yaml").write_text("lr0: 0.01\nmosaic: 1.0\n")
    told = _told(tmp_path)
    assert told.framework == "yolov5"
    assert (told.given["epochs"], told.given["mosaic"]) == (1, 1.0)
    assert told.settings == {"lr0": 0.01, "batch": 16}


def test_a_version_before_8_4_puts_biases_first(tmp_path) -> None:
    folder = _run(tmp_path / "train", count=1)
    (folder / "results.csv").write_text(written.v8(written.V8, [[1, 9.0, *[0.5] * 10, 0.01, 0.01, 0.01]]))
    _weights(folder / "weights" / "last.pt", train_args={}, version="8.3.0")
    (source,) = find.sources(tmp_path)
    assert [name for name in written.rows(source.entries())[0].values if name.startswith("lr/")] == [
        "lr/bias",
        "lr/weight",
        "lr/bn",
    ]


def test_arguments_that_cannot_be_read_are_told(tmp_path) -> None:
    folder = _table(tmp_path / "train")
    (folder / "args.yaml").write_text("!!python/object/apply:os.system [id]")
    (source,) = find.sources(tmp_path)
    assert len(written.rows(source.entries())) == 3
    assert ["not YAML that can be read safely" in fault.en for fault in source.told().faults] == [True]


def test_weights_that_cannot_be_read_are_told(tmp_path) -> None:
    folder = _run(tmp_path / "train")
    (folder / "weights").mkdir()
    (folder / "weights" / "last.pt").write_bytes(b"damaged")
    (source,) = find.sources(tmp_path)
    assert len(written.rows(source.entries())) == 3
    assert ["is no checkpoint" in fault.en for fault in source.told().faults] == [True]


def test_a_run_folder_without_a_table_takes_the_rows_of_its_checkpoint(tmp_path) -> None:
    results = {"epoch": [1, 2], "train/box_loss": [3.0, 2.0]}
    _weights(tmp_path / "train" / "weights" / "last.pt", train_args={"epochs": 9}, train_results=results, epoch=1)
    (tmp_path / "train" / "args.yaml").write_text("epochs: 9\n")
    (source,) = find.sources(tmp_path)
    assert [row.values["train/box_loss"] for row in written.rows(source.entries())] == [3.0, 2.0]


def test_a_run_folder_without_a_table_takes_the_rows_of_tensorboard(tmp_path) -> None:
    _events(tmp_path / "train")
    (tmp_path / "train" / "args.yaml").write_text("epochs: 9\n")
    (source,) = find.sources(tmp_path)
    assert source.kind == "run_folder"
    assert [row.values for row in written.rows(source.entries())] == [{"train/loss": 1.0}]


def test_a_training_that_has_just_begun_is_said_to_be_so(tmp_path) -> None:
    (tmp_path / "args.yaml").write_text("epochs: 9\n")
    (source,) = find.sources(tmp_path)
    with pytest.raises(errors.ImportFault, match="has not finished an epoch yet"):
        list(source.entries())
