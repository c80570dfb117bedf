"""`yoloscope runs rm` and `runs restore` at a real server."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from yoloscope import errors
from yoloscope.cli import main
from yoloscope.records import ids, row

pytestmark = pytest.mark.slow


def cli(server, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main.cli, ["runs", *arguments, "--server", server.url], input=typed)


@pytest.fixture
def store_runs(live_server, batches) -> Callable[..., None]:
    def store(*runs: str) -> None:
        for number, run in enumerate(runs):
            entries = batches.matrix({"a": [1, 2]}), row.Ended("finished", 1_700_000_100_000_000_000)
            live_server.ingest(batches.body(batches(*entries, run=run, writer=ids.WriterId(f"{number:032x}"))))

    return store


def listed(server) -> list[str]:
    return sorted(item["id"] for item in server.get("/api/v1/runs").json()["items"])


def test_runs_go_to_the_trash_and_come_back(live_server, store_runs) -> None:
    store_runs("first", "second", "third")
    moved = json.loads(cli(live_server, "rm", "fir", "second", "--json").output)["items"]
    assert [(one["run"], one["rows"], one["deleted"] is None) for one in moved] == [
        ("first", None, False),
        ("second", None, False),
    ]
    assert listed(live_server) == ["third"]
    back = cli(live_server, "restore", "sec", "first", "third")
    assert back.output == "second is back\nfirst is back\nthird is back\n"
    assert listed(live_server) == ["first", "second", "third"]


def test_for_good_asks_first(live_server, store_runs) -> None:
    store_runs("first", "second")
    asked = cli(live_server, "rm", "first", "--purge", typed="n\n")
    assert asked.exit_code == 1
    assert "Remove 1 runs for good?" in asked.output
    assert listed(live_server) == ["first", "second"]
    assert cli(live_server, "rm", "first", "--purge", "--json").exit_code == 1, "a program says --yes"
    cli(live_server, "rm", "first")
    done = cli(live_server, "rm", "first", "second", "--purge", "--yes")
    assert done.output == "first was removed for good: 2 rows\nsecond was removed for good: 2 rows\n"
    assert (listed(live_server), live_server.get("/api/v1/trash").json()["items"]) == ([], [])


def test_unknown_and_doubtful_runs_are_named(live_server, store_runs) -> None:
    store_runs("run-a", "run-b")
    assert isinstance(cli(live_server, "rm", "nobody").exception, errors.NotFound)
    assert isinstance(cli(live_server, "restore", "nobody").exception, errors.NotFound)
    cli(live_server, "rm", "run-a", "run-b")
    doubtful = cli(live_server, "restore", "run-").exception
    assert isinstance(doubtful, errors.ConfigError)
    assert "'run-' fits 2 runs in the trash; use an id: run-a, run-b" in str(doubtful)


def test_people_read_it_in_chinese(live_server, store_runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    store_runs("first")
    assert cli(live_server, "rm", "first").output == "first 已移入回收站；可用 `yoloscope runs restore first` 恢复\n"
