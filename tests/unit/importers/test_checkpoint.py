import builtins
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.unit.importers import written

from yoloscope import errors
from yoloscope.importers import checkpoint
from yoloscope.records import logged

_RESULTS = {
    "epoch": [1, 2],
    "time": [5.0, 11.0],
    "train/box_loss": [3.0, 2.5],
    "metrics/mAP50(B)": [0, 0.25],
    "lr/pg0": [0.003, 0.01],
    "lr/pg1": [0.003, 0.01],
    "lr/pg2": [0.07, 0.01],
}
_ARGUMENTS = {"model": "yolo11n.pt", "epochs": 2, "batch": 16, "lr0": 0.01, "name": "mine", "val": True}


class _Model:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("exit 1",)


def _contents(**more: object) -> dict[str, object]:
    return {
        "date": "2026-11-22T20:43:48+00:00",
        "version": "8.4.190",
        "epoch": -1,
        "best_fitness": np.float64(0.25),
        "model": _Model(),
        "train_args": _ARGUMENTS,
        "train_results": _RESULTS,
        **more,
    }


def _checkpoint(tmp_path: Path, contents: object, *, name: str = "best.pt") -> checkpoint.Checkpoint:
    return checkpoint.Checkpoint(written.archive(tmp_path / name, pickle.dumps(contents, protocol=2)))


def test_a_checkpoint_tells_rows_and_arguments(tmp_path) -> None:
    source = _checkpoint(tmp_path, _contents())
    found = list(source.entries())
    ended_ns = 1795380228 * 10**9
    assert found == [
        logged.Begun(0, ended_ns - 11 * 10**9, 0.0),
        logged.Logged(
            0,
            None,
            1.0,
            ended_ns - 6 * 10**9,
            {
                "train/box_loss": 3.0,
                "metrics/mAP50": 0.0,
                "lr/weight": 0.003,
                "lr/bn": 0.003,
                "lr/bias": 0.07,
                "time/epoch_s": 5.0,
            },
            sequence=0,
        ),
        logged.Logged(
            0,
            None,
            2.0,
            ended_ns,
            {
                "train/box_loss": 2.5,
                "metrics/mAP50": 0.25,
                "lr/weight": 0.01,
                "lr/bn": 0.01,
                "lr/bias": 0.01,
                "time/epoch_s": 6.0,
            },
            sequence=1,
        ),
        logged.Ended("finished", ended_ns),
    ]
    told = source.told()
    assert (told.name, told.framework, told.version, told.faults) == ("mine", "ultralytics", "8.4.190", ())
    assert told.given == told.settings == _ARGUMENTS


def test_a_training_that_goes_on_has_not_ended(tmp_path) -> None:
    source = _checkpoint(tmp_path, _contents(epoch=1, train_args={**_ARGUMENTS, "epochs": 9}))
    assert written.ended(source.entries()) == []


def test_a_training_that_stopped_early_has_ended(tmp_path) -> None:
    source = _checkpoint(tmp_path, _contents(train_args={**_ARGUMENTS, "epochs": 9}))
    assert [end.state for end in written.ended(source.entries())] == ["finished"]


def test_options_of_yolov5_are_told(tmp_path) -> None:
    source = _checkpoint(tmp_path, {"epoch": 3, "opt": {"epochs": 3, "batch_size": 16}, "date": "2026-01-02T03:04:05"})
    assert (source.told().framework, source.told().given) == ("yolov5", {"epochs": 3, "batch_size": 16})
    with pytest.raises(errors.ImportFault, match="holds weights, but not how they were trained"):
        list(source.entries())


def test_an_argument_that_runs_code_is_left_out(tmp_path) -> None:
    done = tmp_path / "done"

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return builtins.eval, (f"open({str(done)!r}, 'w').close()",)

    source = _checkpoint(tmp_path, _contents(train_args={"lr0": 0.1, "evil": Evil(), "inner": {"evil": [Evil(), 1]}}))
    assert source.told().given == {"lr0": 0.1, "evil": None, "inner": {"evil": [None, 1]}}
    assert not done.exists()


