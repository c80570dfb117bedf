"""Names of runs stay apart, and finding a free one asks for few however many are taken."""

import pytest

from yoloscope.records import ids
from yoloscope.store.catalog import rows


class Taken:
    """Names that are taken, and how often that was asked."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.asked = 0

    def __call__(self, name: str) -> bool:
        self.asked += 1
        return name in self.names


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 100, 10_000])
def test_the_next_number_is_found_in_few_questions(count) -> None:
    taken = Taken({"a"} | {f"a-{at}" for at in range(2, count + 1)} if count else set())
    assert rows.name_made_unique("a", is_taken=taken) == ("a" if count == 0 else f"a-{count + 1}")
    assert taken.asked <= 30


def test_a_name_that_is_free_again_may_be_left_out_but_none_is_given_twice() -> None:
    names = {"a", *(f"a-{at}" for at in range(2, 50))} - {"a-3", "a-17", "a-32"}
    for _ in range(100):
        name = rows.name_made_unique("a", is_taken=names.__contains__)
        assert name not in names
        names.add(name)


def test_long_names_stay_apart_within_their_limit() -> None:
    names: set[str] = set()
    for _ in range(30):
        name = rows.name_made_unique("n" * ids.RUN_NAME_MAX_CHARS, is_taken=names.__contains__)
        assert name not in names
        assert len(name) == ids.RUN_NAME_MAX_CHARS
        names.add(name)
