"""`yoloscope measures`: settings shown and changed, a run spared, in both languages."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main

pytestmark = pytest.mark.slow  # a server each


@pytest.fixture
def run(live_server, batches, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1.0]}))))
    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)

    def call(*arguments: str, locale: str = "C.UTF-8") -> Result:
        monkeypatch.setenv("LC_ALL", locale)
        return CliRunner().invoke(main.cli, ["measures", *arguments, "--server", live_server.url])

    return call


def test_a_measure_is_set_and_shown(run) -> None:
    told = json.loads(run("signs", "--set", "stop_broken=would", "--most", "2", "--json").output)
    assert (told["measures"][0]["mode"], told["measures"][0]["most"]) == ("would", 2)
    lines = run("signs").output.splitlines()
    assert lines[0].split(maxsplit=2) == ["stop_broken", "would", "Stop what is broken"]
    assert "At most 2 acts a run" in lines[2]
    assert lines[-1].endswith("stop_broken: Set to “only say what it would do”, at most 2 acts a run.")
    assert "停掉已经坏掉的训练" in run("signs", locale="zh_CN.UTF-8").output


def test_a_run_is_spared_and_not(run) -> None:
    assert run("--run", "r1", "--spare").output.splitlines()[0].startswith("This run is left alone")
    told = json.loads(run("--run", "r1", "--no-spare", "--json").output)
    assert (told["spared"], [one["kind"] for one in told["events"]]) == (False, ["unspared", "spared"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give a PROJECT, or a run with --run"),
        (("signs", "--run", "r1"), "give a PROJECT, or a run with --run"),
        (("signs", "--spare"), "--spare is for a run"),
        (("signs", "--most", "3"), "--most needs --set"),
        (("--run", "r1", "--set", "stop_broken=on"), "--set and --most are for a project"),
        (("signs", "--set", "stop_broken"), "'stop_broken' cannot be used"),
        (("signs", "--set", "explode=on"), "'explode=on' cannot be used"),
        (("signs", "--set", "stop_broken=ON"), "'stop_broken=ON' cannot be used"),
        (("signs", "--set", "stop_broken=on", "--most", "11"), "11"),
    ],
)
def test_what_cannot_be_meant_is_said(run, arguments, says) -> None:
    said = run(*arguments)
    assert (said.exit_code, says in said.output) == (2, True)
