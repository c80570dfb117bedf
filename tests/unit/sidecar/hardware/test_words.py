"""The words of a host's runs: believed while the very process lives, harmless when it does not."""

import os
import time

import msgspec
import pytest

from yoloscope.sidecar.hardware import processes, words


def word(writer: str = "a" * 32, **changes: object) -> words.Word:
    own = processes.sample(os.getpid())
    assert own is not None
    made = words.Word(
        writer=writer,
        run="r1",
        project="signs",
        server="http://one",
        pid=os.getpid(),
        started=own.started,
        since_ns=5,
        sidecar_pid=os.getpid(),
        sidecar_started=own.started,
    )
    return msgspec.structs.replace(made, **changes)


def test_words_are_read_as_they_were_left_by_writer(shared) -> None:
    left = [word("b" * 32), word("a" * 32, run="r2")]
    for one in left:
        words.leave(shared, one)
    assert words.living(shared) == [left[1], left[0]]
    words.take_back(shared, "b" * 32)
    words.take_back(shared, "b" * 32)
    assert words.living(shared) == [left[1]]


@pytest.mark.parametrize(
    "changes", [{"started": "1"}, {"pid": 2**22 + 1}, {"version": words.VERSION + 1}], ids=["reused", "dead", "newer"]
)
def test_a_word_of_another_process_or_release_is_not_believed_and_stays_a_while(shared, changes) -> None:
    words.leave(shared, word(**changes))
    assert words.living(shared) == []
    (path,) = shared.iterdir()
    old_s = time.time() - words.SWEEP_AFTER_S - 1
    os.utime(path, (old_s, old_s))
    assert words.living(shared) == []
    assert list(shared.iterdir()) == []


def test_an_old_word_of_a_living_training_stays(shared) -> None:
    words.leave(shared, word())
    (path,) = shared.iterdir()
    os.utime(path, (1, 1))
    assert words.living(shared) == [word()]
    assert path.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_foreign_file_among_the_words_is_passed_over(shared, content) -> None:
    (shared / "x.run.json").write_bytes(content)
    words.leave(shared, word())
    assert words.living(shared) == [word()]


def test_a_word_tells_whether_its_sidecar_lives() -> None:
    assert words.is_carried(word())
    assert not words.is_carried(word(sidecar_started="1"))


def test_a_folder_that_went_holds_no_words(shared) -> None:
    shared.rmdir()
    assert words.living(shared) == []
