"""Other systems, consoles and places: Windows' library, a GBK console, names with anything in them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WITHOUT_POSIX = """
import os, platform, shutil, subprocess, sys, numpy, psutil  # loaded as they are made for this system
subprocess.os = type(os)("os")  # of its own: it was made for a system that has everything
subprocess.os.__dict__.update(os.__dict__)
sys.modules["fcntl"] = sys.modules["resource"] = None
for name in ("fork", "forkpty", "getloadavg", "getuid", "getpgid", "getsid", "nice", "posix_fallocate", "posix_spawn", "posix_spawnp",
             "pread", "pwrite", "register_at_fork", "sched_getaffinity", "setsid", "uname", "wait3", "wait4", "WNOHANG"):
    if hasattr(os, name):
        delattr(os, name)
"""
TRAINING = """
import os, sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1], config={"lr0": 0.01})
for step in range(1000):
    run.log({"a": step * 0.1, "b": float("nan")}, step=step, epoch=step / 100)
print(run.id, flush=True)
sys.stdin.read()
for step in range(1000, 2000):
    run.log({"a": step * 0.1}, step=step, epoch=step / 100)
run.finish()
"""
ODD_NAMES = {
    "words of a shell": '训练  数据 it\'s "quoted" `cmd` $HOME ',
    "words of a format": "100% %20 %s {0} {name} a#b?c=d&e [bold]x[<b>",
    "no printable": "a\nb\\n\t",
    "very long": "x" * 240,
}


def _without_posix(folder: Path) -> dict[str, str]:
    """Return an environment in which every Python lacks what Windows lacks."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT_POSIX)
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


