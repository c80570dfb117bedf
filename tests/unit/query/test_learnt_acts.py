"""What acts did in a project, by rule and act."""

import itertools

import pytest

from yoloscope.query import learnt_acts
from yoloscope.records import effect, ids
from yoloscope.store import ports_effects


def measured(verdict: str, change: float | None, expected: float | None = None, *, rule: str = "N05", act: str = "x"):  # noqa: ANN201
    of = effect.Effect(verdict=verdict, change=change, expected=expected)
    return ports_effects.Measured(
        run=ids.RunId("r"), command="c", project=ids.ProjectName("p"), rule=rule, act=act, at_ns=0, effect=of
    )


def test_acts_are_counted_by_rule_and_those_tried_most_come_first() -> None:
    found = learnt_acts.acts(
        [
            measured("helped", -0.2, -0.1),
            measured("harmed", 0.3, rule="N13"),
            measured("none", -0.1, -0.1),
            measured("helped", None),
            measured("helped", -0.5, act="y"),
        ]
    )
    assert found[0] == learnt_acts.Act(
        rule="N05", act="x", n=3, helped=2, harmed=0, none=1, change=pytest.approx(-0.15), low=None, high=None,
        expected=-0.1,
    )  # fmt: skip
    assert [(one.rule, one.act, one.n, one.expected) for one in found[1:]] == [
        ("N05", "y", 1, None),
        ("N13", "x", 1, None),
    ]
    assert learnt_acts.acts([]) == []


@pytest.mark.parametrize(
    ("n", "expected"), [(0, None), (5, None), (6, (0, 5)), (8, (0, 7)), (9, (1, 7)), (20, (5, 14))]
)
def test_the_interval_of_a_median_is_that_of_the_tables(n, expected) -> None:
    """Conover, Practical Nonparametric Statistics, the binomial at 1/2: of 20 values the 6th least to the 6th greatest."""
    assert learnt_acts.interval(range(n)) == (expected or (None, None))


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    """Of all ways in which seven values lie around their median, each as likely."""
    low, high = learnt_acts.interval(range(7))
    ways = list(itertools.product((0, 1), repeat=7))
    missed = sum(sum(way) <= low or sum(way) > high for way in ways)
    assert missed / len(ways) <= 0.05
