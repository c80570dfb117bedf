from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from yoloscope import errors
from yoloscope.importers import plain_yaml

_BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join([f'*{chr(97 + level)}'] * 10)}]\n" for level in range(8)
)
_MERGES = "a: &a {x: 1}\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} {{<<: [{', '.join([f'*{chr(97 + level)}'] * 10)}]}}\n" for level in range(8)
)

_words = st.text(st.characters(exclude_categories=["C", "Z", "N"]), max_size=9)
_scalars = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | _words
_values = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3))


@given(st.dictionaries(_words, _values, max_size=6), st.booleans())
def test_what_was_written_is_read_back(values, flow) -> None:
    written = yaml.safe_dump(values, default_flow_style=flow, allow_unicode=True).encode()
    assert values == plain_yaml.parse(written, name="a.yaml")


def test_a_number_with_an_exponent_alone_is_a_number() -> None:
    read = plain_yaml.parse(b"lr0: 1e-3\nlrf: -2.5E+2\nname: 1e\nversion: 8.4.190", name="a.yaml")
    assert read == {"lr0": 0.001, "lrf": -250.0, "name": "1e", "version": "8.4.190"}


def test_dates_stay_text_and_top_level_keys_become_text() -> None:
    assert plain_yaml.parse(b"date: 2026-11-22\n0: cat", name="a.yaml") == {"date": "2026-11-22", "0": "cat"}


def test_numbers_as_keys_of_an_inner_mapping_stay_numbers() -> None:
    assert plain_yaml.parse(b"names:\n  0: cat\n  1: dog", name="data.yaml") == {"names": {0: "cat", 1: "dog"}}


def test_byte_order_mark_windows_line_ends_and_other_encodings_do_no_harm() -> None:
    assert plain_yaml.parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", name="a.yaml") == {"a": 1, "b": 2}
    assert plain_yaml.parse(b"a: caf\xe9", name="a.yaml") == {"a": "caf\ufffd"}


def test_an_alias_that_is_used_twice_is_read() -> None:
    assert plain_yaml.parse(b"a: &x [1]\nb: *x\nc: *x", name="a.yaml") == {"a": [1], "b": [1], "c": [1]}


def test_an_empty_document_has_no_keys() -> None:
    assert plain_yaml.parse(b"# nothing\n", name="a.yaml") == {}


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system [id]",
        "a: !!python/name:os.system ''",
        "a: &x [*x]",
        "a: *nobody",
        _BOMB,
        _MERGES,
        "[" * 3000,
        "a: " + "[" * 65 + "]" * 65,
        "a: " + "9" * 5000,
        "{[a]: 1}",
        "- a list",
        "text",
        "a: b: c",
        "a: \x00",
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_what_is_unsafe_or_no_mapping_is_refused_in_both_languages(text) -> None:
    with pytest.raises(errors.ImportFault) as caught:
        plain_yaml.parse(text.encode(), name="hyp.yaml")
    assert "hyp.yaml" in str(caught.value)
    assert "hyp.yaml" in caught.value.zh


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(errors.ImportFault, match="larger than 2 MiB"):
        plain_yaml.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.ImportFault, match=r"args\.yaml cannot be read"):
        plain_yaml.read(tmp_path / "args.yaml")
