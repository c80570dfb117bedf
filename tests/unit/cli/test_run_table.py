"""`yoloscope runs ls` with filters: what it lists, and how a mistake is shown, in both languages."""

import json

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main
from yoloscope.records import row

pytestmark = pytest.mark.slow  # a server each


def ls(server, *arguments: str) -> Result:
    return CliRunner().invoke(main.cli, ("runs", "ls", "--server", server.url, *arguments))


@pytest.fixture
def filled(live_server, batches) -> object:
    for name, rate, digit in (("alpha", 0.1, "1"), ("beta", 0.2, "2"), ("gamma", 0.3, "3")):
        told = row.Updated("config", {"lr0": rate, "名": name, "freeze": [1, 2]})
        batch = batches(told, batches.matrix({"metrics/mAP50": [rate, 2 * rate]}), run=name, writer=digit * 32)
        assert live_server.ingest(batches.body(batch)).status_code == 200
    return live_server


def test_runs_are_filtered_sorted_and_shown_with_what_is_asked_for(filled) -> None:
    asked = ("--where", "metrics/mAP50 > 0.3", "--sort", "-config.lr0", "--columns", "config.lr0,config.freeze,group")
    told = json.loads(ls(filled, *asked, "--json").output)
    assert [(run["id"], run["values"]) for run in told["items"]] == [
        ("gamma", {"config.lr0": 0.3, "config.freeze": [1, 2], "group": None}),
        ("beta", {"config.lr0": 0.2, "config.freeze": [1, 2], "group": None}),
    ]
    shown = ls(filled, *asked).output.splitlines()
    assert [line.split()[:5] for line in shown if "[1,2]" in line] == [
        ["gamma", "running", "0.3", "[1,2]", "–"],
        ["beta", "running", "0.2", "[1,2]", "–"],
    ]
    assert next(line for line in shown if "Name" in line).split()[:4] == [
        "Name",
        "State",
        "config.lr0",
        "config.freeze",
    ]


def test_the_rest_is_said_to_be_there(filled) -> None:
    assert "--limit 4" in ls(filled, "--sort", "config.lr0", "--limit", "2").output


def test_nothing_that_matches_is_said_in_the_users_language(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No run matches the filter." in ls(filled, "--where", "metrics/mAP50 > 1").output
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "没有符合筛选条件的训练" in ls(filled, "--where", "metrics/mAP50 > 1").output


def test_a_mistake_is_marked_under_its_place(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    said = str(ls(filled, "--where", 'config.名 == "夜" and config.lr > 1').exception).splitlines()
    assert said[0] == "--where cannot be used:"
    assert said[1] == '  config.名 == "夜" and config.lr > 1'
    assert said[2] == "  " + " " * 22 + "^^^^^^^^^"
    assert said[3].endswith("did you mean config.lr0?")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert str(ls(filled, "--sort", "nothing").exception).startswith("--sort 无法使用：\n  nothing\n  ^^^^^^^\n")
