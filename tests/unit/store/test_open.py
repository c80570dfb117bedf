"""A data directory: made, signed, locked, and refused when it is not ours to use."""

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

import yoloscope
from contracts import rows
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store.series import place


def test_a_new_directory_is_private_and_signed(tmp_path: Path) -> None:
    directory = tmp_path / "数据 %20"
    with opening.open_stores(directory):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {"format": 1, "release": yoloscope.__version__} == json.loads((directory / "version.json").read_text())
    with opening.open_stores(directory) as again:
        assert again.catalog.projects() == []


def test_a_second_server_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with opening.open_stores(tmp_path) as first:
        with pytest.raises(errors.StoreError, match=rf"in use by pid {os.getpid()} on "):
            opening.open_stores(tmp_path)
        assert first.catalog.projects() == []
    opening.open_stores(tmp_path).close()


@pytest.mark.slow
def test_a_server_of_another_process_is_noticed(tmp_path: Path) -> None:
    code = (
        "import sys; from yoloscope.store import open as opening\n"
        "stores = opening.open_stores(sys.argv[1]); print('open', flush=True); sys.stdin.read(); stores.close()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(errors.StoreError, match=rf"in use by pid {other.pid} on "):
            opening.open_stores(tmp_path)
        other.communicate("")
    opening.open_stores(tmp_path).close()


def test_a_directory_of_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "version.json").write_text('{"format": 5, "release": "9.1.0"}')
    with pytest.raises(errors.StoreVersion, match=r"yoloscope 9\.1\.0 .*format 5.*untouched"):
        opening.open_stores(tmp_path)
    assert not (tmp_path / "catalog.db").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"release": "1"}', '{"format": "x"}'])
def test_a_version_that_cannot_be_read_is_not_guessed(tmp_path: Path, text: str) -> None:
    (tmp_path / "version.json").write_text(text)
    with pytest.raises(errors.StoreError, match=r"nothing was changed.*version\.json"):
        opening.open_stores(tmp_path)


def test_a_directory_that_cannot_be_made_is_named_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.StoreError, match=r"cannot be written.*--data.*file/data"):
        opening.open_stores(tmp_path / "file" / "data")


def test_a_failed_opening_lets_go_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(errors.StoreError, match="catalogue"):
        opening.open_stores(tmp_path)
    (tmp_path / "catalog.db").unlink()
    opening.open_stores(tmp_path).close()


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/x {tmp_path} nfs rw 0 0\n")
    monkeypatch.setattr(place, "MOUNTS", mounts)
    with pytest.raises(errors.StoreError, match=r"network file system \(nfs\)"):
        opening.open_stores(tmp_path / "data")


def test_series_may_lie_elsewhere(tmp_path: Path) -> None:
    with opening.open_stores(tmp_path / "data", store_url=f"blocks://{tmp_path}/fast%20disk"):
        assert (tmp_path / "fast disk" / "series").is_dir()


@pytest.mark.parametrize("url", ["postgres://host:8086/db", "nonsense", "blocks://host/dir", "blocks://"])
def test_unusable_store_urls_are_refused_before_anything_is_made(tmp_path: Path, url: str) -> None:
    with pytest.raises(errors.ConfigError, match="blocks:///DIR"):
        opening.open_stores(tmp_path / "data", store_url=url)
    assert not (tmp_path / "data").exists()


def _resumed_in(directory: Path, projects: list[str]) -> None:
    """Fill one run for each project that was resumed."""
    with opening.open_stores(directory) as stores:
        for project in map(ids.ProjectName, projects):
            run, writer = ids.RunId(f"in-{project}"), ids.WriterId("a" * 32)
            stores.catalog.open_run(row.RunRef(run, project, "r", 1))
            stores.catalog.open_attempt(run, writer, row.AttemptRef(0, 1, 0))
            lane = msgspec.structs.replace(rows.lane(rows.column([1.0, 2.0, 3.0])), run=run)
            stores.series.append(project, [lane]).result()
            stores.catalog.open_attempt(run, writer, row.AttemptRef(1, 2, 0, start_step=1))


def test_opening_keeps_no_file_of_a_project_open_however_many_have_resumed_runs(tmp_path: Path) -> None:
    projects = ["one", "two", "three"]
    _resumed_in(tmp_path, projects)
    for _ in range(2):
        threads = threading.active_count()
        with opening.open_stores(tmp_path) as stores:
            links = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
            assert [link for link in links if link.startswith(str(tmp_path / "series"))] == []
            assert threading.active_count() == threads + 1
            counted = [stores.series.series(ids.ProjectName(one), ids.RunId(f"in-{one}"))[0].count for one in projects]
            assert counted == [1, 1, 1]
