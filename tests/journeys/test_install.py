"""`pip install '.[server]'` from a clone gives a working server with its dashboard, also with no network at all."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]

VISIT = textwrap.dedent("""
    import json, re, subprocess, sys, urllib.request
    up = subprocess.Popen([sys.argv[1], "up", "--json", "--port", "0", "--data", sys.argv[2]], stdout=subprocess.PIPE, text=True)
    try:
        said = json.loads(up.stdout.readline())
        def get(path):
            with urllib.request.urlopen(said["url"] + path) as answer:
                return answer.read().decode()
        page = get("/")
        assets = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert any(asset.endswith(".js") for asset in assets), page
        from yoloscope.server import dashboard
        for asset in assets:
            built = (dashboard.STATIC / asset.removeprefix("/")).read_text(encoding="utf-8")
            assert built and get(asset) == built, asset
        assert "swagger" in get("/docs").lower()
        log = urllib.request.Request(
            said["url"] + "/log", data=json.dumps({"step": 1, "loss_box": 1.5}).encode(), headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(log) as answer:
            assert json.load(answer)["rows"] == 1
        link = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert link.open(said["link"]).status == 200
        assert len(json.load(link.open(said["url"] + "/api/v1/runs"))["items"]) == 1
        print("works")
    finally:
        up.terminate()
        up.wait(30)
""")


def _clone(target: Path) -> Path:
    """Copy what git would give a newcomer: the tracked and the new files, nothing built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.split("\n"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def _install(tmp_path: Path, *, path: str) -> Path:
    """Install a clone with its server into an empty environment and return the environment's folder."""
    clone = _clone(tmp_path / "clone")
    built = clone / "src" / "yoloscope" / "server" / "static"
    assert not built.exists()  # what is served below was built by this very installation
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    environment = {**os.environ, "PATH": path}
    pip = [tmp_path / "venv" / "bin" / "python", "-m", "pip", "install", "-q", f"{clone}[server]"]
    done = subprocess.run(pip, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return tmp_path / "venv" / "bin"


def _visit(binaries: Path, data: Path, *, before: tuple[str, ...] = ()) -> None:
    script = data.parent / "visit.py"
    script.write_text(VISIT)
    command = [*before, str(binaries / "python"), str(script), str(binaries / "yoloscope"), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "works\n", done.stdout + done.stderr


def _path_without_node() -> str:
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / "node").exists())


def test_an_installed_clone_serves_the_dashboard_with_and_without_a_network(tmp_path: Path) -> None:
    binaries = _install(tmp_path, path=os.environ["PATH"])
    _visit(binaries, tmp_path / "data")
    alone = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no network namespace: the part without a network was not run")
    _visit(binaries, tmp_path / "data-alone", before=alone)


@pytest.mark.long
def test_a_machine_without_node_builds_the_dashboard_too(tmp_path: Path) -> None:
    path = _path_without_node()
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh", "env", "python3"):  # what lay beside node
        found = shutil.which(name)
        if found and not shutil.which(name, path=path):
            (tools / name).symlink_to(found)
    path = f"{path}{os.pathsep}{tools}"
    assert shutil.which("node", path=path) is None
    _visit(_install(tmp_path, path=path), tmp_path / "data")
