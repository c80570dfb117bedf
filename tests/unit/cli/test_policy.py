"""`yoloscope policy` and `yoloscope env --what-is-sent`: what leaves is shown as it is, in both languages."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from yoloscope import errors
from yoloscope.cli import main, texts, what_is_sent
from yoloscope.records import policy


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.cli, arguments)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kinds(report: str) -> dict[str, what_is_sent.Kind]:
    return {kind.kind: kind for kind in msgspec.json.decode(report, type=what_is_sent.Report).kinds}


def test_a_policy_is_shown_and_changed(live_server) -> None:
    shown = json.loads(run("policy", "signs 标志", "--json", "--server", live_server.url).output)
    assert shown == msgspec.to_builtins(policy.LEFT_TO_THE_TRAINER)
    asked = ("--no-text", "--class-names", "index", "--bulk", "never", "--no-summaries", "--media")
    changed = json.loads(run("policy", "signs 标志", *asked, "--json", "--server", live_server.url).output)
    assert changed == msgspec.to_builtins(policy.Policy(summaries=False, media=True, bulk="never"))
    lines = run("policy", "signs 标志", "--server", live_server.url).output.splitlines()
    *lines, _, _ = lines
    assert [line.split()[:2] for line in lines] == [
        ["summaries", "false"],
        ["media", "true"],
        ["text", "false"],
        ["class_names", "index"],
        ["bulk", "never"],
    ]


def test_a_project_name_that_cannot_be_is_said(live_server) -> None:
    said = run("policy", "bad?", "--server", live_server.url)
    assert "project name 'bad?' is not usable" in str(said.exception)


def test_what_is_sent_without_a_server_follows_the_file(folder: Path) -> None:
    found = kinds(run("env", "--what-is-sent", "--json", "--server", "http://127.0.0.1:9").output)
    assert found["files"].sent == {"data": "<path>.yaml", "project": "<path>/runs"}
    assert found["classes"].sent == ["class/0/AP50"]
    assert found["git"].sent == {
        "commit": "0" * 40,
        "branch": "<text>",
        "dirty": False,
        "remote": "<text>",
        "folder": ["<text>", "detect"],
        "files": {"1": ["<text>", "detect", "train.py"]},
    }
    assert found["variables"].sent == {
        "CUDA_VISIBLE_DEVICES": "0,1",
        "OMP_NUM_THREADS": "8",
        "NCCL_SOCKET_IFNAME": "<text>",
    }
    assert str(folder) not in json.dumps([msgspec.to_builtins(kind.sent) for kind in found.values()])
    (folder / "yoloscope.toml").write_text('[policy]\ntext = true\nclass_names = "text"\nsummaries = false\n')
    freer = kinds(run("env", "--what-is-sent", "--json", "--server", "http://127.0.0.1:9").output)
    assert freer["files"].sent == {"data": "<path>/data.yaml", "project": "<path>/runs"}
    assert (freer["classes"].leaves, freer["git"].leaves, freer["summary"].leaves) == ("whole", "whole", "never")
    assert {kind for kind, one in freer.items() if one.leaves == "never"} == {
        *("summary", "environment", "items", "images")
    }


def test_what_is_sent_is_what_file_and_server_both_allow(folder: Path, live_server) -> None:
    (folder / "yoloscope.toml").write_text('project = "signs"\n[policy]\ntext = true\nclass_names = "text"\n')
    run("policy", "signs", "--class-names", "index", "--bulk", "never", "--server", live_server.url)
    report = json.loads(run("env", "--what-is-sent", "--json", "--server", live_server.url).output)
    assert report["policy"] == msgspec.to_builtins(policy.Policy(text=True, bulk="never"))
    assert report["project"] == "signs"
    found = kinds(json.dumps(report))
    assert (found["classes"].leaves, found["bulk"].leaves) == ("reduced", "never")


def test_the_command_line_shown_is_this_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.orig_argv", ["/acme/python3", "acme.py", "--data", "/acme/line.yaml", "--epochs=3"])
    command = kinds(run("env", "--what-is-sent", "--json", "--server", "http://127.0.0.1:9").output)["command"]
    assert command.sent == ["<path>/python3", "<path>.py", "--data", "<path>.yaml", "--epochs=3"]


@pytest.mark.parametrize(
    ("language", "title"), [("C.UTF-8", "Command line: sent in part"), ("zh_CN.UTF-8", "命令行：部分发送")]
)
def test_people_read_it_in_their_language(monkeypatch: pytest.MonkeyPatch, language: str, title: str) -> None:
    monkeypatch.setenv("LANG", language)
    monkeypatch.setattr("sys.orig_argv", ["python", "acme.py"])
    lines = run("env", "--what-is-sent", "--server", "http://127.0.0.1:9").output.splitlines()
    assert title in lines
    for kind in what_is_sent.report("http://127.0.0.1:9").kinds:
        leaves = texts.text(f"sent.is_{kind.leaves}")
        assert texts.text("fact", name=texts.text(f"sent.{kind.kind}"), value=leaves) in lines


def test_a_bad_policy_is_named(folder: Path) -> None:
    (folder / "yoloscope.toml").write_text("[policy]\nimages = true\n")
    said = run("env", "--what-is-sent").exception
    assert isinstance(said, errors.ConfigError)
    assert "policy.images is not known" in str(said)
