"""A training in a repository is recorded, the script that starts it again is printed, and that script gives the same numbers bit for bit."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TRAINING = """
import argparse, random, yoloscope
options = argparse.ArgumentParser()
options.add_argument("--seed", type=int)
options.add_argument("--rates", type=argparse.FileType())
given = options.parse_args()
random.seed(given.seed)
rate, loss = float(given.rates.read()), 1.0
with yoloscope.init(project="again", config={"seed": given.seed, "rate": rate}) as run:
    for step in range(200):
        loss -= rate * random.gauss(0, 1) * (hash("signs") % 1000) / 1000
        run.log({"train/loss": loss}, step=step)
"""
PATIENCE_S = 60.0
POLICY = '[policy]\ntext = true\nclass_names = "text"\n'


class Workshop(NamedTuple):
    """A repository whose training lies in a folder of it, and a server."""

    root: Path
    up: object  # what `start_up` gives

    @property
    def folder(self) -> Path:
        return self.root / "repository" / "line 7"

    def environment(self, **more: str) -> dict[str, str]:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        server = {"YOLOSCOPE_SERVER": self.up.url, "YOLOSCOPE_TOKEN": self.up.token}
        return {**os.environ, "PATH": path, **server, "GIT_CONFIG_GLOBAL": os.devnull, **more}

    def git(self, *words: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=e@e"]
        subprocess.run(["git", "-C", str(self.root / "repository"), *identity, *words], check=True, capture_output=True)

    def train(self, seed: int, **more: str) -> None:
        command = [sys.executable, "digits.py", "--seed", str(seed), "--rates=../rates/slow.txt"]
        subprocess.run(command, cwd=self.folder, env=self.environment(**more), check=True, capture_output=True)

    def yoloscope(self, *words: str) -> str:
        command = [sys.executable, "-m", "yoloscope", *words, "--server", self.up.url]
        return subprocess.run(command, env=self.environment(), check=True, capture_output=True, text=True).stdout

    def runs(self) -> list[str]:
        """Return the ids of all runs, the oldest first, once the sidecars have told where each comes from."""
        items = self.up.get("/api/v1/runs")["items"]
        found = [run["id"] for run in reversed(items)]
        end_s = time.monotonic() + PATIENCE_S
        while not all("command" in self.told(run)["provenance"] for run in found):
            assert time.monotonic() < end_s, "where a run comes from was never told"
            time.sleep(0.1)
        return found

    def told(self, run: str) -> dict[str, object]:
        return self.up.get(f"/api/v1/runs/{run}")

    def losses(self, run: str) -> list[float]:
        answer = self.up.get("/api/v1/series", run=run, name="train/loss", buckets=0)
        return answer["series"][0]["y"]  # type: ignore[index]


@pytest.fixture
def workshop(tmp_path: Path, start_up: Callable[[], object]) -> Workshop:
    made = Workshop(tmp_path / "w", start_up())
    made.folder.mkdir(parents=True)
    (made.folder / "digits.py").write_text(TRAINING)
    (made.folder.parent / "rates").mkdir()
    (made.folder.parent / "rates" / "slow.txt").write_text("0.01")
    made.git("init", "-q")
    made.git("add", ".")
    made.git("commit", "-qm", "first")
    return made


def test_the_printed_script_gives_the_same_numbers(workshop: Workshop, tmp_path: Path) -> None:
    (workshop.root / "yoloscope.toml").write_text(POLICY)
    workshop.train(3, PYTHONHASHSEED="7", OMP_NUM_THREADS="2")
    [first] = workshop.runs()
    environment = workshop.told(first)["provenance"]["environment"]  # type: ignore[index]
    assert environment == {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "7"}
    (workshop.folder / "digits.py").write_text("raise SystemExit('this is not what was recorded')")
    script = tmp_path / "again.sh"
    script.write_text(workshop.yoloscope("runs", "show", first, "--reproduce", "--no-packages"))
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    again = {**workshop.environment(REPOSITORY=str(workshop.root / "repository")), "PYTHONHASHSEED": "1"}
    done = subprocess.run(["sh", str(script)], cwd=fresh, env=again, capture_output=True, text=True, check=False)
    assert done.returncode == 0, script.read_text() + done.stderr
    _, second = workshop.runs()
    assert len(workshop.losses(first)) == 200
    assert workshop.losses(first) == workshop.losses(second)
    compared = msgspec.json.decode(workshop.yoloscope("runs", "compare", first, second, "--json"))
    assert not any(compared["sections"][part] for part in ("packages", "settings", "config", "data", "machine"))


def test_what_was_withheld_is_asked_for_before_anything_is_done(workshop: Workshop, tmp_path: Path) -> None:
    workshop.train(3)
    [run] = workshop.runs()
    recipe = msgspec.json.decode(workshop.yoloscope("runs", "show", run, "--reproduce", "--json"))
    assert [(one["variable"], one["what"], one["why"]) for one in recipe["missing"]] == [
        ("REPOSITORY", "repository", "local"),
        ("FOLDER", "folder", "withheld"),
        ("WORD_1", "<text>/<path>.py", "withheld"),
        ("WORD_4", "<text>/<path>.txt", "withheld"),
    ]
    script = tmp_path / "again.sh"
    script.write_text(recipe["script"])
    done = subprocess.run(["sh", str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "REPOSITORY" in done.stderr
    assert not list(tmp_path.glob("yoloscope-*"))


def test_two_runs_of_changed_code_differ_in_its_digest(workshop: Workshop) -> None:
    (workshop.root / "yoloscope.toml").write_text(POLICY)
    workshop.train(3)
    (workshop.folder / "digits.py").write_text(TRAINING + "# slower\n")
    (workshop.folder / "losses.py").write_text("x = 1\n")
    workshop.train(3)
    workshop.train(4)
    clean, dirty, other = workshop.runs()
    told = msgspec.json.decode(workshop.yoloscope("runs", "compare", clean, dirty, "--json"))["sections"]
    assert {row["key"] for row in told["code"]} == {
        "git.dirty",
        "git.diff_sha256",
        "git.untracked",
        "git.untracked_sha256",
    }
    assert told["config"] == []
    told = msgspec.json.decode(workshop.yoloscope("runs", "compare", dirty, other, "--json"))["sections"]
    assert [row["key"] for row in told["code"]] == ["command"]
    assert told["config"] == [{"key": "seed", "a": 3, "b": 4}]
    read = workshop.yoloscope("runs", "compare", clean, dirty)
    assert "git.diff_sha256" in read
