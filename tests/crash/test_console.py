"""What trainings print, copied and followed to its last byte, with real processes: killed, flooding, on a terminal, closed, forked, without room."""

import contextlib
import os
import pty
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from yoloscope.records import row
from yoloscope.sidecar import console as followed
from yoloscope.spool import layout, platform, reader

pytestmark = pytest.mark.slow
Wait = Callable[..., None]
NOWHERE = "http://127.0.0.1:9"
TRAINING = """
import os, signal, sys, threading, time
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
os.write(1, f"{run.directory}\\n".encode())
"""


def started(training: subprocess.Popen[str]) -> Path:
    assert training.stdout is not None
    return Path(training.stdout.readline().strip())


def printed(directory: Path, stream: str) -> list[row.Printed]:
    chunks = [chunk for lane in reader.lanes(directory) for chunk in reader.chunks(directory, lane=lane)]
    entries = [entry for chunk in chunks for entry in chunk.entries]
    return [entry for entry in entries if isinstance(entry, row.Printed) and entry.stream == stream]


def lines(directory: Path, stream: str = "out") -> dict[int, str]:
    """Return the lines by number as a server keeps them: what came last under a number stands."""
    found: dict[int, str] = {}
    for event in printed(directory, stream):
        found |= dict(enumerate(event.lines, event.first))
    return found


def left_out(directory: Path, stream: str = "out") -> int:
    by_first = {event.first: event.left_out for event in printed(directory, stream)}
    return sum(by_first.values())


def is_followed(directory: Path) -> bool:
    """Tell whether everything was noted to its end: then the copies are removed."""
    return not any((directory / name).exists() for name in ("console.out", "console.err", followed.FILE_NAME))


def sidecar_of(directory: Path) -> int | None:
    """Return the process that carries a directory."""
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and str(directory).encode() in (process / "cmdline").read_bytes().split(b"\0"):
                return int(process.name)
    return None


