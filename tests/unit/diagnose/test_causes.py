import pytest

from yoloscope.diagnose import catalogue, causes
from yoloscope.records import finding


def found(rule_id, severity="warning", confidence=0.5, status="open") -> finding.Finding:
    return finding.Finding(rule=rule_id, name=rule_id, severity=severity, confidence=confidence, status=status)


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        (["S08", "N03", "N01", "N05", "N13", "L02"], dict.fromkeys(["N03", "N01", "N05", "N13", "L02"], "S08")),
        (["S09", "N03", "N01"], {"N03": "S09", "N01": "S09"}),
        (["N03", "N01", "N13", "L02"], dict.fromkeys(["N01", "N13", "L02"], "N03")),
        (["N05", "L02"], {"L02": "N05"}),
        (["P01", "L01", "G04", "G05", "G07"], dict.fromkeys(["L01", "G04", "G05", "G07"], "P01")),
        (["L01", "G07", "G01", "G02"], {"G07": "L01", "G01": "L01", "G02": "L01"}),
        (["L04", "L08", "G08", "G01"], {"L08": "L04", "G08": "L04", "G01": "L04"}),
        (["L08", "G08", "G05"], {"G08": "L08", "G05": "L08"}),
        (["N11", "N08", "N12", "L08"], {"N08": "N11", "N12": "N11", "L08": "N11"}),
        (["N08", "L03", "G04", "G07"], {"L03": "N08", "G04": "N08", "G07": "N08"}),
        (["N13", "N08", "L04", "N12"], {"N08": "N13", "L04": "N13", "N12": "N13"}),
        (["P04", "G09", "G07"], {"G09": "P04", "G07": "P04"}),
        (["N10", "L03", "N08"], {"L03": "N10", "N08": "N10"}),
        (["S01", "S02"], {"S02": "S01"}),
        (["N10", "N14"], {"N14": "N10"}),
        (["N01", "G01", "G04", "G06"], {"G01": "N01", "G04": "N01", "G06": "N01"}),
        (["N13", "G02"], {"G02": "N13"}),
        (["L02", "G04"], {}),
    ],
)
def test_a_finding_names_the_root_of_what_explains_it(opened, expected) -> None:
    assert expected == causes.Causes(catalogue.RULES).roots(opened)


def test_no_rule_explains_itself_by_way_of_others() -> None:
    ids = [one.id for one in catalogue.RULES]
    made = causes.Causes(catalogue.RULES)
    for one in ids:
        reached, edge = set(), {one}
        while edge:
            edge = {effect for cause in edge for effect in made._effects.get(cause, ())} - reached
            reached |= edge
        assert one not in reached, one


def test_a_jump_that_was_to_be_expected_mutes_what_would_take_it_for_a_fault() -> None:
    assert {"L05", "N13", "N14"} == causes.muted(["G10", "S01"])
    assert set() == causes.muted(["S01"])


def test_roots_come_first_then_the_worst_then_the_surest_and_closed_ones_last() -> None:
    told = [
        found("G04", "critical"),
        found("S01", "info", 0.9),
        found("P01", "warning", 0.6),
        found("N12", "warning", 0.8),
        found("N13", "critical", status="closed"),
    ]
    ordered = causes.Causes(catalogue.RULES).ordered(told)
    assert [(one.rule, one.caused_by) for one in ordered] == [
        ("N12", None),
        ("P01", None),
        ("S01", None),
        ("G04", "P01"),
        ("N13", None),
    ]
