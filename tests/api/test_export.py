"""Runs and projects as files over HTTP and through ``yoloscope export``."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from yoloscope import errors
from yoloscope.cli import export as exporting
from yoloscope.store import ports

pytestmark = pytest.mark.slow

VALUES = {"r1": [1.5, 7.0], "r2": [2.5, 7.0]}


@pytest.fixture
def filled(live_server, batches, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """A server with two runs, and a folder to write into."""
    for number, name in ((1, "首次/run"), (2, "second")):
        batch = batches(batches.matrix({"train/box_loss": VALUES[f"r{number}"]}), run=f"r{number}")
        named = msgspec.structs.replace(batch.run, name=name)
        batch = msgspec.structs.replace(batch, run=named, writer=f"{number}" * 32)
        assert live_server.ingest(batches.body(batch)).status_code == 200
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("YOLOSCOPE_SERVER", live_server.url)
    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)
    return live_server


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(exporting.export, list(arguments), catch_exceptions=True)


def _done(*arguments: str) -> dict[str, object]:
    done = _call(*arguments, "--json")
    assert done.exit_code == 0, done.output + repr(done.exception)
    return json.loads(done.stdout.splitlines()[-1])


def _frame(content: bytes, form: str) -> "pd.DataFrame":
    return pd.read_csv(io.BytesIO(content)) if form == "csv" else parquet.read_table(io.BytesIO(content)).to_pandas()


@pytest.mark.parametrize(("form", "media_type"), [("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")])
def test_a_run_is_one_file(filled, form, media_type) -> None:
    answer = filled.get(f"/api/v1/runs/r1/export?format={form}")
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''%E9%A6%96%E6%AC%A1-run.{form}"
    frame = _frame(answer.content, form)
    assert (frame["run"].tolist(), frame["name"].tolist()) == (["r1"] * 2, ["train/box_loss"] * 2)
    assert (frame["step"].tolist(), frame["value"].tolist()) == ([0, 1], [1.5, 7.0])
    assert (frame["epoch"].tolist(), frame["elapsed_s"].tolist()) == ([0.0, 0.1], [0.0, 1.0])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_project_is_one_file_without_what_is_in_the_trash(filled, form) -> None:
    path = f"/api/v1/export?project=signs&format={form}&wide=true"
    frame = _frame(filled.get(path).content, form)
    assert (frame["run"].tolist(), frame["train/box_loss"].tolist()) == (["r1", "r1", "r2", "r2"], [1.5, 7.0, 2.5, 7.0])
    filled.services.catalog.set_deleted(["r1"], deleted_ns=1)
    assert _frame(filled.get(path).content, form)["run"].tolist() == ["r2", "r2"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/v1/runs/nope/export?format=csv", 404, None),
        ("/api/v1/runs/r1/export", 422, "format"),
        ("/api/v1/runs/r1/export?format=tensorboard", 422, "format"),
        ("/api/v1/export?project=cars&format=csv", 404, None),
        ("/api/v1/export?format=csv", 422, "project"),
    ],
)
def test_what_cannot_be_exported_is_refused(filled, path, status, field) -> None:
    answer = filled.get(path)
    assert (answer.status_code, answer.json().get("field")) == (status, field)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_command_writes_a_run_under_its_name_and_never_over_a_file(filled, form) -> None:
    done = _done("首次/run", "--format", form)
    assert (done["file"], done["run"], done["project"]) == (f"首次-run.{form}", "r1", None)
    content = Path(f"首次-run.{form}").read_bytes()
    assert done["size_bytes"] == len(content)
    assert _frame(content, form)["value"].tolist() == [1.5, 7.0]
    assert _done("r1", "--format", form)["file"] == f"首次-run-2.{form}"
    assert sorted(path.name for path in Path().iterdir()) == [f"首次-run-2.{form}", f"首次-run.{form}"]


def test_the_command_writes_a_project_in_wide_form(filled) -> None:
    done = _done("--project", "signs", "--format", "parquet", "--wide", "--output", "all.parquet")
    assert (done["file"], done["run"], done["project"], done["wide"]) == ("all.parquet", None, "signs", True)
    assert parquet.read_table("all.parquet")["train/box_loss"].to_pylist() == [1.5, 7.0, 2.5, 7.0]
    said = _call("--project", "signs", "--format", "csv")
    assert said.stdout.startswith("signs.csv: all runs of project signs, ")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_that_the_server_could_not_end_is_no_file(
    filled, batches, monkeypatch: pytest.MonkeyPatch, form
) -> None:
    def damaged(self: ports.SeriesStore, project, run) -> Iterator[object]:
        many = batches.matrix({"train/box_loss": [at / 7 for at in range(4_000)]})
        for _ in range(50):
            yield 1, many
        raise errors.StoreError("a block is damaged")

    monkeypatch.setattr(type(filled.services.series), "rows", damaged)
    failed = _call("r1", "--format", form, "--output", f"new.{form}")
    assert isinstance(failed.exception, errors.TransportError)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name one run"),
        (("r1", "--project", "signs", "--format", "csv"), "name one run"),
        (("--project", "signs"), "--format csv"),
        (("r1", "--wide"), "--format csv"),
    ],
)
def test_what_does_not_go_together_is_refused(filled, arguments, says) -> None:
    failed = _call(*arguments)
    assert isinstance(failed.exception, errors.ConfigError)
    assert says in str(failed.exception)