def test_all_that_was_flushed_before_a_kill_arrives_and_a_flood_is_counted(trainings, wait_until: Wait) -> None:
    """A hundred thousand lines beside a bar: each is there or counted, the last ones are there, and the bar is one line."""
    flood = (
        TRAINING
        + """
from rich.progress import Progress
for number in range(100_000):
    print("line", number)
    if number % 1000 == 0:
        sys.stderr.write(f"\\r{number // 1000:3d}%|{'#' * (number // 10_000):10s}| {number}/100000 [00:00<00:00]")
sys.stderr.write("\\r100%|##########| 100000/100000 [00:00<00:00]\\n")
print("the end", end="", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    training = trainings(flood, NOWHERE)
    directory = started(training)
    assert training.stdout is not None
    training.stdout.read()
    assert training.wait(60) == -signal.SIGKILL
    wait_until(lambda: is_followed(directory))
    kept = lines(directory)
    assert len(kept) + left_out(directory) == 100_001
    assert {at: text for at, text in kept.items() if at >= 99_800} == {
        **{at: f"line {at}" for at in range(99_800, 100_000)},
        100_000: "the end",
    }
    assert all(text == f"line {at}" for at, text in kept.items() if at < 100_000)
    assert lines(directory, "err") == {0: "100%|##########| 100000/100000 [00:00<00:00]"}


def test_a_sidecar_killed_in_the_middle_is_followed_by_another_where_it_stopped(
    trainings, wait_until: Wait, tmp_path: Path
) -> None:
    talk = (
        TRAINING
        + """
for number in range(100):
    print("line", number, flush=True)
    sys.stderr.write(f"\\r{number}%")
    time.sleep(0.03)
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    training = trainings(talk, NOWHERE)
    directory = started(training)
    wait_until(lambda: len(lines(directory)) > 20)
    first = sidecar_of(directory)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    training.stdout.read()
    training.wait(60)
    wait_until(lambda: not platform.is_locked(directory / "sidecar.lock"))
    assert not is_followed(directory)
    manifest = layout.load_manifest(directory)
    layout.save_manifest(directory, msgspec.structs.replace(manifest, wall_ns=manifest.wall_ns - 3600 * 10**9))
    read, write = os.pipe()
    trainings(TRAINING + "sys.stdin.readline()", NOWHERE, stdin=read)  # whose sidecar adopts what it finds
    os.close(read)
    wait_until(lambda: is_followed(directory))
    assert lines(directory) == {at: f"line {at}" for at in range(100)}
    assert left_out(directory) == 0
    assert lines(directory, "err") == {0: "99%"}
    os.close(write)


def test_what_is_printed_comes_before_the_end(server, trainings, wait_until: Wait) -> None:
    server.start()
    script = TRAINING + "for n in range(50): print('loss', n)\nraise RuntimeError('at the end')"
    training = trainings(script, server.url)
    directory = started(training)
    said = training.stdout.read()
    assert said == "".join(f"loss {n}\n" for n in range(50))
    assert training.wait(60) == 1
    wait_until(lambda: is_followed(directory))
    assert list(lines(directory).values()) == [f"loss {n}" for n in range(50)]
    assert lines(directory, "err")[0] == "Traceback (most recent call last):"
    assert list(lines(directory, "err").values())[-1] == "RuntimeError: at the end"


def test_sync_notes_what_no_sidecar_did(server, trainings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_MODE", "offline")
    server.start()
    nobody = "from yoloscope.sdk import launch_sidecar\nlaunch_sidecar.start = lambda _: 0\nrun ="
    training = trainings(
        TRAINING.replace("run =", nobody) + "print('only')\nsys.stdout.flush()\nos.kill(os.getpid(), 9)", server.url
    )
    directory = started(training)
    training.stdout.read()
    training.wait(60)
    assert lines(directory) == {}
    for _ in range(2):
        subprocess.run([sys.executable, "-m", "yoloscope", "sync", str(directory)], check=True, capture_output=True)
        assert [event.lines for event in printed(directory, "out")] == [("only",)]
    assert is_followed(directory)


def test_a_terminal_stays_one(tmp_path: Path, wait_until: Wait) -> None:
    main, other = pty.openpty()
    look = "told = lambda: (sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.line_buffering, id(sys.stdout))\n"
    script = "import sys\n" + look + "before = told()\n" + TRAINING.replace("os.write(1", "os.write(2")
    script += "print(before == told(), sys.stdout.isatty())\nrun.finish()"
    environment = {**os.environ, "YOLOSCOPE_DIR": str(tmp_path / "spool")}
    command = [sys.executable, "-c", script, NOWHERE]
    done = subprocess.run(command, stdout=other, stderr=subprocess.PIPE, env=environment, text=True, check=True)
    os.close(other)
    directory = Path(done.stderr.splitlines()[0])
    with contextlib.closing(os.fdopen(main, "rb", buffering=0)) as terminal:
        assert terminal.read(100) == b"True True\r\n"
    wait_until(lambda: lines(directory) == {0: "True True"})
    pid = sidecar_of(directory)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


CLOSED = """
sys.stdout.close()
try:
    print("x")
except ValueError as error:
    sys.stderr.write(f"{error}\\n")
run.log({"a": 1.0})
"""
NONE = "sys.stdout = None\nprint('x')\nsys.stderr.write('none\\n')"
REPLACED = """
import io
class Tee:
    def __init__(self, stream): self.stream = stream
    def write(self, text): return self.stream.write(text.upper())
    def flush(self): self.stream.flush()
sys.stdout = Tee(sys.stdout)
print("through a tee")
import contextlib
with contextlib.redirect_stdout(io.StringIO()): print("redirected")
sys.stderr.write("end\\n")
"""


@pytest.mark.parametrize(
    ("script", "out", "err"),
    [
        (CLOSED, {}, {0: "I/O operation on closed file."}),
        (NONE, {}, {0: "none"}),
        (REPLACED, {0: "THROUGH A TEE"}, {0: "end"}),
    ],
)
def test_streams_that_change_do_what_they_did(
    trainings, wait_until: Wait, script: str, out: dict[int, str], err: dict[int, str]
) -> None:
    training = trainings(TRAINING + script + "\nos._exit(0)", NOWHERE)
    directory = started(training)
    training.stdout.read()
    assert training.wait(60) == 0
    wait_until(lambda: is_followed(directory))
    assert (lines(directory), lines(directory, "err")) == (out, err)


@pytest.mark.torch
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_print_as_ever_and_do_no_harm_to_the_copy(
    trainings, wait_until: Wait, tmp_path: Path, method: str
) -> None:
    """What they print reaches the terminal; the copy holds what the training itself prints."""
    module = tmp_path / "loading.py"
    module.write_text(
        "class Data:\n"
        "    def __len__(self): return 8\n"
        "    def __getitem__(self, at):\n"
        "        print('worker', at, flush=True)\n"
        "        return at\n"
    )
    load = (
        TRAINING
        + f"""
sys.path.insert(0, {str(tmp_path)!r})
import loading, torch.utils.data
print("before", flush=True)
loader = torch.utils.data.DataLoader(loading.Data(), batch_size=4, num_workers=1, multiprocessing_context={method!r})
print("loaded", [batch.tolist() for batch in loader], flush=True)
run.finish()
"""
    )
    training = trainings(load, NOWHERE)
    directory = started(training)
    said = training.stdout.read().splitlines()
    assert training.wait(90) == 0
    own = ["before", "loaded [[0, 1, 2, 3], [4, 5, 6, 7]]"]
    assert sorted(said) == sorted([*own, *(f"worker {at}" for at in range(8))])
    wait_until(lambda: list(lines(directory).values()) == own)
    pid = sidecar_of(directory)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def test_without_room_for_the_copy_the_training_prints_and_is_recorded(trainings) -> None:
    """A limit on the size of files stands for a full disk: rows have their small segments, the copy has not."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, {resource.RLIM_INFINITY}))\n"
    script = (
        "import os\nos.environ['YOLOSCOPE_STRICT'] = '0'\n"
        + limit
        + TRAINING
        + "print('as ever', flush=True)\nrun.log({'a': 1.0})\nos._exit(0)"
    )
    training = trainings(script, NOWHERE)
    directory = started(training)
    assert training.stdout.read() == "as ever\n"
    assert training.wait(60) == 0
    assert is_followed(directory)
    assert reader.points(directory) == 1


def test_switched_off_nothing_is_copied(trainings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "yoloscope.toml").write_text("[console]\ncapture = false\n")
    monkeypatch.chdir(tmp_path)
    training = trainings(
        TRAINING + "print('told', sys.stdout.write.__self__ is sys.stdout, flush=True)\nos._exit(0)", NOWHERE
    )
    directory = started(training)
    assert training.stdout.read() == "told True\n"
    assert is_followed(directory)
