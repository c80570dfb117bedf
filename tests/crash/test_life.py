"""What a sidecar sees of its trainer's life, with real processes: killed, crashed, starved of memory, hung and going on again, asked for its stacks."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yoloscope.records import row
from yoloscope.spool import evidence, layout, platform, reader, state

pytestmark = pytest.mark.slow
Wait = Callable[..., None]
NOWHERE = "http://127.0.0.1:9"
TRAINING = """
import os, signal, sys, threading, time
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
run.log({"a": 1.0}, step=0)
print(run.id, run.directory, flush=True)
"""


def started(training: subprocess.Popen[str]) -> tuple[str, Path]:
    assert training.stdout is not None
    run, directory = training.stdout.readline().split()
    return run, Path(directory)


def entries(directory: Path) -> list[row.Entry]:
    chunks = [chunk for lane in reader.lanes(directory) for chunk in reader.chunks(directory, lane=lane)]
    return [entry for chunk in chunks for entry in chunk.entries]


def life(directory: Path) -> dict[str, object]:
    """Return the section of the trainer's life as it was noted so far."""
    found: dict[str, object] = {}
    for entry in entries(directory):
        if isinstance(entry, row.Updated) and entry.section == "life":
            found |= entry.values
    return found


def stack(directory: Path) -> dict[str, object]:
    return life(directory).get("stack", {})  # type: ignore[return-value]


def ends(directory: Path) -> list[tuple[str, int | None, str | None]]:
    return [(one.state, one.exit_code, one.reason) for one in entries(directory) if isinstance(one, row.Ended)]


def state_of(server, run: str) -> object:
    return next((item["state"] for item in server.get("/api/v1/runs")["items"] if item["id"] == run), None)


@pytest.fixture
def told_lines(trainings) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start trainings that read lines from `go_on`."""
    with contextlib.ExitStack() as stack:

        def start(*words: str, **more: object) -> subprocess.Popen[str]:
            training = trainings(*words, stdin=subprocess.PIPE, **more)
            stack.callback(training.stdin.close)
            return training

        yield start


def go_on(training: subprocess.Popen[str]) -> None:
    assert training.stdin is not None
    training.stdin.write("\n")
    training.stdin.flush()


@pytest.fixture
def stalling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of this test count as stalled after two seconds."""
    (tmp_path / "yoloscope.toml").write_text("[watch]\nstalled_after_s = 2\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("group", ["own", "child's"])
def test_a_killed_trainer_is_seen_by_its_lock(server, told_lines, wait_until: Wait, group: str) -> None:
    """Without a parent that tells; also where a launcher has put it into a group of its own."""
    server.start()
    before = (
        ()
        if group == "own"
        else (sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:], start_new_session=True)")
    )
    training = told_lines(TRAINING + "print(os.getpid(), flush=True); sys.stdin.readline()", server.url, before=before)
    run, _ = started(training)
    pid = int(training.stdout.readline())
    wait_until(lambda: state_of(server, run) == "running")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: state_of(server, run) == "crashed", 15)


def test_a_crash_leaves_its_stack(trainings, wait_until: Wait) -> None:
    training = trainings(TRAINING + "def fails():\n    import ctypes\n    ctypes.string_at(0)\nfails()\n", NOWHERE)
    _, directory = started(training)
    assert training.wait(60) == -signal.SIGSEGV
    wait_until(lambda: "fault" in life(directory))
    lines = life(directory)["fault"]["lines"]  # type: ignore[index]
    assert lines[0] == "Fatal Python error: Segmentation fault"
    assert any(line.endswith("in fails") for line in lines)


@pytest.mark.parametrize("option", ["-X", "own"])
def test_a_faulthandler_of_the_users_is_left_alone(trainings, wait_until: Wait, tmp_path: Path, option: str) -> None:
    mine = tmp_path / "mine.log"
    first = f"import faulthandler; file = open({str(mine)!r}, 'w'); faulthandler.enable(file=file)\n"
    crash = TRAINING + "import ctypes; ctypes.string_at(0)"
    own = (sys.executable, "-X", "faulthandler") if option == "-X" else ()
    script = crash if own else first + crash
    training = (
        trainings(script, NOWHERE)
        if not own
        else trainings(
            "import os, sys; os.execv(sys.executable, [sys.executable, '-X', 'faulthandler', '-c', *sys.argv[1:]])",
            script,
            NOWHERE,
        )
    )
    _, directory = started(training)
    assert training.wait(60) == -signal.SIGSEGV
    wait_until(lambda: not (directory / "console.out").exists())
    assert not evidence.has_fault(directory)
    assert option == "-X" or "Segmentation fault" in mine.read_text()


