import subprocess

import msgspec
from benchmarks.diagnosis import jobs, provenance
from tests.unit.benchmarks import runs

COMMITTED = "2026-11-22T12:00:00+00:00"
YOUNG = runs.line(runs.job("young"), made="2026-11-22T13:00:01+01:00")
OLD = runs.line(runs.job("old"), made="2026-11-22T12:59:59+01:00")


def _problems(*lines: jobs.Line, is_altered: bool = False, committed: str = COMMITTED) -> list[str]:
    older = sum(provenance.is_older(line, committed) for line in lines)
    return provenance.problems(lines, is_altered=is_altered, committed=committed, older=older)


def test_trainings_that_are_younger_than_the_thresholds_are_judged() -> None:
    assert _problems(YOUNG) == []


def test_trainings_that_are_older_than_the_thresholds_are_not() -> None:
    assert _problems(YOUNG, OLD) == [
        f"1 of 2 trainings are older than the commit of the thresholds, {COMMITTED}",
    ]


def test_thresholds_that_are_not_committed_judge_nothing() -> None:
    assert _problems(YOUNG, is_altered=True) == ["the thresholds are not committed as they are"]
    assert _problems()[0] == "there are no trainings"


def test_what_was_tuned_on_is_not_judged() -> None:
    tuned = msgspec.structs.replace(YOUNG, job=msgspec.structs.replace(YOUNG.job, split="tune"))
    assert _problems(tuned) == ["trainings are of the split tune"]


def test_the_time_of_the_thresholds_is_that_of_their_last_commit(tmp_path) -> None:
    path = tmp_path / provenance.THRESHOLDS
    path.parent.mkdir(parents=True)

    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    path.write_text("A = 1\n")
    git("add", ".")
    git("commit", "-qm", "first", "--date", "2020-01-01T00:00:00Z")
    found = provenance.standing([YOUNG], root=tmp_path)
    assert found.thresholds_commit != ""
    assert "the thresholds are not committed as they are" not in found.problems
    path.write_text("A = 2\n")
    assert "the thresholds are not committed as they are" in provenance.standing([YOUNG], root=tmp_path).problems


def test_the_manifest_keeps_the_newest_line_of_a_name(tmp_path) -> None:
    for line in (YOUNG, OLD, msgspec.structs.replace(YOUNG, exit_code=3)):
        jobs.note(tmp_path, line)
    assert [(line.job.name, line.exit_code) for line in jobs.lines(tmp_path)] == [("old", 0), ("young", 3)]
