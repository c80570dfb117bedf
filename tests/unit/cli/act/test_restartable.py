"""What an agent knows of this machine's trainings, and that what one agent began no other begins again."""

import os
import time
from pathlib import Path

import pytest

from yoloscope.cli.act import restartable
from yoloscope.records import ids
from yoloscope.sidecar import starting, starts
from yoloscope.spool import launched, platform

WISH = starts.Wish("ab12", "r1")


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> restartable.Restartable:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return restartable.Restartable("h", server="http://127.0.0.1:1")


def trained(directory: Path, **changes: object) -> Path:
    """Leave the record of a training that ended."""
    directory.mkdir()
    plain = {"run": "r1", "project": "p", "name": "n", "host": "h", "argv": ("python", "t.py"), "cwd": "/"}
    launched.save(directory, launched.Launch(**(plain | changes)))
    launched.point(ids.RunId("r1"), launched.Place(directory=launched.encoded(directory)))
    return directory


def test_a_run_that_this_machine_does_not_know_is_refused(trainer, tmp_path) -> None:
    assert trainer.standing(WISH) == starting.Refused("no_record")
    assert trainer.places(WISH, []) == starting.Refused("no_record")
    assert trainer.begin(WISH, starting.Place(frozenset())) == "no_record"
    directory = trained(tmp_path / "w")
    (directory / launched.FILE_NAME).unlink()
    assert trainer.standing(WISH) == starting.Refused("no_record")


def test_a_record_that_others_could_have_written_is_not_believed(trainer, tmp_path) -> None:
    directory = trained(tmp_path / "w")
    (directory / launched.FILE_NAME).chmod(0o666)
    assert trainer.standing(WISH) == starting.Refused("no_record")


@pytest.mark.parametrize(("changes", "reason"), [({"host": "other"}, "elsewhere"), ({"restarts": False}, "by_hand")])
def test_what_cannot_be_started_here_is_refused(trainer, tmp_path, changes, reason) -> None:
    trained(tmp_path / "w", **changes)
    assert trainer.standing(WISH) == starting.Refused(reason)


def test_a_training_is_ready_alive_or_about_to_live(trainer, tmp_path, monkeypatch) -> None:
    directory = trained(tmp_path / "w")
    assert trainer.standing(WISH) == "ready"
    monkeypatch.setattr(platform, "is_locked", lambda path: path == directory / "alive.lock")
    assert trainer.standing(WISH) == "alive"
    launched.starting(ids.RunId("r1"), directory, pid=os.getpid())
    assert trainer.standing(WISH) == "starting"


def test_a_start_that_fails_says_its_word_and_is_remembered_until_it_is_told(trainer, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(platform, "host_name", lambda: "h")
    trained(tmp_path / "w", cwd=str(tmp_path / "gone"))
    assert not trainer.is_ours(WISH)
    assert trainer.begin(WISH, starting.Place(frozenset())) == "elsewhere", "the real command asks its own host's name"
    assert trainer.is_ours(WISH)
    trainer.forget(WISH)
    assert not trainer.is_ours(WISH)
    assert list((tmp_path / "state" / "yoloscope" / "starts").iterdir()) == []


def test_the_real_command_refuses_a_folder_that_is_gone(trainer, tmp_path) -> None:
    trained(tmp_path / "w", cwd=str(tmp_path / "gone"), host=platform.host_name())
    assert trainer.begin(WISH, starting.Place(frozenset(), "GPU-1")) == "no_folder"


def test_the_next_agent_sees_that_the_run_lives_again(trainer, tmp_path) -> None:
    trained(tmp_path / "w", cwd=str(tmp_path / "gone"), host=platform.host_name())
    here = restartable.Restartable(platform.host_name(), server="http://127.0.0.1:1")
    here.begin(WISH, starting.Place(frozenset()))
    assert here.standing(WISH) == "ready"
    trained(tmp_path / "w2", host=platform.host_name())  # its next attempt, which may have ended by now
    assert here.standing(WISH) == "begun"
    here.begin(WISH, starting.Place(frozenset()))
    assert here.standing(WISH) == "begun", "a second try does not take the first one's outcome for what was before"
    assert here.standing(starts.Wish("cd34", "r1")) == "ready"


def test_old_notes_are_swept(trainer, tmp_path) -> None:
    trained(tmp_path / "w", cwd=str(tmp_path / "gone"), host=platform.host_name())
    trainer.begin(WISH, starting.Place(frozenset()))
    folder = tmp_path / "state" / "yoloscope" / "starts"
    (folder / "old").touch()
    os.utime(folder / "old", (time.time() - 31 * 86_400,) * 2)
    trainer.forget(WISH)
    assert list(folder.iterdir()) == []