@pytest.mark.usefixtures("stalling")
def test_a_hung_training_is_stalled_with_a_stack_and_running_again_when_it_goes_on(
    server, told_lines, wait_until: Wait
) -> None:
    server.start()
    hang = TRAINING + textwrap.dedent("""
        go_on = threading.Event()
        def waits_for_batch():
            sys.stdin.readline()
            go_on.set()
        threading.Thread(target=waits_for_batch).start()
        go_on.wait()
        run.log({"a": 2.0}, step=1)
        time.sleep(0.3)
        print("went on", flush=True)
        for step in range(2, 1000):
            run.log({"a": 2.0}, step=step)
            time.sleep(0.2)
    """)
    training = told_lines(hang, server.url)
    run, directory = started(training)
    wait_until(lambda: state_of(server, run) == "stalled")
    wait_until(lambda: bool(stack(directory)))
    assert (stack(directory)["why"], stack(directory)["by"]) == ("stalled", "faulthandler")
    text = "\n".join(stack(directory)["lines"])  # type: ignore[arg-type]
    assert "in waits_for_batch" in text
    assert "in <module>" in text
    go_on(training)
    assert training.stdout.readline() == "went on\n"
    wait_until(lambda: state_of(server, run) == "running")
    training.kill()


def test_a_stack_that_somebody_asks_for_comes(server, told_lines, wait_until: Wait) -> None:
    server.start()
    script = TRAINING + "def waits_for_somebody():\n    sys.stdin.readline()\nwaits_for_somebody()\nos._exit(0)"
    training = told_lines(script, server.url)
    run, directory = started(training)
    wait_until(lambda: state_of(server, run) == "running")
    assert server.post(f"/api/v1/runs/{run}/stack") == 202
    wait_until(lambda: bool(stack(directory)))
    assert (stack(directory)["why"], stack(directory)["by"]) == ("asked", "faulthandler")
    wait_until(lambda: bool(server.get(f"/api/v1/runs/{run}")["life"]))
    told = server.get(f"/api/v1/runs/{run}")["life"]["stack"]["lines"]
    assert told[1] == "<path>:???" or told[1].startswith("<path>:")
    go_on(training)
    assert training.wait(60) == 0


WAITS = {
    "sleep": "time.sleep(2); told('slept')",
    "read": "import select; read, write = os.pipe(); told(select.select([read], [], [], 2))",
    "subprocess": "import subprocess; told(subprocess.run(['sleep', '2']).returncode)",
    "lock": "told(threading.Event().wait(2))",
    "native": "import ctypes; told(ctypes.PyDLL(None).usleep(2_000_000))",
}


@pytest.mark.parametrize("how", WAITS)
def test_the_signal_changes_nothing_for_whoever_waits(trainings, wait_until: Wait, how: str) -> None:
    """PyDLL holds the interpreter's lock as a hung C extension does; such a sleep alone is cut short, as by any signal."""
    script = (
        TRAINING
        + f"""
def told(*what):
    print(round(time.monotonic() - begun), *what, flush=True)
print("waits", flush=True)
begun = time.monotonic()
{WAITS[how]}
os._exit(0)
"""
    )
    training = trainings(script, NOWHERE)
    _, directory = started(training)
    assert training.stdout.readline() == "waits\n"
    asked_for_a_stack(directory, wait_until)
    said = training.stdout.readline().split(maxsplit=1)
    assert said[1].strip() in {"slept", "([], [], [])", "0", "False", "-1"}
    assert how == "native" or int(said[0]) >= 2
    assert training.wait(60) == 0
    assert "<module>" in (directory / evidence.STACK_FILE).read_text()


def asked_for_a_stack(directory: Path, wait_until: Wait) -> None:
    """Signal the trainer as its sidecar does."""
    page = state.StatePage(directory / "state")
    with contextlib.closing(page):
        os.kill(layout.load_manifest(directory).pid, page.get("stack_signal"))
    wait_until(lambda: (directory / evidence.STACK_FILE).stat().st_size > 0)


def test_a_forked_child_that_is_signalled_writes_no_stack_and_lives(told_lines) -> None:
    script = (
        TRAINING
        + """
read, write = os.pipe()
ready, is_ready = os.pipe()
child = os.fork()
if child == 0:
    os.write(is_ready, b"1")
    os.read(read, 1)
    os._exit(7)
os.read(ready, 1)
print(child, flush=True)
os.close(read)
sys.stdin.readline()
os.write(write, b"1")
print(os.waitpid(child, 0)[1] >> 8, flush=True)
sys.stdin.readline()
"""
    )
    training = told_lines(script, NOWHERE)
    _, directory = started(training)
    child = int(training.stdout.readline())
    with contextlib.closing(state.StatePage(directory / "state")) as page:
        number = page.get("stack_signal")
    assert platform.catches(child, number)
    os.kill(child, number)
    go_on(training)
    assert training.stdout.readline() == "7\n"
    assert (directory / evidence.STACK_FILE).read_text() == ""
    training.kill()


