import pytest
from benchmarks.diagnosis import controls, faults, jobs, plan

from yoloscope.diagnose import catalogue


@pytest.mark.parametrize("split", ["tune", "judge"])
def test_every_training_with_a_fault_has_a_healthy_one_beside_it(split: jobs.Split) -> None:
    by_name = {job.name: job for job in plan.jobs_of(split)}
    assert len(by_name) == len(plan.jobs_of(split))
    for job in by_name.values():
        if not job.is_healthy:
            control = by_name[job.control]
            assert (control.is_healthy, control.seed, control.model) == (True, job.seed, job.model)


def test_the_judged_split_is_large_enough_and_holds_all_faults_and_kinds() -> None:
    judged = plan.jobs_of("judge")
    assert sum(job.is_healthy for job in judged) >= 60
    assert sum(not job.is_healthy for job in judged) >= 60
    assert {job.fault for job in judged} == {jobs.HEALTHY, *(f"F{at:02d}" for at in range(1, 27))}
    assert {job.kind for job in judged if job.is_healthy} == {one.kind for one in controls.CONTROLS}


def test_nothing_is_judged_that_was_tuned_on() -> None:
    tuned, judged = plan.jobs_of("tune"), plan.jobs_of("judge")
    assert {job.seed for job in tuned} & {job.seed for job in judged} == set()
    assert {job.pictures.look for job in tuned} & {job.pictures.look for job in judged} == set()


def test_expected_rules_exist() -> None:
    named = {rule for one in faults.FAULTS for rule in (*one.expected, *one.secondary)}
    assert named - set(catalogue.NAMES) == set()


def test_trainings_are_long_enough_to_be_judged() -> None:
    every = [*plan.jobs_of("tune"), *plan.jobs_of("judge")]
    assert min(int(str(job.arguments["epochs"])) for job in every) >= 16


def test_what_is_chosen_brings_its_controls() -> None:
    found = plan.chosen(plan.jobs_of("judge"), only=["F01"], limit=1)
    assert [(job.fault, job.kind) for job in found] == [(jobs.HEALTHY, "default"), ("F01", "x100")]
