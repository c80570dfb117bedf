"""Filters as text: what is printed reads as the same again, and what cannot be read says where and why."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.query.filters import grammar, parser, printing

_names = st.one_of(
    st.sampled_from(
        ["state", "metrics/mAP50", "metrics/mAP50(B)", "config.a-b", "and", "now", "best", "min(B)", "3d", "nowhere"]
    ),
    st.text(st.characters(exclude_characters="`", exclude_categories=("Cs",)), min_size=1, max_size=12),
)
_terms = st.builds(grammar.Term, _names, st.one_of(st.none(), st.sampled_from(grammar.FUNCTIONS)))
_values = st.builds(
    grammar.Value,
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
        st.text("\\\"'n`", max_size=6),
        st.builds(grammar.Now, st.integers(-(10**8), 10**8)),
    ),
)
_leaves = st.one_of(
    st.builds(grammar.Exists, _terms),
    st.builds(grammar.Comparison, _terms, st.sampled_from(grammar.OPERATORS), _values),
    st.builds(grammar.Membership, _terms, st.lists(_values, min_size=1, max_size=4).map(tuple)),
)


def _nested(inner: st.SearchStrategy) -> st.SearchStrategy:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(grammar.Not, inner), st.builds(grammar.And, parts), st.builds(grammar.Or, parts))


expressions = st.recursive(_leaves, _nested, max_leaves=8)


@settings(max_examples=40, deadline=None)
@given(expressions)
def test_what_is_printed_reads_as_the_same_again(expression: grammar.Expression) -> None:
    assert parser.expression(printing.text_from_expression(expression)) == expression


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(expressions)
def test_whatever_is_printed_reads_as_the_same_again(expression: grammar.Expression) -> None:
    assert parser.expression(printing.text_from_expression(expression)) == expression


@settings(max_examples=100, deadline=None)
@given(st.text(string.printable + "é夜`", max_size=40))
def test_any_text_is_read_or_refused_with_a_place_within_it(text: str) -> None:
    found: errors.InvalidFilter | None = None
    try:
        parser.expression(text)
    except errors.InvalidFilter as error:
        found = error
    assert found is None or 1 <= found.column <= found.column + found.length - 1 <= len(text) + 1


def test_and_binds_closer_than_or_and_not_closest() -> None:
    a, b, c = (grammar.Exists(grammar.Term(name)) for name in "abc")
    assert parser.expression("a exists or b exists and not c exists") == grammar.Or(
        (a, grammar.And((b, grammar.Not(c))))
    )
    assert parser.expression("(a exists OR b exists) AND c exists") == grammar.And((grammar.Or((a, b)), c))


def test_times_count_from_now() -> None:
    told = parser.expression("created > now-2d and ended in [now, now + 90m]")
    created, ended = grammar.Term("created"), grammar.Term("ended")
    values = grammar.Value(grammar.Now()), grammar.Value(grammar.Now(5_400))
    assert told == grammar.And(
        (grammar.Comparison(created, ">", grammar.Value(grammar.Now(-172_800))), grammar.Membership(ended, values))
    )


def test_an_order_names_what_to_sort_by_and_which_way() -> None:
    wanted = parser.order("-best(metrics/mAP50), `a b`,created")
    assert [(one.term, one.descending) for one in wanted] == [
        (grammar.Term("metrics/mAP50", "best"), True),
        (grammar.Term("a b"), False),
        (grammar.Term("created"), False),
    ]


@pytest.mark.parametrize(
    ("text", "column", "length", "says"),
    [
        ("", 1, 1, "expected a name"),
        ("state = 'a'", 7, 1, "expected ==, !="),
        ("state ==", 9, 1, "expected a number"),
        ("(a == 1", 8, 1, "expected and, or, or ')'"),
        ("a == 1 b == 2", 8, 1, "expected and, or, or the end"),
        ("a == 'x", 6, 2, "no end"),
        ("`a == 1", 1, 7, "no end"),
        ("`` == 1", 1, 2, "empty"),
        ("a in 3", 6, 1, "expected '['"),
        ("a in []", 7, 1, "expected a number"),
        ("best(1)", 6, 1, "the name of a series"),
        ("a == 1e999", 6, 5, "too large"),
        ("a == 12x", 6, 1, "expected a number"),
        ("x and", 3, 3, "expected ==, !="),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, column: int, length: int, says: str) -> None:
    with pytest.raises(errors.InvalidFilter, match=r"^where, column") as caught:
        parser.expression(text)
    assert (caught.value.column, caught.value.length) == (column, length)
    assert says in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(("text", "fix"), [("a = 1", "write == for ="), ("a == 1 && b == 1", "write and for &")])
def test_habits_of_other_languages_are_put_right(text: str, fix: str) -> None:
    with pytest.raises(errors.InvalidFilter) as caught:
        parser.expression(text)
    assert caught.value.fix == fix


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a == '" + "x" * 4_000 + "'", "4007 characters"),
        ("(" * 60 + "a == 1" + ")" * 60, "nested too deeply"),
        ("not " * 900 + "a == 1", "nested too deeply"),
        ("a in [" + ",".join(["1"] * 501) + "]", "501 values"),
    ],
)
def test_a_filter_is_bounded(text: str, says: str) -> None:
    with pytest.raises(errors.InvalidFilter, match=says):
        parser.expression(text)


def test_a_list_of_names_is_bounded() -> None:
    with pytest.raises(errors.InvalidFilter, match=r"columns, column 1 .*51 names"):
        parser.terms(",".join(["a"] * 51), field="columns")