def test_a_training_without_posix_is_carried_to_the_server(
    server, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """Windows' case: no fcntl, no fork, no allocation. The sidecar sees the training live, and sees it end."""
    server.start()
    environment = {**_without_posix(tmp_path / "hide"), "YOLOSCOPE_DIR": str(tmp_path / "spool")}
    command = [sys.executable, "-c", TRAINING, server.url]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdin is not None
        run = process.stdout.readline().strip()
        wait_until(lambda: run in {item["id"] for item in server.get("/api/v1/runs")["items"]})
        wait_until(lambda: server.get(f"/api/v1/runs/{run}")["rows"] == 1000)
        assert server.get(f"/api/v1/runs/{run}")["state"] == "running"
        process.stdin.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
    assert server.get(f"/api/v1/runs/{run}")["state"] == "finished"
    assert server.rows(run) == {step: step * 0.1 for step in range(2000)}
    (directory,) = (tmp_path / "spool").iterdir()
    assert "Traceback" not in (directory / "sidecar.log").read_text()


def test_a_training_without_posix_that_is_killed_is_seen_to_have_ended(
    server, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    server.start()
    environment = {**_without_posix(tmp_path / "hide"), "YOLOSCOPE_DIR": str(tmp_path / "spool")}
    command = [sys.executable, "-c", TRAINING, server.url]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        run = process.stdout.readline().strip()
        process.kill()
    wait_until(lambda: run in {item["id"] for item in server.get("/api/v1/runs")["items"]})
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["state"] == "crashed")
    assert server.rows(run) == {step: step * 0.1 for step in range(1000)}


@pytest.mark.torch
def test_every_module_of_the_trainer_can_be_imported_without_posix() -> None:
    script = """
import importlib, pkgutil, yoloscope
rooms = ("yoloscope.sdk", "yoloscope.sidecar", "yoloscope.spool", "yoloscope.boot", "yoloscope.integrations", "yoloscope.wire",
         "yoloscope.records", "yoloscope.curves", "yoloscope.cli")
for found in pkgutil.walk_packages(yoloscope.__path__, "yoloscope."):
    if found.name.startswith(rooms) and not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""
    command = [sys.executable, "-c", "import torch, torchvision" + WITHOUT_POSIX + script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _training(
    tmp_path: Path, url: str, *, project: str = "p", name: str = "n", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a short training with its sidecar in a folder and return what it said."""
    script = f"""
import yoloscope
run = yoloscope.init(project={project!r}, name={name!r}, server={url!r})
for step in range(10):
    run.log({{"a": step * 0.1, "指标/α€": 1.0}}, step=step)
run.log({{"no number €": "文字 €"}})
run.finish()
print(run.id)
"""
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    command = [sys.executable, "train.py"]
    return subprocess.run(command, env=environment or dict(os.environ), cwd=tmp_path, capture_output=True, check=False)


GBK = {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0", "LANG": "zh_CN.GBK", "LC_ALL": "zh_CN.GBK"}
LACKING = "€ ñ 😀 ✓"
"""GBK has no room for most of these."""


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_no_command_stumbles_over_a_console_that_lacks_letters(server, tmp_path: Path, encoding: str) -> None:
    server.start()
    console = {
        **os.environ,
        **GBK,
        "PYTHONIOENCODING": encoding,
        "YOLOSCOPE_STRICT": "0",
        "YOLOSCOPE_SERVER": server.url,
    }
    console["YOLOSCOPE_DIR"] = str(tmp_path / f"spool {LACKING}")
    trained = _training(tmp_path, server.url, name=f"训练 {LACKING}", environment=console)
    assert trained.returncode == 0, trained.stderr
    assert b"left out" in trained.stderr or b"no number" in trained.stderr, "the note was not said"
    run = trained.stdout.decode().strip()
    place = console["YOLOSCOPE_DIR"]
    commands = (
        ["--help"],
        ["env"],
        ["env", "--json"],
        ["runs", "ls"],
        ["runs", "ls", "--json"],
        ["runs", "show", run],
        ["runs", "show", "没有 €"],
        ["spool", "ls", place],
        ["spool", "show", place],
        ["spool", "verify", place],
        ["spool", "ls", place, "--json"],
        ["sync", place],
        ["sync", place, "--json"],
        ["up", "--json", "--data", str(server.data)],
        ["up", "--data", str(server.data), "--no-open"],
        ["run", "--", "没有这个 €"],
    )
    for words in commands:
        done = subprocess.run(
            [sys.executable, "-m", "yoloscope", *words], env=console, cwd=tmp_path, capture_output=True, check=False
        )
        said = done.stdout + done.stderr
        assert b"Traceback" not in said, (words, said.decode(encoding, "replace"))
        told = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)  # what click makes of ASCII
        if words[0] != "run" and words[-1] != "没有 €":
            assert done.returncode == 0, (words, said.decode(encoding, "replace"))
        if "--json" in words:
            json.loads(told)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_places_are_places_like_any_other(server, tmp_path: Path, name: str) -> None:
    """The output folder, home, temporary files, spool and data directory all lie in a folder of that name."""
    odd = tmp_path / ODD_NAMES[name]
    for folder in ("home", "tmp", "out"):
        (odd / folder).mkdir(parents=True)
    _carried_from(server, odd)


def test_a_place_whose_name_is_no_text_is_a_place_like_any_other(server, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9 \xff")
    for folder in ("home", "tmp", "out"):
        (odd / folder).mkdir(parents=True)
    _carried_from(server, odd)


def test_how_a_training_ended_is_known_in_a_place_whose_name_is_no_text(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9 100%25")
    odd.mkdir()
    script = """
import os, yoloscope
run = yoloscope.init(project="p", server="http://127.0.0.1:9", mode="offline")
run.log({"a": 1.0}, step=0)
os._exit(3)
"""
    command = [sys.executable, "-m", "yoloscope", "run", "--", sys.executable, "-c", script]
    done = subprocess.run(command, cwd=odd, capture_output=True, check=False)
    assert done.returncode == 3, done.stderr
    (directory,) = (odd / ".yoloscope").iterdir()
    assert json.loads((directory / "exit.json").read_text())["exit_code"] == 3


def _carried_from(server, odd: Path) -> None:
    places = {"HOME": str(odd / "home"), "TMPDIR": str(odd / "tmp"), "XDG_CONFIG_HOME": str(odd / "home" / ".config")}
    environment = {**os.environ, **places}
    before = dict(os.environ)
    os.environ.update(places)
    try:
        server.data = odd / "data"
        server.start()
    finally:
        os.environ.clear()
        os.environ.update(before)
    trained = _training(odd / "out", server.url, environment=environment)
    assert trained.returncode == 0, trained.stderr
    run = trained.stdout.decode().strip()
    assert server.whole(run, count=10) == {step: step * 0.1 for step in range(10)}
    assert server.get(f"/api/v1/runs/{run}")["state"] == "finished"
    spool = odd / "out" / ".yoloscope"
    (directory,) = spool.iterdir()
    assert "Traceback" not in (directory / "sidecar.log").read_text()
    for words in (["spool", "ls", str(spool)], ["sync", str(spool)], ["runs", "ls", "--server", server.url], ["env"]):
        done = subprocess.run(
            [sys.executable, "-m", "yoloscope", *words, *(["--json"] if words[0] != "sync" else [])],
            env=environment,
            cwd=odd / "out",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stderr)
        if words[0] != "sync":
            json.loads(done.stdout)
