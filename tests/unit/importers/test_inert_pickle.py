import builtins
import collections
import datetime as dt
import os
import pathlib
import pickle
import pickletools
import struct
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.importers import inert_pickle
from yoloscope.importers.inert_pickle import Named

_keys = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text() | st.binary()
_values = st.recursive(
    _keys,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.sets(_keys, max_size=4)
        | st.dictionaries(_keys, inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_values, st.integers(4, 5))
def test_plain_values_are_read_back(value, protocol) -> None:
    assert inert_pickle.loads(pickle.dumps(value, protocol=protocol)) == value


@given(st.lists(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()), st.integers(0, 2))
def test_the_oldest_protocols_are_read_too(value, protocol) -> None:
    assert inert_pickle.loads(pickle.dumps({"a": value}, protocol=protocol)) == {"a": value}


def test_every_opcode_that_python_knows_has_an_answer() -> None:
    assert {opcode.name for opcode in pickletools.opcodes} - {"STOP"} == set(inert_pickle._ACTIONS)


class _Calls:
    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[object, ...]:
        return self._call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "attack",
    [
        _Calls(os.system, "touch {target}"),
        _Calls(builtins.eval, "open('{target}', 'w').close()"),
        _Calls(builtins.exec, "open('{target}', 'w').close()"),
        _Calls(subprocess.Popen, ["touch", "{target}"]),
        _Calls(builtins.open, "{target}", "w"),
        _Calls(builtins.getattr, _Calls(builtins.__import__, "os"), "system"),
        _Calls(builtins.map, os.system, ["touch {target}"]),
    ],
    ids=["system", "eval", "exec", "popen", "open", "getattr", "map"],
)
def test_nothing_that_a_pickle_asks_for_happens(attack, protocol, tmp_path) -> None:
    target = tmp_path / "done"
    data = pickle.dumps({"train_args": attack, "version": "8"}, protocol=protocol)
    data = _with_target(attack, target, protocol=protocol) or data
    found = inert_pickle.loads(data)
    assert isinstance(found["train_args"], Named)
    assert found["version"] == "8"
    assert not target.exists()


def _with_target(attack: _Calls, target: pathlib.Path, *, protocol: int) -> bytes:
    function, arguments = attack._call
    named = [one.replace("{target}", str(target)) if isinstance(one, str) else one for one in arguments]
    named = [[part.replace("{target}", str(target)) for part in one] if isinstance(one, list) else one for one in named]
    return pickle.dumps({"train_args": _Calls(function, *named), "version": "8"}, protocol=protocol)


def test_the_attacks_of_the_test_would_work_in_python_itself(tmp_path) -> None:
    data = _with_target(_Calls(builtins.eval, "open('{target}', 'w').close()"), tmp_path / "done", protocol=2)
    pickle.loads(data)
    assert (tmp_path / "done").exists()


def test_old_opcodes_that_make_objects_make_names() -> None:
    assert inert_pickle.loads(b"(S'id'\nios\nsystem\n.").name == "os.system"
    assert inert_pickle.loads(b"(cos\nsystem\nS'id'\no.").name == "os.system"
    assert inert_pickle.loads(b"cos\nsystem\n)\x81}b.").name == "os.system"
    assert inert_pickle.loads(b"Pwhatever\n.").name == "stored"
    assert inert_pickle.loads(b"\x82\x01.").name == "extension"


def test_no_module_is_imported_for_a_name(monkeypatch) -> None:
    monkeypatch.setattr(builtins, "__import__", lambda *_: pytest.fail("imported"))
    found = inert_pickle.loads(b"cantigravity\nnothing\n.")
    monkeypatch.undo()
    assert found.name == "antigravity.nothing"
    assert "antigravity" not in sys.modules


def test_ordered_mappings_paths_and_numbers_of_numpy_become_plain() -> None:
    value = {
        "ordered": collections.OrderedDict(a=1),
        "path": pathlib.PurePosixPath("/runs/train"),
        "f64": np.float64(0.25),
        "f32": np.float32(0.5),
        "i64": np.int64(-7),
        "date": dt.date(2026, 1, 2),
    }
    found = inert_pickle.loads(pickle.dumps(value))
    date = found.pop("date")
    assert found == {"ordered": {"a": 1}, "path": "/runs/train", "f64": 0.25, "f32": 0.5, "i64": -7}
    assert date.name == "datetime.date"


def test_a_list_that_holds_itself_is_read() -> None:
    value: list[object] = [1]
    value.append(value)
    found = inert_pickle.loads(pickle.dumps(value))
    assert found[0] == 1
    assert found[1] is found


def test_what_is_nested_without_end_is_read_without_recursion() -> None:
    assert isinstance(inert_pickle.loads(b"]" * 20_000 + b"a" * 19_999 + b"."), list)
    assert isinstance(inert_pickle.loads(b"cos\nsystem\n" + b")R" * 20_000 + b"."), Named)
    assert isinstance(inert_pickle.loads(b"N" + b"\x85" * 20_000 + b"."), tuple)


def test_text_that_is_shared_is_not_multiplied() -> None:
    long = b"X" + struct.pack("<I", 1000) + b"a" * 1000
    doubled = b"cpathlib\nPath\nq\x00(" + long + b"q\x01" + b"h\x01" * 60 + b"tR."
    assert inert_pickle.loads(doubled).name == "path"


def test_a_name_made_of_lists_is_not_written_out() -> None:
    levels = b"]q\x00" + b"".join(
        b"](h" + bytes([at]) + (b"h" + bytes([at])) * 9 + b"eq" + bytes([at + 1]) for at in range(40)
    )
    assert inert_pickle.loads(levels + b"0X\x01\x00\x00\x00ah\x28\x93.").name == "?"


def test_large_integers_as_keys_are_not_hashed() -> None:
    integer = b"\x8b" + struct.pack("<i", 20_000) + b"\x7f" * 20_000
    found = inert_pickle.loads(b"}" + integer + b"Ns.")
    assert [type(key) for key in found] == [Named]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"N",
        b".",
        b"R.",
        b"0.",
        b"t.",
        b"(",
        b"N(.N",
        b"h\x07.",
        b"\xff.",
        b"s.",
        b"}Ns.",
        b"}(Nu.",
        b"X\xff\xff\xff\x7fabc.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc.",
        b"I" + b"9" * 5000 + b"\n.",
        b"\x8b\xff\xff\xff\xff.",
        b"\x95\xff\xff\xff\xff\xff\xff\xff\xff",
        b"(N" * 50,
    ],
    ids=repr,
)
def test_what_is_no_whole_pickle_is_not_readable(data) -> None:
    with pytest.raises(inert_pickle.NotReadable):
        inert_pickle.loads(data)


def test_a_program_without_end_is_stopped() -> None:
    with pytest.raises(inert_pickle.NotReadable, match="more than 1,000 opcodes"):
        inert_pickle.loads(b"N0" * 1000 + b"N.", opcodes_max=1000)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_are_not_readable(data) -> None:
    try:
        inert_pickle.loads(data)
    except inert_pickle.NotReadable:
        return


@given(_values, st.data())
def test_any_changed_byte_gives_a_value_or_is_not_readable(value, data) -> None:
    pickled = bytearray(pickle.dumps({"a": value, "b": collections.OrderedDict(c=np.float64(1))}))
    at = data.draw(st.integers(0, len(pickled) - 1))
    pickled[at] = data.draw(st.integers(0, 255))
    try:
        inert_pickle.loads(bytes(pickled))
    except inert_pickle.NotReadable:
        return
