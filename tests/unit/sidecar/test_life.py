"""When a training counts as stalled, where kills for lack of memory are counted, and to whom a signal is never sent."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import yoloscope
from yoloscope.sdk import faults
from yoloscope.sidecar import life, notebook, stacks, starvation, watch
from yoloscope.spool import evidence, layout, state


def test_until_pauses_are_known_half_an_hour_is_none() -> None:
    pulse = life.Pulse(now_s=0.0, after_s=None)
    for second in range(1, 19):
        pulse.beat(float(second))
    assert not pulse.is_stalled(18 + 1800.0)
    assert pulse.is_stalled(18 + 1800.5)


def test_a_pause_ten_times_the_longest_is_one() -> None:
    pulse = life.Pulse(now_s=0.0, after_s=None)
    for second in range(1, 21):
        pulse.beat(second * 30.0)
    assert not pulse.is_stalled(600 + 300.0)
    assert pulse.is_stalled(600 + 300.5)


def test_fast_trainings_have_two_minutes() -> None:
    pulse = life.Pulse(now_s=0.0, after_s=None)
    for beat in range(1, 101):
        pulse.beat(beat * 0.1)
    assert not pulse.is_stalled(10 + 120.0)
    assert pulse.is_stalled(10 + 120.5)


def test_a_slow_first_epoch_gives_time_for_the_next() -> None:
    pulse = life.Pulse(now_s=0.0, after_s=None)
    pulse.beat(2400.0)
    assert pulse.patience_s() == 24_000.0


def test_what_was_set_counts_alone_and_every_beat_takes_it_back() -> None:
    pulse = life.Pulse(now_s=0.0, after_s=5.0)
    pulse.beat(100.0)
    assert pulse.is_stalled(105.5)
    pulse.beat(106.0)
    assert not pulse.is_stalled(107.0)


def test_the_first_validation_has_half_an_hour_however_fast_the_batches_were() -> None:
    pulse = life.Pulse(now_s=0.0, after_s=None)
    for beat in range(1, 101):
        pulse.beat(float(beat), epoch=beat / 100)
    assert not pulse.is_stalled(100 + 1800.0)
    pulse.beat(400.0, epoch=1.01)  # it took five minutes
    assert pulse.patience_s() == 3000.0
    for beat in range(1, 11):
        pulse.beat(400.0 + beat, epoch=1.01 + beat / 100)
    assert not pulse.is_stalled(410 + 3000.0)
    assert pulse.is_stalled(410 + 3000.5)


def test_where_a_whole_epoch_passed_quickly_two_minutes_are_enough() -> None:
    pulse = life.Pulse(now_s=0.0, after_s=None)
    for beat in range(1, 151):
        pulse.beat(float(beat), epoch=beat / 100)
    assert pulse.is_stalled(150 + 120.5)


V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill {}\n"
V2 = "low 0\nhigh 0\nmax 12\noom 3\noom_kill {}\noom_group_kill 0\n"


@pytest.mark.parametrize(
    ("cgroup", "file", "text"),
    [
        ("0::/user.slice/train.scope\n", "user.slice/train.scope/memory.events", V2),
        ("0::/\n", "memory.events", V2),
        ("0::/hidden/by/the/container\n", "memory.events", V2),
        ("5:cpu:/x\n4:memory:/docker/1\n0::/docker/1\n", "memory/docker/1/memory.oom_control", V1),
        ("4:memory:/docker/1\n", "memory/memory.oom_control", V1),
        ("0::/a\n", "unified/a/memory.events", V2),
    ],
)
def test_kills_are_counted_where_the_kernel_does(tmp_path: Path, cgroup: str, file: str, text: str) -> None:
    (tmp_path / "proc/7").mkdir(parents=True)
    (tmp_path / "proc/7/cgroup").write_text(cgroup)
    counted = tmp_path / "sys" / file
    counted.parent.mkdir(parents=True)
    counted.write_text(text.format(2))
    assert starvation.file_of(7, mounts=tmp_path / "sys", processes=tmp_path / "proc") == counted
    assert starvation.kills(counted) == 2


def test_where_nothing_is_counted_there_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7/cgroup").write_text("0::/\n3:memory:/x\n")
    assert starvation.file_of(7, mounts=tmp_path, processes=tmp_path) is None
    assert starvation.file_of(8, mounts=tmp_path, processes=tmp_path) is None
    assert starvation.kills(tmp_path / "7/cgroup") is None


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "yoloscope.Run":
    monkeypatch.setattr("yoloscope.sdk.launch_sidecar.start", lambda _: 0)
    return yoloscope.init(mode="offline", directory=tmp_path)


@pytest.fixture
def watched(run: "yoloscope.Run") -> Iterator[tuple[life.Life, watch.Signs]]:
    """The watcher of the run, with nobody to ask for stacks."""
    assert run.directory is not None
    signs = watch.Signs()
    watcher = life.Life(run.directory, notebook.Notebook(run.directory), signs)
    watcher._stacks.ask = lambda why, *, now_s: None  # type: ignore[method-assign]
    yield watcher, signs
    watcher.close()
    run.finish()


def _train(run: "yoloscope.Run", watcher: life.Life, *, begin: int, end: int) -> None:
    for second in range(begin, end):
        run.log({"loss": 1.0}, step=second, epoch=second / 10)
        watcher.tend(float(second), lives=True)


def test_a_pause_in_which_the_sidecar_was_stopped_as_well_is_none_of_the_training(
    run: "yoloscope.Run", watched: tuple[life.Life, watch.Signs]
) -> None:
    """A paused container, a suspended machine: both went on at the same moment, and the sidecar looks first."""
    watcher, signs = watched
    _train(run, watcher, begin=0, end=40)
    watcher.tend(40.0 + 7200.0, lives=True)
    assert not signs.stalled
    _train(run, watcher, begin=7241, end=7260)  # nor does it make one patient
    for second in range(7260, 7260 + 119):
        watcher.tend(float(second), lives=True)
    assert not signs.stalled
    watcher.tend(7260.0 + 120.5, lives=True)
    assert signs.stalled


def test_the_epoch_that_rows_tell_says_what_is_known(
    run: "yoloscope.Run", watched: tuple[life.Life, watch.Signs]
) -> None:
    watcher, signs = watched
    for second in range(40):
        run.log({"loss": 1.0}, step=second, epoch=second / 100)
        watcher.tend(float(second), lives=True)
    for second in range(40, 40 + 600):
        watcher.tend(float(second), lives=True)
    assert not signs.stalled


def test_a_worker_killed_for_lack_of_memory_long_before_does_not_explain_the_end(
    run: "yoloscope.Run",
    watched: tuple[life.Life, watch.Signs],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run.directory is not None
    watcher, _ = watched
    counter = tmp_path / "memory.events"
    counter.write_text(V2.format(5))
    monkeypatch.setattr(starvation, "file_of", lambda _: counter)
    watcher.tend(0.0, lives=True)
    counter.write_text(V2.format(6))
    for second in range(1, 100):
        watcher.tend(float(second), lives=True)
    watcher.tend(100.0, lives=False)
    assert not evidence.was_starved(run.directory)
    known = evidence.load(run.directory)
    assert known is not None
    assert (known.oom_kills, known.oom_survived) == (1, 1)  # told all the same
    counter.write_text(V2.format(7))
    watcher.tend(101.0, lives=False)
    assert evidence.was_starved(run.directory)


def of(directory: Path, **changes: object) -> tuple[stacks.Stacks, state.StatePage]:
    manifest = msgspec.structs.replace(layout.load_manifest(directory), **changes)
    page = state.StatePage(directory / "state")
    return stacks.Stacks(directory, manifest, page), page


def asked(directory: Path, why: stacks.Why = "asked", **changes: object) -> stacks.Stack:
    """Ask and poll a second apart until something comes."""
    asking, page = of(directory, **changes)
    asking.ask(why, now_s=0.0)
    found = next(found for second in range(1, 100) if (found := asking.poll(float(second))) is not None)
    asking.close()
    page.close()
    return found


def test_a_trainer_tells_its_stacks(run: "yoloscope.Run") -> None:
    assert run.directory is not None
    found = asked(run.directory)
    assert (found.why, found.by) == ("asked", "faulthandler")
    assert any("test_a_trainer_tells_its_stacks" in line for line in found.lines)
    assert asked(run.directory).lines  # and once more
    run.finish()


def test_a_later_run_of_the_process_tells_them_too(run: "yoloscope.Run", tmp_path: Path) -> None:
    run.finish()
    second = yoloscope.init(mode="offline", directory=tmp_path)
    assert second.directory is not None
    assert asked(second.directory).lines
    assert run.directory is not None
    assert asked(run.directory).lines == []
    second.finish()


def test_a_descriptor_that_somebody_closed_is_not_taken_from_whoever_has_it_now(
    run: "yoloscope.Run", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.finish()
    taken, theirs = os.pipe()
    number, known = faults._open[evidence.STACK_FILE]
    monkeypatch.setitem(faults._open, evidence.STACK_FILE, (theirs, known))
    second = yoloscope.init(mode="offline", directory=tmp_path)
    assert second.directory is not None
    assert asked(second.directory).lines == []
    assert os.write(theirs, b"mine") == 4
    assert os.read(taken, 9) == b"mine"
    second.finish()
    os.close(taken)
    os.close(theirs)
    assert number != theirs


def test_a_process_that_only_has_the_number_is_never_signalled(run: "yoloscope.Run") -> None:
    """The signal would kill it: another's number, another boot, no handler."""
    assert run.directory is not None
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert asked(run.directory, pid=other.pid).lines == []
        assert asked(run.directory, boot_id="another").lines == []
        with contextlib.closing(state.StatePage(run.directory / "state")) as page:
            page.put("stack_signal", 40)
        assert asked(run.directory).lines == []
        assert other.poll() is None
        other.communicate(b"\n")
    assert os.getpid() == layout.load_manifest(run.directory).pid
    run.finish()


