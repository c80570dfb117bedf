"""The manifest as it grows: classes get numbers that stay, attempts are known before their first row, and threads lose nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from yoloscope.records import ids, row
from yoloscope.sdk import settings, standing
from yoloscope.spool import layout

WRITER = ids.WriterId("0123456789abcdef" * 2)
REF = row.RunRef(ids.RunId("r1"), ids.ProjectName("signs"), name="first", created_ns=1, host="h")


@pytest.fixture
def told() -> list[dict[str, int]]:
    return []


@pytest.fixture
def stands(tmp_path: Path, told: list[dict[str, int]]) -> standing.Standing:
    chosen = settings.resolve(environment={}, start=tmp_path, directory=tmp_path)
    manifest = standing.beginning(REF, WRITER, chosen=chosen, begun_ns=(5, 6), rank=0, free_bytes=10**9)

    def tell(classes: Mapping[str, int]) -> None:
        told.append(dict(classes))

    return standing.Standing(tmp_path, manifest, tell=tell)


def test_a_run_begins_with_its_first_attempt(stands: standing.Standing, tmp_path: Path) -> None:
    found = layout.load_manifest(tmp_path)
    assert found == stands.manifest
    assert (found.run, found.attempts, found.quota_bytes) == (REF, (row.AttemptRef(0, 5, 6),), 5 * 10**8)


def test_titles_get_numbers_that_stay(stands: standing.Standing, tmp_path: Path, told: list[dict[str, int]]) -> None:
    assert stands.numbers_of(["dent", "scratch", "dent"]) == [0, 1, 0]
    assert stands.numbers_of(["scratch", "5", "x"]) == [1, 5, 6]
    assert stands.numbers_of(["dent"]) == [0]
    expected = {"dent": 0, "scratch": 1, "5": 5, "x": 6}
    assert layout.load_manifest(tmp_path).classes == expected
    assert told == [{"dent": 0, "scratch": 1}, expected]


def test_a_data_set_names_its_classes(stands: standing.Standing, tmp_path: Path, told: list[dict[str, int]]) -> None:
    stands.name_classes({0: "cat", 7: 8})
    assert stands.numbers_of(["cat", "8", "7", "new"]) == [0, 7, 8, 9]
    assert layout.load_manifest(tmp_path).classes == {"cat": 0, "8": 7, "7": 8, "new": 9}
    assert told == [{"cat": 0, "8": 7}, {"cat": 0, "8": 7, "7": 8, "new": 9}]


def test_a_number_below_zero_is_nobody_elses(stands: standing.Standing) -> None:
    stands.name_classes({-1: "background"})
    assert stands.numbers_of(["background", "a"]) == [-1, 0]


def test_attempts_are_counted(stands: standing.Standing, tmp_path: Path) -> None:
    assert stands.attempt == 0
    begun = stands.new_attempt(start_epoch=3, start_step=None)
    assert (begun.index, begun.start_epoch, stands.attempt) == (1, 3.0, 1)
    assert layout.load_manifest(tmp_path).attempts[1] == begun


def test_what_another_thread_adds_while_it_is_saved_is_saved_too(
    stands: standing.Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = layout.save_manifest

    def slow(directory: Path, manifest: layout.Manifest) -> None:
        monkeypatch.setattr(layout, "save_manifest", save)
        stands.numbers_of(["other"])
        save(directory, manifest)  # which does not hold the other's

    monkeypatch.setattr(layout, "save_manifest", slow)
    assert stands.numbers_of(["mine"]) == [0]
    assert layout.load_manifest(tmp_path).classes == {"mine": 0, "other": 1}


def test_two_titles_never_share_a_number(stands: standing.Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    free = stands._free_number

    def late(title: str) -> int:
        number = free(title)
        monkeypatch.setattr(stands, "_free_number", free)
        stands.numbers_of(["other"])  # takes the number between choosing and claiming it
        return number

    monkeypatch.setattr(stands, "_free_number", late)
    assert stands.numbers_of(["mine"]) == [1]
    assert stands.manifest.classes == {"other": 0, "mine": 1}
