"""`yoloscope runs learnt`: what helped, for people and for programs, in both languages."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main
from yoloscope.records import row

pytestmark = pytest.mark.slow  # a server each

DATA = {"train": {"images": 192, "file_list_sha256": "ab" * 32}}


@pytest.fixture
def ask(live_server, batches, monkeypatch) -> Callable[..., Result]:
    """Ask the command line about a project of ten runs in which mosaic helps, two of which have another rate."""
    monkeypatch.setenv("YOLOSCOPE_TOKEN", live_server.token)
    for at in range(12):
        told = (
            row.Updated("config", {"lr0": 0.1 if at > 9 else 0.01, "note": f"n{at}"}),
            row.Updated("settings", {"mosaic": at % 2}),
            row.Updated("provenance", {"data": DATA, "seed": at}),
        )
        ended = row.Ended("failed" if at == 9 else "finished", 1_700_000_100_000_000_000)
        values = batches.matrix({"metrics/mAP50-95": [0.5 + at / 1000 + 0.1 * (at % 2)]})
        batch = batches(*told, values, ended, run=f"r{at}", writer=f"{at:032d}")
        assert live_server.ingest(batches.body(batch)).status_code == 200

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main.cli, ["runs", "learnt", "--server", live_server.url, *arguments])

    return run


def test_people_read_sentences_what_is_sure_first(ask) -> None:
    said = ask("--project", "signs")
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert lines[:2] == [
        "mAP50-95 of 11 runs in project signs",
        "Left out: 1 crashed or failed before the planned epochs were done",
    ]
    assert lines[3].startswith("Data ")
    assert lines[3].endswith("(192 images for training, – for validation), 11 runs")
    assert lines[4].startswith("  mosaic 1 instead of 0: mAP50-95 +10.02 points (95 % ")
    assert lines[4].endswith("It helped.")
    assert lines[5:] == [
        "  1 more comparisons have too few runs; --all lists them.",
        "  Not compared, since most runs have their own: note",
    ]
    assert "  lr0 0.1 instead of 0.01: too few runs to tell (2 against 9)." in ask("--project", "signs", "--all").output


def test_it_speaks_chinese(ask, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    said = ask("--project", "signs").output.splitlines()
    assert said[:2] == ["项目 signs 中 11 次训练的 mAP50-95", "未计入：1 次，在完成计划的 epoch 之前崩溃或失败"]
    assert said[4].startswith("  mosaic 取 1 而非 0：mAP50-95 +10.02 个百分点（95% 置信区间 ")


def test_programs_read_the_answer_of_the_server(ask) -> None:
    told = json.loads(ask("--project", "signs", "--json", "--value", "last", "--better", "lower").output)
    assert (told["metric"]["which"], told["metric"]["better"], told["runs"]["counted"]) == ("last", "lower", 11)
    assert told["data"][0]["effects"][0]["verdict"] == "hurt"


def test_a_wrong_metric_is_told_with_the_nearest(ask) -> None:
    said = ask("--project", "signs", "--metric", "mAP")
    assert said.exit_code != 0
    assert "metrics/mAP50-95" in str(said.exception)
