"""``yoloscope doctor`` as programs and people call it: keys, exit codes, both languages, and what cannot be judged."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli.main import cli

TRAININGS = Path(__file__).parents[3] / "data" / "trainings"


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(cli, ["doctor", *map(str, arguments)], catch_exceptions=False)

    return run


def _json(result: Result) -> list[dict[str, object]]:
    return json.loads(result.stdout)


def test_the_keys_are_those_of_the_contract(doctor) -> None:
    (report,) = _json(doctor(TRAININGS / "overfit_tiny", "--json", "--lang", "en"))
    assert {"source", "phase", "verdict", "summary", "findings"} <= report.keys()
    assert (report["verdict"], report["source"]) == ("critical", str(TRAININGS / "overfit_tiny"))
    first = report["findings"][0]
    assert {"rule", "name", "severity", "first_epoch", "evidence", "advice"} <= first.keys()
    assert (first["rule"], first["name"], first["severity"]) == ("G04", "map_zero", "critical")
    assert {"text", "args"} <= first["advice"].keys()


@pytest.mark.parametrize(("case", "code"), [("healthy_s0", 0), ("lr_high", 1), ("overfit_tiny", 2)])
def test_the_exit_code_is_the_verdict(doctor, case: str, code: int) -> None:
    assert doctor(TRAININGS / case, "--json").exit_code == code


def test_several_are_judged_and_the_worst_decides(doctor) -> None:
    result = doctor(TRAININGS / "healthy_s0", TRAININGS / "overfit_tiny", TRAININGS / "lr_high", "--json")
    assert [report["verdict"] for report in _json(result)] == ["healthy", "critical", "warning"]
    assert result.exit_code == 2


@pytest.mark.parametrize("content", ["", "a,b,c\n1,2,3\n", "\x00\x01\x02", "epoch,train/box_loss\n"])
def test_no_verdict_comes_from_nothing(doctor, tmp_path: Path, content: str) -> None:
    (tmp_path / "results.csv").write_text(content)
    for lang in ("en", "zh"):
        result = doctor(tmp_path / "results.csv", "--json", "--lang", lang)
        (report,) = _json(result)
        assert (result.exit_code, report["verdict"], report["findings"]) == (3, "unknown", [])
        assert len(report["summary"]) > 10
        assert bool(re.search(r"[一-鿿]", report["summary"])) == (lang == "zh")


def test_what_is_not_there_is_told_in_both_languages(doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_SERVER", "http://127.0.0.1:9")
    for lang, word in (("en", "no file or folder 'nothing-here'"), ("zh", "没有文件或目录")):
        result = doctor("nothing-here", "--lang", lang)
        assert result.exit_code == 3
        assert word in result.stdout


def test_people_read_the_answer_first_then_evidence_and_what_to_change(doctor) -> None:
    english = doctor(TRAININGS / "lr_high", "--lang", "en").stdout
    assert (
        english.index("Ended at epoch 24")
        < english.index("The loss swings wildly")
        < english.index("Change  yolo train")
    )
    chinese = doctor(TRAININGS / "lr_high", "--lang", "zh").stdout
    assert "训练前期损失剧烈震荡" in chinese
    assert "lr0=0.001" in chinese
    assert not re.search(r"\{\w+", chinese + english), "a number is missing in a sentence"


def test_a_recording_and_a_folder_of_several_are_read(doctor) -> None:
    reports = _json(doctor(TRAININGS / "with-items.yoloscope", TRAININGS / "nan_batch", "--json"))
    assert [report["kind"] for report in reports] == ["yoloscope", "recording"]
    assert all(report["verdict"] != "unknown" for report in reports)


def test_the_page_needs_nothing_from_outside(doctor, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert doctor(TRAININGS / "lr_high", "--html", page, "--lang", "zh").exit_code == 1
    text = page.read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in text
    assert "训练前期损失剧烈震荡" in text
    assert "<polyline" in text
    assert not re.search(r"(src|href)=|url\(|@import|<script", text)


def test_names_in_a_page_are_text(doctor, tmp_path: Path) -> None:
    case = tmp_path / "<img src=x onerror=alert(1)>"
    case.mkdir()
    (case / "results.csv").write_bytes((TRAININGS / "healthy_s0" / "results.csv").read_bytes())
    doctor(case, "--html", tmp_path / "report.html")
    assert "<img" not in (tmp_path / "report.html").read_text(encoding="utf-8")
