"""`make bundle`: one tar, carried to a machine without a network, installs there on every Python that it says, and works."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from packaging import tags, utils

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
ALONE = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bundle", ROOT / "tools" / "bundle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bundle = _tool()

JOURNEY = textwrap.dedent("""
    import json, os, pathlib, subprocess, sys, time, urllib.error, urllib.request
    data = sys.argv[1]
    bin = os.path.dirname(sys.executable)
    up = subprocess.Popen([bin + "/yoloscope", "up", "--json", "--port", "0", "--data", data], stdout=subprocess.PIPE, text=True)
    try:
        url = json.loads(up.stdout.readline())["url"]
        import yoloscope
        run = yoloscope.init(project="signs", server=url, directory=data, config={"lr0": 0.01})
        for step in range(1000):
            run.log({"train/box_loss": 1 / (1 + step), "lr/weight": 0.01}, step=step, epoch=step / 100)
        run.finish()
        token = pathlib.Path(data, "token").read_text().strip()
        def get(path):
            request = urllib.request.Request(url + path, headers={"Authorization": "Bearer " + token})
            with urllib.request.urlopen(request) as answer:
                return answer.read().decode()
        def whole():  # a busy machine may need longer than the ten seconds that finish() waits
            try:
                found = json.loads(get(f"/api/v1/series?run={run.id}&name=train/box_loss&x=step&buckets=0"))["series"]
                return found[0] if found and found[0]["total"] == 1000 and json.loads(get("/api/v1/runs/" + run.id))["ended"] else None
            except urllib.error.HTTPError:
                return None
        until = time.monotonic() + 120
        while (series := whole()) is None and time.monotonic() < until:
            time.sleep(0.5)
        assert series["y"] == [1 / (1 + step) for step in range(1000)]
        assert json.loads(get("/api/v1/runs/" + run.id))["state"] == "finished"
        assert '<div id="root">' in get("/")
        print("works")
    finally:
        up.terminate()
        up.wait(30)
""")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the bundle and unpack it, as somebody who was given the file."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, str(ROOT / "tools" / "bundle.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (tar,) = folder.iterdir()
    assert re.fullmatch(r"yoloscope-[\d.]+-bundle-linux-x86_64\.tar", tar.name)
    with tarfile.open(tar) as content:
        content.extractall(folder, filter="data")
    return folder / tar.stem


def _environment() -> dict[str, str]:
    """Return ours without what would lead pip to another place, nor to an active environment."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PIP_", "VIRTUAL_ENV", "CONDA_", "YOLOSCOPE"))
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


def _interpreter(version: str) -> str | None:
    """Return a Python of this version that runs: the path's, or where that is a shim of pyenv, one that it stands for."""
    named = shutil.which(f"python{version}")
    if named is None:
        return None
    behind = sorted((Path(named).parents[1] / "versions").glob(f"{version}.*/bin/python"))
    for name in (named, *map(str, behind)):
        if subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0:
            return name
    return None


@pytest.mark.parametrize("version", bundle.PYTHONS)
def test_every_python_finds_all_it_needs_in_the_bundle(unpacked: Path, version: str) -> None:
    python = tuple(map(int, version.split(".")))
    usable = {
        *tags.cpython_tags(python, platforms=bundle.PLATFORMS),
        *tags.compatible_tags(python, platforms=bundle.PLATFORMS),
    }
    wheels = {}
    for path in (unpacked / "wheels").iterdir():
        name, _, _, offered = utils.parse_wheel_filename(path.name)
        if offered & usable:
            wheels.setdefault(name, []).append(path)
    wanted, met = {"yoloscope"}, set()
    while wanted - met:
        name = min(wanted - met)
        assert name in wheels, f"no wheel of {name}"
        for path in wheels[name]:
            wanted |= bundle.needs(path, python=version, extras=bundle.EXTRAS if name == "yoloscope" else ())
        met.add(name)
    assert {"numpy", "fastapi", "backports-zstd", "greenlet"} - met == (set() if version == "3.10" else {"greenlet"})
    assert not {"torch", "ultralytics", "scikit-learn"} & set(wheels)


@pytest.mark.parametrize("version", bundle.PYTHONS)
def test_it_installs_and_works_without_a_network(unpacked: Path, tmp_path: Path, version: str) -> None:
    python = _interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} here: only what it needs was checked")
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no network namespace")
    environment = {**_environment(), "PYTHON": python}
    command = [*ALONE, "sh", str(unpacked / "install.sh"), str(tmp_path / "with spaces 中文")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "yoloscope up" in done.stdout
    script = tmp_path / "journey.py"
    script.write_text(JOURNEY)
    command = [*ALONE, str(tmp_path / "with spaces 中文" / "bin" / "python"), str(script), str(tmp_path / "data")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "works\n", done.stdout + done.stderr


def test_an_active_environment_is_used_and_a_damaged_bundle_is_refused(unpacked: Path, tmp_path: Path) -> None:
    own = _interpreter(f"{sys.version_info.major}.{sys.version_info.minor}")
    if own is None or sys.version_info[:2] > (3, 13):
        pytest.skip("the Python of these tests is none of the bundle's")
    subprocess.run([own, "-m", "venv", tmp_path / "active"], check=True)
    environment = {**_environment(), "VIRTUAL_ENV": str(tmp_path / "active"), "LC_ALL": "zh_CN.UTF-8"}
    copied = shutil.copytree(unpacked, tmp_path / "copied")
    command = ["sh", str(copied / "install.sh")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"安装完成。启动面板：{tmp_path / 'active'}/bin/yoloscope up\n"
    assert (tmp_path / "active" / "bin" / "yoloscope").exists()
    wheel = next((copied / "wheels").glob("click-*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"x")
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "没有安装任何内容" in done.stderr
