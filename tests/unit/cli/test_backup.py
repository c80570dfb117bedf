"""`yoloscope backup` and `yoloscope restore`: what they print and what they refuse."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yoloscope import errors
from yoloscope.cli import main
from yoloscope.store import open as opening

pytestmark = pytest.mark.slow


def cli(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main.cli, [str(argument) for argument in arguments])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    opening.open_stores(tmp_path / "data").close()
    return tmp_path / "data"


def test_programs_are_told_what_was_written_and_put_back(data: Path, tmp_path: Path) -> None:
    written = json.loads(cli("backup", tmp_path / "b.tar", "--data", data, "--json").output)
    assert written["file"] == str(tmp_path / "b.tar")
    assert (written["size_bytes"], written["runs"], written["files"]) == ((tmp_path / "b.tar").stat().st_size, 0, 3)
    back = json.loads(cli("restore", tmp_path / "b.tar", "--data", tmp_path / "again", "--json").output)
    assert (back["data"], back["aside"], back["files"]) == (str(tmp_path / "again"), None, 3)
    assert {key: back[key] for key in ("instance", "created_ns", "release")} == {
        key: written[key] for key in ("instance", "created_ns", "release")
    }
    forced = json.loads(cli("restore", tmp_path / "b.tar", "--data", tmp_path / "again", "--force", "--json").output)
    assert (Path(forced["aside"]) / "catalog.db").is_file()
    assert forced["instance_epoch"] > back["instance_epoch"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("C.UTF-8", "read again and found whole"), ("zh_CN.UTF-8", "已重新读取并校验无误")],
)
def test_people_are_told_in_their_language(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("LANG", language)
    assert said in cli("backup", tmp_path / "b.tar", "--data", data).output
    assert str(tmp_path / "again") in cli("restore", tmp_path / "b.tar", "--data", tmp_path / "again").output


def test_force_moves_nothing_for_the_sake_of_a_bad_backup(data: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.tar").write_bytes(b"no tar at all" * 1000)
    said = cli("restore", tmp_path / "bad.tar", "--data", data, "--force").exception
    assert isinstance(said, errors.StoreError)
    assert (data / "catalog.db").is_file()
    assert isinstance(cli("restore", tmp_path / "none.tar", "--data", data).exception, errors.ConfigError)


def test_series_that_lie_elsewhere_are_in_it_too(tmp_path: Path) -> None:
    url = f"blocks://{tmp_path}/fast%20disk"
    opening.open_stores(tmp_path / "data", store_url=url).close()
    (tmp_path / "fast disk" / "series" / "p.db").write_bytes(b"")
    written = cli("backup", tmp_path / "b.tar", "--data", tmp_path / "data", "--store", url, "--json")
    assert json.loads(written.output)["files"] == 4
    refused = cli("backup", tmp_path / "c.tar", "--data", tmp_path / "data", "--store", "s3://x").exception
    assert "--store takes what `yoloscope up` was given" in str(refused)


def test_of_influxdb_the_points_are_said_to_be_elsewhere(data: Path, tmp_path: Path) -> None:
    ledger = data / "influxdb" / "0123"
    ledger.mkdir(parents=True)
    (ledger / "database.txt").write_text("http://host:8086/db")
    (ledger / "signs.db").write_bytes(b"")
    said = cli("backup", tmp_path / "b.tar", "--data", data, "--store", "influxdb://host:8086/db").output
    assert "not the points in InfluxDB" in said
    cli("restore", tmp_path / "b.tar", "--data", tmp_path / "again")
    back = tmp_path / "again" / "influxdb" / "0123"
    assert ((back / "database.txt").read_text(), (back / "signs.db").exists()) == ("http://host:8086/db", True)
