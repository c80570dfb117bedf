"""No image, label, class or file name leaves a real training: a canary in every place, searched in every byte that a server received."""

import io
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "sidecar"))

import fake_server

from yoloscope.boot import hook
from yoloscope.cli.demo import data
from yoloscope.records import ids
from yoloscope.sidecar import recording as recordings
from yoloscope.spool import cursor, layout, platform
from yoloscope.wire import codec, recording

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("privacy")]
PLACES = (
    *("image", "label", "class", "description", "dataset", "output", "name", "script", "model", "folder"),
    *("variable", "container", "host", "argument", "option", "branch", "remote", "note", "printed", "frame"),
    *("pixel", "words"),
)
OPEN = '[policy]\ntext = true\nclass_names = "text"\n'
PATIENCE_S = 90.0
TRAINING = """
import sys
from ultralytics import YOLO

data, output, model = sys.argv[1:4]
YOLO(model).train(
    data=data, project=output, name="{name}", epochs=1, imgsz=64, batch=8, nbs=8, device="cpu", workers=0, plots=False,
    verbose=False, optimizer="AdamW",
)
"""
PLAIN = """
import yoloscope

class {note}(Exception):
    pass

run = yoloscope.init(config={{"data": "/d/{description}.yaml", "note": "{note}", "names": ["{class}"], "lr0": 0.01}})
for step in range(5):
    run.log({{"class/{class}/AP50": step / 10, "loss": 1.0}}, step=step)
run.update("settings", {{"model": "{model}.pt", "optimizer": "AdamW"}})
run.update("provenance", {{"data": {{"train": {{"per_class": {{"{class}": 3}}}}}}}})
try:
    raise {note}("{note}")
except {note} as error:
    run.finish("failed", reason=f"{{type(error).__name__}}: {{error}}")
"""
CRASH = """
import ctypes, logging, sys
import yoloscope

run = yoloscope.init()
run.log({{"loss": 1.0}}, step=0)
print("{printed} read from /lots/{folder}/{description}.yaml")
logging.warning("{printed}")
sys.stderr.write("\\r 50% {printed}\\r100%|#####| 7/7 [00:01<00:00, 6.66it/s]\\n")

def {frame}():
    ctypes.string_at(0)

{frame}()
"""

ITEMS = """
import os
import numpy as np
import yoloscope

run = yoloscope.init()
pixels = np.frombuffer(b"{pixel}" * 1000, np.uint8)[:15_000].reshape(50, 100, 3)
box = {{"xyxy": (1, 2, 30, 40), "class": "{class}", "score": 0.5, "truth": True}}
run.name_classes({{0: "{class}"}})
run.log_image("val/pictures", pixels, [box], step=1)
run.log_text("val/words", "{words}", step=1)
run.log_table("val/rows", {{"image": ["{image}.jpg"], "loss": [1.5]}}, step=1)
run.log_matrix("val/confusion", [[1.0, 2.0], [3.0, 4.0]], row_classes=[0, 1], step=1)
run.log_curve("class/{class}/PR", [0.0, 1.0], [1.0, 0.5], step=1)
run.log_histogram("grad/all", np.arange(20.0), step=1)
with open("{image}.txt", "w") as file:
    file.write("{words}")
run.log_artifact("val/file", "{image}.txt", step=1)
run.log({{"loss": 1.0}}, step=1)
run.finish()
"""
MEDIA = '[policy]\nmedia = true\ntext = true\nclass_names = "text"\n'
NUMBERS_ALONE = {
    "version": 1,
    "summaries": True,
    "media": False,
    "text": False,
    "class_names": "index",
    "bulk": "later",
}
EVERYTHING = {**NUMBERS_ALONE, "media": True, "text": True, "class_names": "text"}


def canary(place: str) -> str:
    """Return the word that stands in a place; no other text holds it."""
    return f"kanarie{place}vogel"


def told(text: bytes) -> set[str]:
    """Return the places whose canary some bytes hold, in whatever case."""
    lower = text.lower()
    return {place for place in PLACES if canary(place).encode() in lower}


CANARIES = {place: canary(place) for place in PLACES}