def spy(folder: Path, monkeypatch: pytest.MonkeyPatch, *, script: str) -> None:
    program = folder / "py-spy"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_py_spy_is_asked_about_a_stalled_one_where_it_is_installed(
    run: "yoloscope.Run", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in that says what py-spy does; its words about the process are left out."""
    spy(
        tmp_path, monkeypatch, script='echo "Process $5: python x.py"; echo "Thread 1 (idle)"; echo "    f (/a/b.py:1)"'
    )
    assert run.directory is not None
    asking, page = of(run.directory)
    asking.ask("stalled", now_s=0.0)
    with contextlib.closing(page), contextlib.closing(asking):
        found = asking.poll(0.0) or _patiently(asking)
    assert found == stacks.Stack("stalled", "py-spy", ["Thread 1 (idle)", "    f (/a/b.py:1)"])
    run.finish()


def _patiently(asking: stacks.Stacks) -> stacks.Stack:
    assert asking._spy is not None
    asking._spy.wait(30)
    found = asking.poll(1.0)
    assert found is not None
    return found


def test_where_py_spy_is_not_permitted_the_trainer_is_asked(
    run: "yoloscope.Run", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy(tmp_path, monkeypatch, script="echo 'Permission Denied' >&2; exit 1")
    assert run.directory is not None
    asking, page = of(run.directory)
    asking.ask("stalled", now_s=0.0)
    with contextlib.closing(page), contextlib.closing(asking):
        assert asking._spy is not None
        asking._spy.wait(30)
        assert asking.poll(0.0) is None
        assert asking.poll(1.0) is None
        found = asking.poll(2.0)
    assert found is not None
    assert found.by == "faulthandler"
    assert found.lines
    run.finish()


def test_what_was_seen_of_a_life_is_kept_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    seen = evidence.Life("b", "/f", oom_begun=3, oom_kills=1)
    evidence.save(tmp_path, seen)
    assert (evidence.load(tmp_path), evidence.was_starved(tmp_path)) == (seen, True)
    (tmp_path / evidence.FAULT_FILE).write_text("Fatal Python error")
    assert not evidence.was_starved(tmp_path)
    (tmp_path / evidence.LIFE_FILE).write_text("{")
    assert evidence.load(tmp_path) is None


def test_a_pause_is_no_stall_and_what_follows_it_may_be_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("yoloscope.sdk.launch_sidecar.start", lambda directory: None)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    (tmp_path / "yoloscope.toml").write_text("[watch]\nstalled_after_s = 5\n")
    monkeypatch.chdir(tmp_path)
    run = yoloscope.init(mode="offline")
    assert run.directory is not None
    page = state.StatePage(run.directory / "state")
    signs = watch.Signs()
    looks = life.Life(run.directory, notebook.Notebook(run.directory), signs)
    page.put("paused", 1)
    for second in range(1, 100):
        looks.tend(float(second), lives=True)
        assert not signs.stalled
    page.put("paused", 0)
    seen = []
    for second in range(100, 110):
        looks.tend(float(second), lives=True)
        seen.append(signs.stalled)
    assert (seen[0], seen[-1]) == (False, True)
    looks.close()
    page.close()
    run.finish()
