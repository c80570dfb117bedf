"""A finding as it is kept: JSON knows no NaN."""

import math

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.records import finding

NUMBERS = st.floats() | st.integers(-(2**53), 2**53) | st.text(max_size=5)


def test_numbers_that_are_none_become_words() -> None:
    found = finding.Finding(
        rule="N01",
        name="nan",
        severity="critical",
        confidence=math.nan,
        window=(0.0, math.inf),
        values={"a": math.nan, "b": -math.inf, "c": [1.5, math.inf, "x"], "d": 2},
    )
    kept = finding.kept(found)
    assert kept.values == {"a": "nan", "b": "-inf", "c": [1.5, "inf", "x"], "d": 2}
    assert (kept.confidence, kept.window) == (0.5, None)


@given(
    st.dictionaries(st.text(max_size=5), NUMBERS | st.lists(st.floats() | st.text(max_size=3), max_size=3), max_size=5)
)
def test_what_is_kept_comes_back_as_it_was(values: dict[str, finding.Value]) -> None:
    kept = finding.kept(finding.Finding(rule="N01", name="n", severity="info", values=values, window=(1.0, 2.0)))
    assert msgspec.json.decode(msgspec.json.encode(kept), type=finding.Finding) == kept
