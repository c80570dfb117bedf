import msgspec
from benchmarks.diagnosis import provenance, report
from tests.unit.benchmarks import runs

STANDING = provenance.Standing("digest", "abc", "", "def", "", 0, 3, ())


def _figures() -> report.Figures:
    job = runs.job("F01-x100-s1", fault="F01", expected=("N10",), control="control")
    judged = [
        runs.run(job, ("N10", "warning", 5.0), maps=(0.1,) * 20),
        runs.run(runs.job("control"), maps=(0.5,) * 20),
        runs.run(runs.job("other"), ("L01", "warning", 1.0), maps=(0.5,) * 20),
    ]
    return report.figures(judged, standing=STANDING, versions={"yoloscope": "1"})


def test_figures_of_one_fault_and_two_healthy_trainings() -> None:
    told = _figures()
    assert (told.detected.hits, told.first.hits, told.lead_from_start) == (1, 1, 0.75)
    assert (told.false_per_healthy, told.false_per_100_epochs) == (0.5, 2.5)
    assert told.false_alarms == {"other": ("L01 warning at 1",)}


def test_bars_stand_beside_the_figures() -> None:
    text = "\n".join(report.markdown(_figures()))
    assert "| detected | 1.00 (1/1, 0.21–1.00) | ≥ 0.85 |" in text
    assert "| false warnings per healthy training | 0.50 | ≤ 0.10 |" in text
    assert "not a judgement" not in text


def test_a_report_of_older_trainings_says_so() -> None:
    standing = msgspec.structs.replace(STANDING, problems=("2 of 3 trainings are older",))
    told = msgspec.structs.replace(_figures(), standing=standing)
    assert "**These figures are not a judgement: 2 of 3 trainings are older.**" in report.markdown(told)


def test_figures_are_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(_figures()))["detected"] == {"hits": 1, "count": 1}