def test_arguments_that_hold_themselves_are_bounded(tmp_path) -> None:
    arguments: dict[str, object] = {"lr0": 0.1, "wide": list(range(50_000))}
    arguments["self"] = arguments
    told = _checkpoint(tmp_path, _contents(train_args=arguments)).told()
    assert told.given["lr0"] == 0.1
    assert len(told.given["wide"]) < 11_000


def test_results_that_are_none_are_refused(tmp_path) -> None:
    for results in ({}, None, [1], {"epoch": 3}, {"epoch": [1], "price": [2]}):
        with pytest.raises(errors.ImportFault):
            list(_checkpoint(tmp_path, _contents(train_results=results)).entries())


def test_columns_of_different_lengths_and_kinds_give_what_is_there(tmp_path) -> None:
    results = {
        "epoch": [1, 2],
        "train/box_loss": [3.0],
        "val/box_loss": ["x", None],
        " metrics/mAP50(B)": [0.5, 10**400],
    }
    rows = written.rows(_checkpoint(tmp_path, _contents(train_results=results)).entries())
    assert [row.values for row in rows] == [{"train/box_loss": 3.0, "metrics/mAP50": 0.5}, {}]


@pytest.mark.parametrize("contents", [[1, 2], "text", _Model(), None], ids=["list", "text", "model", "none"])
def test_an_archive_that_holds_no_mapping_is_refused(tmp_path, contents) -> None:
    with pytest.raises(errors.ImportFault, match="nothing of a training"):
        _checkpoint(tmp_path, contents).told()


def test_a_state_dict_holds_no_training(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="holds weights"):
        list(_checkpoint(tmp_path, {"a.weight": 1.0}).entries())


@pytest.mark.parametrize(
    "data",
    [b"", pickle.dumps({"epoch": 3}), b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", b"PK\x03\x04broken"],
    ids=repr,
)
def test_what_is_no_archive_is_refused_with_what_to_do(tmp_path, data) -> None:
    path = tmp_path / "old.pt"
    path.write_bytes(data)
    with pytest.raises(errors.ImportFault, match="save it again") as caught:
        checkpoint.read(path)
    assert "重新保存" in caught.value.zh


def test_an_archive_of_something_else_is_refused(tmp_path) -> None:
    with pytest.raises(errors.ImportFault, match="is an archive, but no checkpoint"):
        checkpoint.read(written.archive(tmp_path / "a.pt", b"x", member="document.xml"))


def test_a_damaged_archive_is_refused(tmp_path) -> None:
    path = written.archive(tmp_path / "a.pt", pickle.dumps(_contents()), compression=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    for at in range(40, 120):
        data[at] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(errors.ImportFault):
        checkpoint.read(path)


def test_an_archive_that_unpacks_without_end_is_not_unpacked(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(checkpoint, "PICKLE_BYTES_MAX", 2**20)
    path = written.archive(tmp_path / "a.pt", b"N0" * 2**22 + b"N.", compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**17
    with pytest.raises(errors.ImportFault, match="unpacks to more than 1 MiB"):
        checkpoint.read(path)


def test_an_archive_in_an_archive_is_not_opened(tmp_path) -> None:
    inner = written.archive(tmp_path / "inner.zip", pickle.dumps(_contents()))
    path = written.archive(tmp_path / "a.pt", inner.read_bytes())
    with pytest.raises(errors.ImportFault, match="damaged, or no checkpoint"):
        checkpoint.read(path)


def test_members_with_paths_that_lead_out_are_written_nowhere(tmp_path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = written.archive(folder / "a.pt", pickle.dumps(_contents()), member="../../data.pkl")
    assert checkpoint.read(path).version == "8.4.190"
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*.p*")) == ["a/b/a.pt"]


def test_a_member_that_needs_a_password_is_refused(tmp_path) -> None:
    path = written.archive(tmp_path / "a.pt", pickle.dumps(_contents()))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(errors.ImportFault, match="cannot be read"):
        checkpoint.read(path)


def test_a_date_that_is_none_leaves_the_time_of_the_file(tmp_path) -> None:
    source = _checkpoint(tmp_path, _contents(date="yesterday"))
    os.utime(source.path, ns=(0, 5 * 10**18 // 3))
    assert written.rows(source.entries())[-1].wall_ns == 5 * 10**18 // 3