def test_a_forked_child_that_crashes_leaves_no_crash_of_the_training(told_lines) -> None:
    """Else the end of the training would be told by the stacks of a worker, and no kill for lack of memory be believed."""
    script = (
        TRAINING
        + """
child = os.fork()
if child == 0:
    os.abort()
print(os.waitpid(child, 0)[1] & 127, flush=True)
sys.stdin.readline()
"""
    )
    training = told_lines(script, NOWHERE)
    _, directory = started(training)
    assert training.stdout.readline() == f"{int(signal.SIGABRT)}\n"
    assert (directory / evidence.FAULT_FILE).read_text() == ""
    training.kill()


CAUGHT = """
import ctypes, signal
@ctypes.CFUNCTYPE(None, ctypes.c_int)
def theirs(number): pass
ctypes.CDLL(None).signal(int(signal.SIGSEGV), theirs)
"""


def test_where_somebody_catches_segfaults_for_their_own_work_none_is_told(told_lines) -> None:
    training = told_lines(
        CAUGHT + TRAINING + "import faulthandler; print(faulthandler.is_enabled(), flush=True)", NOWHERE
    )
    _, directory = started(training)
    assert training.stdout.readline() == "False\n"
    assert training.wait(60) == 0
    assert not evidence.has_fault(directory)


def test_a_second_run_leaves_a_signal_that_was_taken_meanwhile(told_lines) -> None:
    again = """
signal.signal(signal.SIGRTMAX - 3, lambda *_: None)
second = yoloscope.init(project="p", server=sys.argv[1])
print(second.directory, flush=True)
sys.stdin.readline()
"""
    training = told_lines(TRAINING + again, NOWHERE)
    started(training)
    directory = Path(training.stdout.readline().strip())
    with contextlib.closing(state.StatePage(directory / "state")) as page:
        assert page.get("stack_signal") == 0
    training.kill()


def test_a_signal_that_somebody_uses_is_left_to_them(told_lines) -> None:
    script = "import signal; signal.signal(signal.SIGRTMAX - 3, lambda *_: None)\n" + TRAINING + "sys.stdin.readline()"
    training = told_lines(script, NOWHERE)
    _, directory = started(training)
    with contextlib.closing(state.StatePage(directory / "state")) as page:
        assert page.get("stack_signal") == 0
    assert not (directory / evidence.STACK_FILE).exists()
    training.kill()


GROUPS = Path("/sys/fs/cgroup/memory")


@pytest.fixture
def small_group(tmp_path: Path, wait_until: Wait) -> Iterator[Path]:
    """A control group of 200 MB, which a machine lets its administrator make."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = next((line.split(":", 2)[2] for line in lines if ":memory:" in line), "")
    group = GROUPS / own.lstrip("/") / f"yoloscope-{os.getpid()}-{tmp_path.name}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(200 * 1024**2))
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    yield group
    wait_until(lambda: _is_removed(group))


def _is_removed(group: Path) -> bool:
    """Remove the group, which works when the last process in it has ended."""
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()


@pytest.mark.parametrize("parent", ["none", "yoloscope run"])
def test_a_trainer_killed_for_lack_of_memory_is_told_so(
    server, small_group: Path, told_lines, wait_until: Wait, parent: str
) -> None:
    server.start()
    enter = f"open({str(small_group / 'cgroup.procs')!r}, 'w').write('0')\nimport os\n"
    eat = TRAINING + "sys.stdin.readline()\nheld = []\nwhile True: held.append(bytearray(b'x' * 10**7))"
    before = () if parent == "none" else (sys.executable, "-m", "yoloscope", "run", "--")
    training = told_lines(enter + eat, server.url, before=before)
    run, directory = started(training)
    wait_until(lambda: evidence.load(directory) is not None)
    go_on(training)
    assert training.wait(60) == (137 if before else -signal.SIGKILL)
    wait_until(lambda: ends(directory) == [("crashed", 137 if before else None, "killed for lack of memory")])
    wait_until(lambda: state_of(server, run) == "crashed")
    assert server.get(f"/api/v1/runs/{run}")["end_reason"] == "killed for lack of memory"
    assert life(directory)["oom_kills"] == 1
