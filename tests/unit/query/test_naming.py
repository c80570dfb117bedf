"""Which series a name means, and that no name makes the server think for ever."""

import pytest

from yoloscope.query import naming

STORED = ["train/box_loss", "val/box_loss", "a[b]", "a*b", "lr"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("*/box_loss", ["train/box_loss", "val/box_loss"]),
        ("***loss", ["train/box_loss", "val/box_loss"]),
        ("?r", ["lr"]),
        ("a[b]*", ["a[b]"]),
        ("[al]*", []),
        ("a*b", ["a*b"]),
        ("", []),
        ("LR*", []),
        ("*", STORED),
    ],
)
def test_a_star_stands_for_any_letters_and_nothing_else_is_special(name, found) -> None:
    assert naming.matching([name], stored=STORED) == {name: found}


@pytest.mark.parametrize("pattern", ["*a" * 60 + "*b", "*?" * 125 + "b", "*" * 100_000 + "b", "a?" * 50_000])
def test_a_pattern_of_many_stars_is_answered_at_once(pattern) -> None:
    stored = [f"a/{'a' * 240}{at}" for at in range(300)]
    assert naming.matching([pattern], stored=stored) == {pattern: []}


def test_only_the_first_of_many_missing_names_are_held_against_all_that_are_known() -> None:
    known = [f"metrics/{at}" for at in range(300)]
    told = naming.missing((f"metric/{at}" for at in range(5_000)), known=known)
    assert (len(told), told[0].nearest, told[-1].nearest) == (5_000, "metrics/0", None)
    assert naming.missing(["x" * 1_000_000], known=known)[0].nearest is None
