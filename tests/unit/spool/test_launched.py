"""The record of a training's start: read back as written, believed only if nobody else could have written it, found by the run's id."""

import os
import stat
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.spool import launched, platform

RUN = ids.RunId("a1")


def record(**changes: object) -> launched.Launch:
    plain = launched.Launch(
        run=RUN, project=ids.ProjectName("signs"), name="night", host="box", argv=("python", "a.py"), cwd="/home"
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / ("f" * 32)
    made.mkdir()
    return made


@given(st.binary(min_size=1).filter(lambda word: b"\0" not in word))
def test_a_word_of_any_bytes_comes_back(word: bytes) -> None:
    text = launched.encoded(os.fsdecode(word))
    assert os.fsencode(launched.decoded(msgspec.json.decode(msgspec.json.encode(text), type=str))) == word


def test_a_record_is_read_back_and_is_for_its_owner_alone(directory: Path) -> None:
    written = record(environment={"OMP_NUM_THREADS": "2"}, number=1, checkpoint="/w/last.pt", framework="ultralytics")
    launched.save(directory, written)
    assert launched.load(directory) == written
    assert stat.S_IMODE((directory / "launch.json").stat().st_mode) == 0o600
    assert written.checkpoint_path == Path("/w/last.pt")


def test_no_record_is_none(directory: Path) -> None:
    assert launched.load(directory) is None


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_record_that_others_can_write_is_not_believed(directory: Path, mode: int) -> None:
    launched.save(directory, record())
    (directory / "launch.json").chmod(mode)
    with pytest.raises(errors.SpoolError, match="another user"):
        launched.load(directory)


@pytest.mark.parametrize(("data", "fault"), [(b"{", errors.SpoolError), (b"\xff", errors.SpoolError)])
def test_what_is_no_record_is_refused(directory: Path, data: bytes, fault: type[Exception]) -> None:
    (directory / "launch.json").write_bytes(data)
    (directory / "launch.json").chmod(0o600)
    with pytest.raises(fault):
        launched.load(directory)


def test_a_record_of_another_release_is_refused(directory: Path) -> None:
    launched.save(directory, record(version=2))
    with pytest.raises(errors.SpoolVersion):
        launched.load(directory)


def test_a_run_is_found_until_its_directory_goes(directory: Path) -> None:
    launched.save(directory, record())
    assert launched.place(RUN) is None
    launched.point(RUN, launched.Place(directory=launched.encoded(directory)))
    assert [(run, place.path) for run, place in launched.places()] == [(RUN, directory)]
    launched.forget(directory)
    assert launched.place(RUN) is None


def test_an_older_attempt_that_goes_does_not_take_the_newer_ones_place(directory: Path, tmp_path: Path) -> None:
    newer = tmp_path / ("e" * 32)
    newer.mkdir()
    launched.save(directory, record())
    launched.point(RUN, launched.Place(directory=launched.encoded(newer)))
    launched.forget(directory)
    found = launched.place(RUN)
    assert found is not None
    assert found.path == newer


@pytest.mark.parametrize("run", ["../x", "", "a/b"])
def test_an_id_that_is_a_path_is_refused(run: str) -> None:
    with pytest.raises(errors.InvalidRecord):
        launched.place(ids.RunId(run)) or launched.point(ids.RunId(run), launched.Place(directory="/"))


def test_a_start_is_known_as_long_as_its_process_lives_however_long_it_prepares(directory: Path) -> None:
    """A second one would train on the same checkpoint and into the same folder."""
    launched.point(RUN, launched.Place(directory=launched.encoded(directory)))
    with subprocess.Popen(["sleep", "60"]) as process:
        launched.starting(RUN, directory, pid=process.pid)
        found = launched.place(RUN)
        assert found is not None
        assert found.is_starting(time.time() + 10 * launched.STARTS_WITHIN_S)
        assert not msgspec.structs.replace(found, born_ns=found.born_ns + 10**9).is_starting(time.time())
        process.kill()
        while "(sleep) Z" not in Path(f"/proc/{process.pid}/stat").read_text():
            time.sleep(0.01)
        assert not found.is_starting(time.time()), "nobody waited for it yet"
    assert not found.is_starting(time.time())


def test_a_start_is_said_of_a_run_whose_home_could_not_be_written_when_it_trained(directory: Path) -> None:
    """It is found by its folder alone, and is started once all the same."""
    assert launched.place(RUN) is None
    launched.starting(RUN, directory, pid=os.getpid())
    found = launched.place(RUN)
    assert found is not None
    assert (found.path, found.is_starting(time.time())) == (directory, True)


def test_a_start_that_came_to_nothing_is_taken_back_by_who_said_it(directory: Path) -> None:
    launched.starting(RUN, directory, pid=os.getpid())
    launched.not_starting(RUN, pid=os.getpid() + 1)
    found = launched.place(RUN)
    assert found is not None
    assert found.is_starting(time.time())
    launched.not_starting(RUN, pid=os.getpid())
    assert launched.place(RUN) == launched.Place(directory=launched.encoded(directory))


def test_a_home_that_cannot_be_written_keeps_no_training_from_its_start(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    launched.starting(RUN, directory, pid=os.getpid())
    assert launched.place(RUN) is None


def test_a_start_of_which_nothing_tells_the_process_apart_gets_stale(directory: Path) -> None:
    """As older releases wrote it."""
    now_s = time.time()
    found = launched.Place(directory=launched.encoded(directory), starting_pid=os.getpid(), since_s=now_s)
    assert found.is_starting(now_s)
    assert not found.is_starting(now_s + launched.STARTS_WITHIN_S + 1)
    assert not msgspec.structs.replace(found, starting_pid=2**22 + 1).is_starting(now_s)


def test_a_training_lives_while_it_holds_its_lock(directory: Path) -> None:
    assert not launched.is_alive(directory)
    lock = platform.FileLock(directory / "alive.lock")
    lock.acquire()
    assert launched.is_alive(directory)
    lock.release()
    assert not launched.is_alive(directory)
