import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main, texts


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.cli, arguments)


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_every_command_of_the_table_exists_and_has_help(name) -> None:
    said = run(name, "--help")
    assert (said.exit_code, said.output.startswith("Usage:")) == (0, True)


def test_the_overview_loads_no_command() -> None:
    code = "import sys; sys.argv = ['yoloscope', '--help']; from yoloscope.cli import main\ntry: main.main()\nfinally: print([m for m in ('fastapi', 'sqlalchemy', 'numpy', 'rich', 'psutil', 'urllib3') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Start the dashboard." in said.stdout
    assert said.stdout.strip().endswith("[]")


def test_an_error_of_ours_is_one_message_and_exit_code_two(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["yoloscope", "runs", "ls", "--server", "http://127.0.0.1:9"])
    with pytest.raises(SystemExit) as caught:
        main.main()
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("yoloscope: no yoloscope server answers at http://127.0.0.1:9")


def test_texts_follow_the_locale(monkeypatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert texts.text("up.stop") == "按 Ctrl-C 停止。"
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert texts.text("up.stop") == "Stop with Ctrl-C."


def test_every_text_takes_the_same_values_in_both_languages() -> None:
    fields = [{tuple(sorted(re.findall(r"{\w+}", text))) for text in pair} for pair in texts._TEXTS.values()]
    assert all(len(same) == 1 for same in fields)


@pytest.fixture
def filled(live_server, batches) -> object:
    for name in ("alpha", "beta"):
        batch = batches(batches.matrix({"metrics/mAP50": [0.25, 0.5]}), run=name, writer=name[0] * 32)
        assert live_server.ingest(batches.body(batch)).status_code == 200
    return live_server


def test_runs_are_listed_for_people_and_for_programs(filled) -> None:
    listed = json.loads(run("runs", "ls", "--json", "--server", filled.url).output)["items"]
    assert sorted(item["id"] for item in listed) == ["alpha", "beta"]
    shown = run("runs", "ls", "--server", filled.url).output
    assert "alpha" in shown
    assert "0.5" in shown
    assert json.loads(run("runs", "ls", "--json", "--project", "none", "--server", filled.url).output)["items"] == []
    first = json.loads(run("runs", "ls", "--json", "--limit", "1", "--server", filled.url).output)
    assert (len(first["items"]), first["more"]) == (1, True)


@pytest.mark.parametrize("asked", ["alpha", "alp"])
def test_a_run_is_shown_by_id_or_by_its_start(filled, asked) -> None:
    assert json.loads(run("runs", "show", asked, "--json", "--server", filled.url).output)["id"] == "alpha"
    assert "metrics/mAP50" in run("runs", "show", asked, "--server", filled.url).output


def test_a_run_is_shown_by_name(live_server) -> None:
    logged = live_server.log({"x": 1}, query="?run=my run").json()
    assert (
        json.loads(run("runs", "show", "my run", "--json", "--server", live_server.url).output)["id"] == logged["run"]
    )


def test_an_unknown_run_is_said_so(filled) -> None:
    assert "there is no run 'gamma'" in str(run("runs", "show", "gamma", "--server", filled.url).exception)


def test_env_tells_versions_without_importing_frameworks(filled) -> None:
    found = json.loads(run("env", "--fast", "--json", "--server", filled.url).output)
    assert found["reachable"] is True
    assert found["packages"]["numpy"]
    assert run("env", "--fast", "--server", "http://127.0.0.1:9").exit_code == 0


@pytest.mark.parametrize("missing", ["sqlalchemy", "backports.zstd"])
def test_a_command_whose_packages_are_not_installed_says_what_to_type(monkeypatch, capsys, missing: str) -> None:
    def lacking(**_: object) -> None:
        raise ModuleNotFoundError(name=missing)

    monkeypatch.setattr(main, "cli", lacking)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    assert "pip install 'yoloscope[server]'" in capsys.readouterr().err
