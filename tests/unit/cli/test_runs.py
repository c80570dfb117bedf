"""`yoloscope runs`: attempts in the table and on the page of a run, and runs side by side, in both languages and in narrow terminals."""

import json
import re

import msgspec
import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main
from yoloscope.cli.runs import comparing
from yoloscope.records import finding, ids, row
from yoloscope.store import ports_findings

pytestmark = pytest.mark.slow  # a server each


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.cli, arguments)


@pytest.fixture
def filled(live_server, batches) -> object:
    """Two runs; the first was resumed from epoch 1 by another process."""
    for name, rate, digit in (("alpha", 0.1, "1"), ("beta", 0.2, "2")):
        told = (
            row.Updated("config", {"lr0": rate, "names": list(range(100))}),
            row.Updated("provenance", {"command": ["python", f"{name}.py"], "driver": "550"}),
        )
        batch = batches(*told, batches.matrix({"x": [1.0] * 20}), run=name, writer=digit * 32)
        assert live_server.ingest(batches.body(batch)).status_code == 200
    again = row.AttemptRef(0, 1_700_000_100_000_000_000, 1_700_000_100_000_000_000, start_epoch=1.0, start_step=10)
    told = row.Updated("provenance", {"command": ["python", "again.py"], "driver": "535"})
    batch = batches(told, batches.matrix({"x": [2.0] * 5}, first_step=10), run="alpha", writer="3" * 32, attempt=again)
    assert live_server.ingest(batches.body(batch)).status_code == 200
    return live_server


def test_a_resumed_run_says_its_attempt_in_the_table(filled) -> None:
    shown = run("runs", "ls", "--server", filled.url).output
    heading = next(line for line in shown.splitlines() if "Name" in line)
    assert "Attempt" in heading
    [alpha] = [line for line in shown.splitlines() if line.strip().startswith("alpha")]
    assert re.search(r"\s2\s", alpha)


def test_the_attempts_of_a_run_are_listed_with_where_they_begin(filled) -> None:
    shown = run("runs", "show", "alpha", "--server", filled.url).output
    assert "From epoch" in shown
    attempts = [line.split() for line in shown.splitlines() if re.match(r"\s*[12]\s", line)]
    assert [(words[0], words[2]) for words in attempts] == [("1", "0"), ("2", "1")]
    assert "From epoch" not in run("runs", "show", "beta", "--server", filled.url).output


def test_a_run_tells_how_it_stands_and_its_open_findings(filled, monkeypatch) -> None:
    nan = finding.Finding(rule="N01", name="nan", severity="critical", values={"step": 40})
    over = msgspec.structs.replace(nan, rule="X98", status="closed")
    small = msgspec.structs.replace(nan, rule="X99", name="other rule", severity="info")
    said = ports_findings.Diagnosis(
        verdict="critical", answer={"en": "Broken.", "zh": "坏了。"}, not_evaluated={}, thresholds=""
    )
    changes = [ports_findings.Change(one, "opened") for one in (nan, over, small)]
    filled.services.catalog.findings.put(ids.RunId("alpha"), changes, diagnosis=said, at_ns=1)
    shown = run("runs", "show", "alpha", "--server", filled.url).output.splitlines()
    at = shown.index("Broken.")
    assert shown[at + 1].startswith("[critical] N01 ")
    assert shown[at + 2] == "[note] X99 other rule: step = 40"
    assert not any("X98" in line for line in shown)
    assert "Broken." not in run("runs", "show", "beta", "--server", filled.url).output
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    shown = run("runs", "show", "alpha", "--server", filled.url).output.splitlines()
    assert "坏了。" in shown
    assert "[提示] 规则 X99，other rule：step = 40" in shown


def test_states_are_told_in_the_users_language(filled, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "起始 epoch" in run("runs", "show", "alpha", "--server", filled.url).output
    compared = run("runs", "compare", "alpha", "beta", "--server", filled.url).output
    assert "配置：1 项不同，1 项相同" in compared
    assert "# 重新运行训练 alpha" in run("runs", "show", "alpha", "--reproduce", "--server", filled.url).output


def test_runs_are_compared_by_what_differs(filled) -> None:
    shown = run("runs", "compare", "alpha", "beta", "--server", filled.url).output
    assert "Configuration: 1 differ, 1 are the same" in shown
    assert "Data: nothing recorded" in shown
    [rate] = [line.split() for line in shown.splitlines() if "lr0" in line]
    assert rate == ["lr0", "0.1", "0.2"]
    told = json.loads(run("runs", "compare", "alp", "beta", "--json", "--server", filled.url).output)
    assert told["sections"]["config"] == [{"key": "lr0", "a": 0.1, "b": 0.2}]


def test_attempts_of_one_run_are_compared(filled) -> None:
    arguments = ("runs", "compare", "alpha", "alpha", "--attempt", "1", "--attempt", "2", "--server", filled.url)
    told = json.loads(run(*arguments, "--json").output)
    assert told["sections"]["machine"] == [{"key": "driver", "a": "550", "b": "535"}]
    assert "alpha (attempt 1)" in run(*arguments).output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("compare", "alpha"), "name two runs to compare"),
        (("compare", "alpha", "beta", "--attempt", "1"), "1 attempts are named for 2 runs"),
        (("compare", "alpha", "none"), "there is no run 'none'"),
        (("show", "alpha", "--reproduce", "--attempt", "9"), "no attempt 9; it has 2"),
    ],
)
def test_what_cannot_be_answered_is_said_so(filled, arguments, says) -> None:
    assert says in str(run("runs", *arguments, "--server", filled.url).exception)


def test_the_options_of_a_script_go_with_it_alone(filled) -> None:
    assert run("runs", "show", "alpha", "--no-packages", "--server", filled.url).exit_code == 2


@pytest.mark.parametrize(("arguments", "script"), [((), "again.py"), (("--attempt", "1"), "alpha.py")])
def test_each_attempt_has_a_script_of_its_own(filled, arguments, script) -> None:
    shown = run("runs", "show", "alpha", "--reproduce", *arguments, "--server", filled.url).output
    assert shown.splitlines()[-1] == f"exec python {script}"


def test_a_name_with_brackets_is_a_heading_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [comparing._Column("a", "1", "first [/x]", 1), comparing._Column("b", "2", "[bold]second", 1)]
    row = {"key": "lr", "a": "[/y]\x1b[2J", "b": "x" * 100_000}
    comparing._print(comparing._Answer(columns, {"config": [row]}, {}))
    told = capsys.readouterr().out
    assert "first [/x]" in told
    assert "[bold]second" in told
    assert "[/y]?[2J" in told
    assert "x" * 100 not in told