class Workshop:
    """A repository with a script in it, and a data set, in folders that all carry canaries."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / canary("folder")
        self.folder.mkdir()
        self.output = root / canary("output")
        self._git("init", "-q", "-b", canary("branch"))
        self._git("remote", "add", "origin", f"https://host/{canary('remote')}.git")
        (self.folder / "readme").write_text("1")
        self._git("add", "readme")
        self._git("-c", "user.name=n", "-c", "user.email=e@e", "commit", "-qm", "first")

    def _git(self, *words: str) -> None:
        subprocess.run(["git", "-C", str(self.folder), *words], check=True, capture_output=True)

    def data_set(self) -> Path:
        """Make a data set whose every name is a canary, and return its description."""
        made = data.make(self.root / canary("dataset"), train=16, val=8)
        for kind, place in (("images", "image"), ("labels", "label")):
            for path in (made.parent / kind).rglob("0*.*"):
                path.rename(path.with_name(f"{canary('image')}-{path.name}"))
            (made.parent / kind / f"{canary(place)}.txt").write_text("")
        description = made.with_name(f"{canary('description')}.yaml")
        text = made.read_text()
        for name in data.CLASSES:
            text = text.replace(name, f"{canary('class')}-{name}")
        description.write_text(text)
        made.unlink()
        return description

    def run(self, script: str, *words: str, url: str, policy: str = "", code: int = 0, **more: str) -> Path:
        """Run a script to its end, which has that code, wait until its sidecar has sent all, and return the run's directory."""
        (self.folder / "yoloscope.toml").write_text(policy)
        file = self.folder / f"{canary('script')}.py"
        file.write_text(script)
        done = subprocess.run(
            [
                sys.executable,
                str(file),
                *words,
                canary("argument"),
                "--tag",
                canary("option"),
                f"lot={canary('option')}",
            ],
            cwd=self.folder,
            env={**self._environment(), "YOLOSCOPE_SERVER": url, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr[-3000:]
        [found] = [path.parent for path in self.root.rglob("run.json")]
        online = more.get("YOLOSCOPE_MODE") != "offline"
        until(lambda: not online or cursor.load(found).complete)
        until(lambda: not any(platform.is_locked(found / name) for name in ("sidecar.lock", "keeper.lock")))
        return found

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
        settings = self.root / "settings"
        settings.mkdir(exist_ok=True)
        return {
            **kept,
            "HOME": str(settings),
            "YOLO_CONFIG_DIR": str(settings),
            "YOLO_OFFLINE": "true",
            "YOLO_AUTOINSTALL": "false",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": hook.PATH_DIR,
            "YOLOSCOPE_STRICT": "1",
            "MY_SETTING": canary("variable"),
            "WANDB_PROJECT": canary("variable"),
            "AWS_SECRET_ACCESS_KEY": canary("variable"),
            "HOSTNAME": canary("host"),
            "CONTAINER_IMAGE": f"registry/{canary('container')}:1",
        }


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not true():
        assert time.monotonic() < end_s, "it did not come to hold"
        pause.wait(0.05)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    root = tmp_path / "w"
    root.mkdir()
    return Workshop(root)


@pytest.fixture
def server() -> Iterator[fake_server.FakeServer]:
    with fake_server.running() as fake:
        yield fake


def train(workshop: Workshop, *, url: str, policy: str) -> Path:
    description = workshop.data_set()
    model = workshop.folder / f"{canary('model')}.yaml"
    model.write_text(Path(data.__file__).with_name("micro.yaml").read_text())
    words = (str(description), str(workshop.output), str(model))
    return workshop.run(TRAINING.format(**CANARIES), *words, url=url, policy=policy)


def received(server: fake_server.FakeServer) -> bytes:
    """Return every request: its line, its headers and its body, unpacked."""
    return b"\n".join(server.received)


@pytest.mark.torch
def test_no_canary_leaves_a_real_training(workshop: Workshop, server: fake_server.FakeServer) -> None:
    spool = train(workshop, url=server.url, policy="")
    assert told(received(server)) == set()
    names = set(itertools.chain(*(getattr(entry, "names", ()) for _, _, entry in server.taken)))
    assert {f"class/{index}/AP50" for index in range(3)} < names  # the numbers are there all the same
    assert {"train/box_loss", "metrics/mAP50"} < names
    held = b"".join(path.read_bytes() for path in spool.rglob("*") if path.is_file())
    assert {"class", "script", "argument", "description"} < told(held)  # the spool had them to give away


@pytest.mark.torch
def test_where_text_is_allowed_names_leave_and_folders_and_images_still_do_not(
    workshop: Workshop, server: fake_server.FakeServer
) -> None:
    train(workshop, url=server.url, policy=OPEN)
    allowed = {"class", "description", "output", "name", "script", "model", "container", "argument", "option"}
    assert told(received(server)) == {*allowed, "branch", "remote"}


def test_no_canary_leaves_a_loop_of_ones_own(workshop: Workshop, server: fake_server.FakeServer) -> None:
    workshop.run(PLAIN.format(**CANARIES), url=server.url)
    assert told(received(server)) == set()
    assert server.steps() == list(range(5))


def test_the_same_loop_tells_them_where_text_is_allowed(workshop: Workshop, server: fake_server.FakeServer) -> None:
    workshop.run(PLAIN.format(**CANARIES), url=server.url, policy=OPEN)
    allowed = {"class", "description", "note", "model", "script", "argument", "option", "branch", "remote", "container"}
    assert allowed == told(received(server))


def test_no_canary_leaves_by_what_is_printed_or_by_a_stack(workshop: Workshop, server: fake_server.FakeServer) -> None:
    spool = workshop.run(CRASH.format(**CANARIES), url=server.url, code=-signal.SIGSEGV)
    assert told(received(server)) == set()
    assert b"7/7 [00:01<00:00, 6.66it/s]" in received(server)
    assert b"ctypes/__init__.py" in received(server)
    held = b"".join(path.read_bytes() for path in spool.rglob("*") if path.is_file())
    assert {"printed", "frame", "folder", "script"} < told(held)


def test_where_text_is_allowed_lines_and_frames_leave_without_folders(
    workshop: Workshop, server: fake_server.FakeServer
) -> None:
    workshop.run(CRASH.format(**CANARIES), url=server.url, policy=OPEN, code=-signal.SIGSEGV)
    allowed = {"printed", "frame", "description", "script", "argument", "option", "branch", "remote", "container"}
    assert told(received(server)) == allowed


@pytest.mark.parametrize(("policy", "expected"), [("", set()), (OPEN, {"class", "note"})])
def test_a_file_to_carry_by_hand_holds_what_may_leave(workshop: Workshop, policy: str, expected: set[str]) -> None:
    spool = workshop.run(PLAIN.format(**CANARIES), url="http://127.0.0.1:9", policy=policy, YOLOSCOPE_MODE="offline")
    file = io.BytesIO(b"".join(recordings.of_directories([spool], now_ns=time.time_ns())))
    reader = recording.Reader(file)
    held = codec.body_from_batches(itertools.chain(*reader.bodies()))
    assert told(held + repr(reader.header).encode()) >= expected
    assert expected or not told(held + repr(reader.header).encode())


def test_a_server_that_forbids_text_stores_none_whatever_the_trainer_allows(
    workshop: Workshop, serve: Callable[..., object], tmp_path: Path
) -> None:
    up = serve(data=tmp_path / "data")
    path = "/api/v1/projects/default/policy"
    assert up.call("PUT", path, json={"text": False, "class_names": "index"}).status_code == 200
    spool = workshop.run(PLAIN.format(**CANARIES), url=up.url, policy=OPEN, YOLOSCOPE_TOKEN=up.token)
    run = layout.load_manifest(spool).run.id
    shown = up.get(f"/api/v1/runs/{ids.RunId(run)}")
    counts = {series["name"]: series["count"] for series in shown.json()["series"]}
    assert {name: count for name, count in counts.items() if not name.startswith("system/")} == {
        "class/0/AP50": 5,
        "loss": 5,
    }
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert (told(shown.content), told(stored)) == (set(), set())


def shown(server: fake_server.FakeServer) -> set[str]:
    """Return the kinds of the items that a server was told of, all of whose parts it has, and no other part."""
    assert server.lacking() == []
    assert set(server.blobs) == {part.digest for item in server.items() for part in item.parts}
    return {item.kind for item in server.items()}


def pixels_of(server: fake_server.FakeServer) -> list[str]:
    """Return the digests of pictures that bytes of were received of, by their first bytes too."""
    pictures = [digest for digest, data in server.blobs.items() if data[:4] in (b"RIFF", b"\x89PNG")]
    assert bool(pictures) == any(b"WEBP" in said or b"\x89PNG" in said for said in server.received)
    return pictures


@pytest.mark.parametrize("policy", ["", MEDIA])
def test_of_items_numbers_alone_leave_unless_both_ends_allow_more(
    workshop: Workshop, server: fake_server.FakeServer, policy: str
) -> None:
    """By default at the trainer, or with all allowed there and nothing but numbers at the server."""
    server.policy = dict(NUMBERS_ALONE)
    spool = workshop.run(ITEMS.format(**CANARIES), url=server.url, policy=policy)
    assert told(received(server)) == set()
    assert pixels_of(server) == []
    assert shown(server) >= {"matrix", "curve", "histogram"}
    assert not shown(server) & {"image", "text", "artifact"}
    assert {item.name for item in server.items()} >= {"class/0/PR", "grad/all", "val/confusion"}
    asked = [line for line in server.received if line.startswith(b"PATCH")]
    assert (
        len(asked) == len(server.items()) == len(server.blobs)
    )  # of what is withheld not even a digest was asked about
    kept = b"".join(path.read_bytes() for path in spool.rglob("*") if path.is_file())
    assert ("words" in told(kept)) == bool(policy)  # what may never leave is not even written down


def test_what_both_ends_allow_leaves_whole(workshop: Workshop, server: fake_server.FakeServer) -> None:
    server.policy = dict(EVERYTHING)
    workshop.run(ITEMS.format(**CANARIES), url=server.url, policy=MEDIA)
    assert shown(server) == {"image", "text", "artifact", "table", "matrix", "curve", "histogram"}
    assert len(pixels_of(server)) == 1
    assert {"words", "class"} <= told(received(server))


def test_the_search_finds_a_canary() -> None:
    assert told(f"x{canary('note').upper()}y".encode()) == {"note"}
