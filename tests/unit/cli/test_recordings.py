"""`yoloscope export` and `import`: from spool to file to server, and what goes wrong on the way."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from yoloscope import errors
from yoloscope.cli import export as exporting
from yoloscope.cli import importing, runs, texts
from yoloscope.records import ids, policy, row
from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as sdk_runs
from yoloscope.sidecar import pace, source
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import layout, reader, split
from yoloscope.wire import codec, protocol, recording

pytestmark = pytest.mark.slow

_TIMES = ("updated", "created", "ended")


@pytest.fixture
def no_sidecar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(sdk_runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.chdir(tmp_path)


def _call(command, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=True)


def _asked(command, *arguments: str) -> dict[str, object]:
    done = _call(command, *arguments, "--json")
    assert done.exit_code == 0, done.output + repr(done.exception)
    return json.loads(done.stdout.splitlines()[-1])


def _train(name: str = "首次 run", rows: int = 300) -> tuple[str, Path]:
    run = sdk_runs.init(project="标志", name=name, config={"lr0": 0.01}, mode="offline")
    for step in range(rows):
        run.log({"train/loss": 1 / (step + 1)}, step=step, epoch=step / 100)
        if step % 100 == 99:
            run.log({"metrics/mAP50": step / 1000, "val/loss": float("nan")}, step=step)
    run.finish()
    assert run.directory is not None
    return run.id, run.directory


def _answers(server, run: str) -> dict[str, object]:
    detail = server.get(f"/api/v1/runs/{run}").json()
    names = [one["name"] for one in detail["series"]]
    points = {name: server.get(f"/api/v1/series?run={run}&name={name}&x=elapsed&buckets=0").text for name in names}
    return {key: value for key, value in detail.items() if key not in _TIMES} | {"points": points}


def _synced(directory: Path, url: str) -> str:
    return syncing.send(directory, server=url, progress=lambda sent: None, sleep=lambda seconds: None).state


@pytest.mark.usefixtures("no_sidecar")
def test_a_spool_by_file_is_the_same_as_by_sync_and_a_later_sync_doubles_nothing(
    serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_file, by_sync = serve(), serve()
    run, directory = _train()
    before = {path.name: path.read_bytes() for path in directory.iterdir() if path.suffix != ".sp"}
    exported = _asked(exporting.export, str(directory.parent), "--output", "carried.yoloscope")
    assert (exported["source"], exported["rows"], exported["values"]) == ("spool", 303, 306)
    assert exported["runs"] == [{"id": run, "project": "标志", "name": "首次 run"}]
    assert before == {path.name: path.read_bytes() for path in directory.iterdir() if path.suffix != ".sp"}

    monkeypatch.setenv("YOLOSCOPE_TOKEN", by_file.token)
    (done,) = _asked(importing.import_, "carried.yoloscope", "--server", by_file.url)["items"]
    assert [(one["state"], one["rows"], one["new_rows"]) for one in done["runs"]] == [("imported", 303, 303)]
    carried = _answers(by_file, run)
    assert carried["state"] == "finished"
    monkeypatch.setenv("YOLOSCOPE_TOKEN", by_sync.token)
    assert _synced(directory, by_sync.url) == "complete"
    assert carried == _answers(by_sync, run)

    monkeypatch.setenv("YOLOSCOPE_TOKEN", by_file.token)
    assert _synced(directory, by_file.url) == "complete"
    assert carried == _answers(by_file, run)
    (again,) = _asked(importing.import_, "carried.yoloscope", "--server", by_file.url)["items"]
    assert [(one["state"], one["new_rows"]) for one in again["runs"]] == [("known", 0)]


@pytest.mark.usefixtures("no_sidecar")
def test_several_runs_and_a_training_that_still_runs_fit_in_one_file(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    first, directory = _train("one", rows=5)
    running = sdk_runs.init(project="p", name="two", mode="offline")
    running.log({"a": 1.0}, step=1)
    _asked(exporting.export, str(directory.parent), "-o", "both.yoloscope")
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    (done,) = _asked(importing.import_, "both.yoloscope", "--server", server.url)["items"]
    assert {(one["run"], one["new_rows"]) for one in done["runs"]} == {(first, 5), (running.id, 1)}
    states = {one["id"]: one["state"] for one in server.get("/api/v1/runs").json()["items"]}
    assert states == {first: "finished", running.id: "running"}
    running.log({"a": 2.0}, step=2)
    running.finish()
    _asked(exporting.export, str(directory.parent), "-o", "later.yoloscope")
    (done,) = _asked(importing.import_, "later.yoloscope", "--server", server.url)["items"]
    assert {(one["run"], one["state"], one["new_rows"]) for one in done["runs"]} == {
        (first, "known", 0),
        (running.id, "imported", 1),
    }
    assert server.get(f"/api/v1/runs/{running.id}").json()["state"] == "finished"


@pytest.mark.usefixtures("no_sidecar")
def test_what_was_lost_and_what_is_torn_is_counted_in_the_file(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    run = sdk_runs.init(project="p", name="torn", mode="offline")
    monkeypatch.setenv("YOLOSCOPE_STRICT", "0")
    run.log({"a": "no number"}, step=0)  # type: ignore[dict-item]
    monkeypatch.setenv("YOLOSCOPE_STRICT", "1")
    for step in range(4):
        run.log({"a": float(step)}, step=step)
    run.finish()
    assert run.directory is not None
    (segment,) = run.directory.glob("0-*.sp")
    content = bytearray(segment.read_bytes())
    end = layout.OFFSET.unpack_from(content, 8 * layout.COMMIT_WORD)[0]
    content[end - 48 : end] = bytes(48)  # the last row, as a power cut leaves it
    segment.write_bytes(content)
    _asked(exporting.export, str(run.directory), "-o", "torn.yoloscope")
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    _asked(importing.import_, "torn.yoloscope", "--server", server.url)
    found = server.get(f"/api/v1/runs/{run.id}").json()
    assert found["lost"] == {"wrong_type": 1, "torn": 1}


@pytest.mark.usefixtures("no_sidecar")
def test_what_was_cleared_away_before_is_counted_and_the_rest_keeps_its_place(serve, monkeypatch) -> None:
    server = serve()
    run = sdk_runs.init(project="p", name="cleared", mode="offline")
    for step in range(6000):
        run.log({"a": float(step)}, step=step)
    run.finish()
    assert run.directory is not None
    numbers = reader.lanes(run.directory)[0]
    assert len(numbers) > 1
    first = reader.first_seq(run.directory, lane=0, number=numbers[1])
    layout.segment_path(run.directory, lane=0, number=numbers[0]).unlink()
    _asked(exporting.export, str(run.directory), "-o", "rest.yoloscope")
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    _asked(importing.import_, "rest.yoloscope", "--server", server.url)
    found = server.get(f"/api/v1/runs/{run.id}").json()
    assert found["lost"] == {"no_longer_kept": first}
    ((steps,),) = [[one["x"] for one in _raw(server, run.id, "a")]]
    assert steps == list(range(6000 - found["rows"], 6000))


@pytest.mark.usefixtures("no_sidecar")
def test_what_the_policy_keeps_back_is_not_in_the_file(serve, monkeypatch) -> None:
    server = serve()
    run = sdk_runs.init(project="p", name="kept", mode="offline", config={"note": "canary-4711 in free text"})
    assert run.directory is not None
    run.log({"class/canary-4711 left/AP50": 0.5}, step=1)
    run.finish()
    closed = msgspec.structs.replace(layout.load_manifest(run.directory), policy=policy.STRICTEST)
    layout.save_manifest(run.directory, closed)
    done = _asked(exporting.export, str(run.directory), "-o", "kept.yoloscope")
    with Path(str(done["file"])).open("rb") as file:
        for batches in recording.Reader(file).bodies():
            assert b"canary-4711" not in codec.body_from_batches(batches)
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    _asked(importing.import_, "kept.yoloscope", "--server", server.url)
    assert server.get(f"/api/v1/runs/{run.id}").json()["rows"] == 1


def test_a_servers_run_goes_by_file_to_another_server(serve, batches, monkeypatch, tmp_path: Path) -> None:
    server, other = serve(), serve()
    monkeypatch.chdir(tmp_path)
    _send(server, batches(batches.matrix({"a": [1.0, 2.0]}), row.Ended("finished", wall_ns=10**18)))
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    (tmp_path / "r1.yoloscope").write_text("mine")
    done = _call(exporting.export, "r1", "--server", server.url)
    assert "r1-2.yoloscope: signs/r1, 2 rows" in done.stdout
    monkeypatch.setenv("YOLOSCOPE_TOKEN", other.token)
    assert "signs/r1: 2 rows imported" in _call(importing.import_, "r1-2.yoloscope", "--server", other.url).stdout
    assert "it was here already" in _call(importing.import_, "r1-2.yoloscope", "--server", other.url).stdout
    assert _answers(server, "r1") == _answers(other, "r1")
    assert sorted(path.name for path in tmp_path.glob("*yoloscope*")) == ["r1-2.yoloscope", "r1.yoloscope"]


def test_a_server_that_stops_in_between_leaves_no_file(serve, batches, monkeypatch, tmp_path: Path) -> None:
    server = serve()
    monkeypatch.chdir(tmp_path)
    _send(server, batches(batches.matrix({"a": [1.0, 2.0]})))
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)

    def breaks(project: str, run: str) -> object:
        raise errors.StoreError("a block is damaged")

    monkeypatch.setattr(server.services.series, "rows", breaks)
    done = _call(exporting.export, "r1", "--server", server.url)
    assert isinstance(done.exception, errors.ServerUnavailable)
    assert list(tmp_path.glob("*yoloscope*")) == []


def test_one_bad_file_is_named_and_the_others_are_brought(serve, batches, monkeypatch, tmp_path: Path) -> None:
    server, other = serve(), serve()
    monkeypatch.chdir(tmp_path)
    _send(server, batches(batches.matrix({"a": [1.0]})))
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    _asked(exporting.export, "r1", "--server", server.url, "-o", "good.yoloscope")
    Path("cut.yoloscope").write_bytes(Path("good.yoloscope").read_bytes()[:-9])
    monkeypatch.setenv("YOLOSCOPE_TOKEN", other.token)
    done = _call(importing.import_, "cut.yoloscope", "good.yoloscope", "--server", other.url)
    assert done.exit_code == 1
    assert "cut.yoloscope was not imported: the file ends early" in done.stderr
    assert "signs/r1: 1 rows imported" in done.stdout
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    refused = _call(importing.import_, "good.yoloscope", "--server", server.url)
    assert "sent by its trainer" in refused.stderr


def test_a_folder_without_trainings_is_told(monkeypatch, tmp_path: Path) -> None:
    done = _call(exporting.export, str(tmp_path))
    assert isinstance(done.exception, errors.ConfigError)
    assert "nothing that a training wrote down" in str(done.exception)


def test_losses_are_told_in_words_by_both_listings(serve, batches, monkeypatch) -> None:
    server = serve()
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    lost = {"torn": 3, "disk_full": 1200, "of_a_newer_release": 1}
    _send(server, batches(batches.matrix({"a": [1.0]}), lost=lost, deferred=70))
    _send(server, batches(run="whole", writer=ids.WriterId("f" * 32)))
    shown = _call(runs.runs, "show", "r1", "--server", server.url).stdout
    told = [line.strip() for line in shown.splitlines()]
    at = next(number for number, line in enumerate(told) if line.startswith("Why rows were lost"))
    assert [line.split("  ")[0] for line in told[at + 2 : at + 5]] == [
        "the training's disk was full",
        "damaged on the training's disk, after a power cut for example",
        "of_a_newer_release",
    ]
    assert "70 rows follow later" in shown
    assert "Nothing was lost." in _call(runs.runs, "show", "whole", "--server", server.url).stdout
    listed = _call(runs.runs, "ls", "--server", server.url).stdout
    assert "! 1204" in listed
    assert listed.count("!") == 1
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    shown = _call(runs.runs, "show", "r1", "--server", server.url).stdout
    assert "训练机器的磁盘已满" in shown
    assert "还有 70 行稍后补传" in shown
    assert "没有丢失任何数据。" in _call(runs.runs, "show", "whole", "--server", server.url).stdout


@pytest.mark.parametrize("reason", layout.LOST_REASONS)
def test_every_reason_has_words(reason: str) -> None:
    assert texts.text_or(f"lost.{reason}", reason) != reason


def _raw(server, run: str, name: str) -> list[dict[str, object]]:
    return server.get(f"/api/v1/series?run={run}&name={name}&buckets=0").json()["series"]


def _send(server, batch: row.Batch) -> None:
    headers = {"Content-Type": protocol.CONTENT_TYPE}
    answer = server.call("POST", "/api/v1/ingest", data=codec.body_from_batches([batch]), headers=headers)
    assert answer.status_code == 200


@pytest.mark.usefixtures("no_sidecar")
@pytest.mark.parametrize("first", ["file", "sync"])
def test_a_slow_link_before_or_after_the_file_doubles_nothing(serve, monkeypatch, first: str) -> None:
    """On a slow link a part of the rows follows in a lane of its own; in a file all go in order unless that was decided before."""
    server = serve()
    run, directory = _train(rows=30_000)
    monkeypatch.setattr(pace.Pace, "is_short_for", lambda self, waiting_bytes: True)
    monkeypatch.setenv("YOLOSCOPE_TOKEN", server.token)
    if first == "sync":
        assert _synced(directory, server.url) == "complete"
        assert any(path.suffix == split.SUFFIX for path in directory.iterdir())
    _asked(exporting.export, str(directory), "-o", "slow.yoloscope")
    with Path("slow.yoloscope").open("rb") as file:
        lanes = {batch.lane for batches in recording.Reader(file).bodies() for batch in batches}
    assert any(lane >= source.BULK_LANE for lane in lanes) == (first == "sync")
    _asked(importing.import_, "slow.yoloscope", "--server", server.url)
    assert _synced(directory, server.url) == "complete"
    found = server.get(f"/api/v1/runs/{run}").json()
    assert (found["rows"], found["deferred"], found["lost"]) == (30_300, 0, {})
    assert sorted(_raw(server, run, "train/loss")[0]["x"]) == list(range(30_000))
