"""What becomes of a batch under a policy: nothing private stays, no number changes, and reducing twice is reducing once."""

import math
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.records import harmless, ids, media, policy, reduction, row

STRICT = policy.Policy()
OPEN = policy.Policy(text=True, class_names="text")
CLASSES = {"dent": 3, "a/b": 0}


def batch(*entries: row.Entry) -> row.Batch:
    ref = row.RunRef(ids.RunId("r"), ids.ProjectName("p"), name="given", created_ns=1, tags=("night",), group="g")
    return row.Batch(ref, row.AttemptRef(0, 1, 1), ids.WriterId("0" * 32), 0, 7, entries)


def reduced(*entries: row.Entry, holds: policy.Policy = STRICT, bare: bool = False) -> tuple[row.Entry, ...]:
    return reduction.reduced(batch(*entries), policy=holds, index_of=CLASSES.__getitem__, bare=bare).entries


def section(name: row.Section, values: dict[str, object], *, holds: policy.Policy = STRICT) -> dict[str, object]:
    [entry] = reduced(row.Updated(name, values), holds=holds)
    assert isinstance(entry, row.Updated)
    return entry.values


def matrix(*names: str) -> row.Matrix:
    eight = b"\0" * 8
    return row.Matrix(names, eight, eight, eight, eight, eight * len(names))


@pytest.mark.parametrize(
    "word",
    [
        *("", "AdamW", "detect", "cpu", "cuda:0", "cuda:0 (NVIDIA GeForce RTX 4090)", "ram", "randaugment", "train2"),
        *("0.01", "-1", "1e-3", "0,1", "[0, 1]", "640x480", "True", "yolo11n.pt", "yolov8s-seg.pt", "yolov5su.pt"),
        *(
            "rtdetr-l",
            "yolo11.yaml",
            "yolov8s-worldv2",
            "coco8.yaml",
            "last.pt",
            "epoch12.pt",
            "yoloscope-4100.pt",
            "2.5.1+cu124",
            "8.4.190",
            "python3.12",
        ),
        *("weight.1", "a" * 40, "train.py"),
    ],
)
def test_words_that_the_field_shares_stay(word: str) -> None:
    assert reduction.word(word) == word


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("/lines/acme/data.yaml", "<path>.yaml"),
        ("C:\\acme\\line 7.jpg", "<path>.jpg"),
        ("acme.yaml", "<path>.yaml"),
        ("acme.JPG", "<path>.jpg"),
        ("/home/acme", "<path>"),
        ("/usr/bin/python3", "<path>/python3"),
        ("/acme/yolo11n.pt", "<path>/yolo11n.pt"),
        ("yolo11n-acme.pt", "<path>.pt"),
        ("acme", "<text>"),
        ("acme line 7", "<text>"),
        ("https://acme/x.jpg", "<text>"),
        ("rtsp://***@cam/1", "<text>"),
        ("<path>/acme.yaml", "<path>.yaml"),
        ("<path>/yolo11n.pt", "<path>/yolo11n.pt"),
        ("<path>.acme", "<text>"),
        ("a" * 39, "<text>"),
        ("1." * 60, "<text>"),
        ("2.0+acme", "<text>"),
    ],
)
def test_paths_keep_a_known_ending_and_other_text_goes(word: str, expected: str) -> None:
    assert expected == reduction.word(word)


def test_options_of_a_command_stay_and_their_values_are_reduced() -> None:
    said = [
        "/opt/acme/python3",
        "-u",
        "-m",
        "acme.train",
        "--data",
        "/d/acme.yaml",
        "--epochs=3",
        "name=acme",
        "lr0=0.1",
    ]
    said += ["--token", "***", "-Iacme", "acme=1.jpg", "+exp=acme", "--", "-", "acme.jpg=3", "model=yolo11n.pt"]
    expected = ["<path>/python3", "-u", "-m", "<text>", "--data", "<path>.yaml", "--epochs=3", "name=<text>", "lr0=0.1"]
    expected += ["--token", "***", "<text>", "acme=<path>.jpg", "+exp=<text>", "--", "-", "<text>", "model=yolo11n.pt"]
    assert expected == reduction.command_line(said)
    assert expected == section("provenance", {"command": said})["command"]


def test_options_keep_their_names_where_text_may_leave() -> None:
    said = ["python", "--data=/d/acme.yaml", "name=acme", "/d/acme.py", "--rates=<path>/slow.txt", "left/right"]
    expected = [
        "python",
        "--data=<path>/acme.yaml",
        "name=acme",
        "<path>/acme.py",
        "--rates=<path>/slow.txt",
        "left/right",
    ]
    assert expected == section("provenance", {"command": said}, holds=OPEN)["command"]


def test_what_is_needed_to_repeat_a_run_stays_in_its_provenance() -> None:
    given = {
        "python": "3.12.4",
        "torch": "2.6.0a0+ecf3bae40a.nv25.1",
        "implementation": "CPython",
        "platform": "Linux-6.8.0-generic-x86_64-with-glibc2.39",
        "cpus": 8,
        "packages": {"torch": "2.5.1+cu124", "acme-vision": "1.0"},
        "git": {"commit": "0" * 40, "branch": "train", "dirty": True, "remote": "https://host/acme.git"},
        "container": {"kind": "docker", "image": "hub/acme:1", "orchestrator": "kubernetes"},
        "cuda": None,
        "source": "192.168.1.7",
        "data": {"train": {"images": 3, "per_class": {"dent": 2, "a/b": 1}, "file_list_sha256": "f" * 64}},
    }
    expected = msgspec.json.decode(msgspec.json.encode(given))
    expected["git"] |= {"branch": "<text>", "remote": "<text>"}
    expected["container"]["image"] = "<path>"
    expected["data"]["train"]["per_class"] = {"3": 2, "0": 1}
    assert expected == section("provenance", given)


def test_text_and_class_names_leave_where_the_policy_allows_them() -> None:
    given = {"data": "/d/acme.yaml", "note": "left and/or right", "url": "https://h/a.git", "n": "acme"}
    assert section("config", given, holds=OPEN) == {**given, "data": "<path>/acme.yaml"}
    names = matrix("class/dent/AP50")
    counts = row.Updated("provenance", {"data": {"per_class": {"dent": 1}}})
    assert reduced(names, counts, holds=OPEN) == (names, counts)


def test_a_data_set_is_left_out_where_summaries_are_withheld() -> None:
    given: dict[str, object] = {"data": {"train": {"images": 3}}, "seed": 0}
    assert section("provenance", given, holds=policy.STRICTEST) == {"seed": 0}


def test_keys_stay_unless_they_are_paths() -> None:
    given = {"lr0": 1, "model/depth": 2, "/d/acme.jpg": 3, "acme.jpg": 4, "~/acme": 5, "per_class": {"dent": 6}}
    expected = {"lr0": 1, "model/depth": 2, "<path>.jpg": 3, "<path>.jpg-2": 4, "<path>": 5, "per_class": {"3": 6}}
    assert expected == section("config", given)


def test_classes_become_their_numbers_in_every_series() -> None:
    given = matrix("class/dent/AP50", "final/class/a/b/recall", "val/x/class/dent/loss", "train/box_loss", "class/mean")
    expected = ("class/3/AP50", "final/class/0/recall", "val/x/class/3/loss", "train/box_loss", "class/mean")
    assert reduced(given) == (msgspec.structs.replace(given, names=expected),)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("KeyError", "KeyError"),
        ("OutOfMemoryError", "OutOfMemoryError"),
        ("exit code 3", "exit code 3"),
        ("killed by SIGKILL", "killed by SIGKILL"),
        ("no better result in 100 epochs", "no better result in 100 epochs"),
        ("AcmeError", "<text>"),
        ("the acme camera broke", "<text>"),
        (None, None),
    ],
)
def test_a_reason_stays_if_everybody_has_it(reason: str | None, expected: str | None) -> None:
    assert reduced(row.Ended("failed", 1, reason=reason)) == (row.Ended("failed", 1, reason=expected),)


def test_what_was_written_to_be_shown_stays() -> None:
    made = batch(row.Skip(3))
    assert reduction.reduced(made, policy=STRICT, index_of=CLASSES.__getitem__) == made


def test_bare_batches_hold_no_text_at_all() -> None:
    given = row.Updated(
        "provenance", {"command": ["yolo", "--epochs"], "python": "3.12.4", "seed": 1, "git": {"dirty": False}}
    )
    ended = row.Ended("failed", 1, reason="KeyError")
    expected = {"command": ["<text>", "<text>"], "python": "<text>", "seed": 1, "git": {"dirty": False}}
    assert reduced(given, ended, bare=True) == (
        row.Updated("provenance", expected),
        msgspec.structs.replace(ended, reason="<text>"),
    )


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (matrix("train/box_loss", "class/dent/AP50"), "entries[1].names"),
        (matrix("class/007/AP50"), "entries[1].names"),
        (row.Updated("config", {"a": [1, "yolo11n.pt", {"b": "acme"}]}), "entries[1].values.config.a[2].b"),
        (row.Updated("config", {"/d/acme.jpg": 1}), "entries[1].values.config./d/acme.jpg"),
        (row.Updated("provenance", {"git": {"branch": "train"}}), "entries[1].values.provenance.git.branch"),
        (
            row.Updated("provenance", {"data": {"per_class": {"dent": 1}}}),
            "entries[1].values.provenance.data.per_class.dent",
        ),
        (row.Ended("failed", 1, reason="acme"), "entries[1].reason"),
    ],
)
def test_the_check_names_what_is_forbidden(entry: row.Entry, field: str) -> None:
    found = reduction.forbidden(batch(row.Skip(1), entry), policy=STRICT)
    assert found is not None
    assert found.field == field
    assert reduction.forbidden(batch(entry), policy=OPEN) is None


def test_the_check_finds_a_summary_that_is_withheld() -> None:
    given = batch(row.Updated("provenance", {"data": {"train": {"images": 3}}}))
    found = reduction.forbidden(given, policy=policy.STRICTEST)
    assert found is not None
    assert found.field == "entries[0].values.provenance.data"
    assert reduction.forbidden(given, policy=STRICT) is None


def test_the_check_takes_numbers_of_every_kind() -> None:
    values: dict[str, object] = {"a": math.nan, "b": -math.inf, "c": 2**62, "d": None, "e": True, "f": [0.5]}
    assert reduction.forbidden(batch(row.Updated("config", values)), policy=STRICT) is None


def test_with_text_allowed_the_check_leaves_paths_to_the_sender() -> None:
    given = batch(row.Updated("config", {"data": "/d/acme.yaml"}))
    assert reduction.forbidden(given, policy=OPEN) is None


texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["<path>", "<text>", "***", "a=b", "--x=/y/z.jpg", "yolo11n.pt", "<path>/x.pt", "<path>.jpg-2", "cuda:0"]
    ),
    st.from_regex(r"[\w./\\:=<>*-]{0,25}", fullmatch=True),
)
leaves = st.one_of(texts, st.integers(), st.floats(), st.booleans(), st.none())
values = st.recursive(leaves, lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)), max_leaves=20)
keys = st.one_of(
    st.sampled_from(["command", "packages", "git", "data", "per_class", "platform", "source", "branch"]), texts
)
sections = st.sampled_from(["config", "settings", "provenance", "progress"])


@pytest.mark.slow
@given(
    section=sections,
    given=st.dictionaries(keys, values),
    summaries=st.booleans(),
    names=st.sampled_from(["index", "text"]),
)
def test_what_was_reduced_is_never_forbidden(
    section: row.Section, given: dict[str, object], summaries: bool, names: str
) -> None:
    holds = policy.Policy(summaries=summaries, class_names=names)  # type: ignore[arg-type]
    index_of = numbering()
    made = batch(row.Updated(section, given), row.Ended("failed", 1, reason=str(given)[:50]))
    once = reduction.reduced(made, policy=holds, index_of=index_of)
    assert reduction.forbidden(once, policy=holds) is None
    bare = reduction.reduced(made, policy=holds, index_of=index_of, bare=True)
    assert reduction.forbidden(bare, policy=holds) is None


@given(
    names=st.lists(st.one_of(texts, st.tuples(texts, texts).map(lambda two: f"class/{two[0]}/{two[1]}")), unique=True)
)
def test_no_name_of_a_class_passes_and_no_two_series_become_one(names: list[str]) -> None:
    [sent] = reduction.reduced(batch(matrix(*names)), policy=STRICT, index_of=numbering()).entries
    assert isinstance(sent, row.Matrix)
    assert len(set(sent.names)) == len(names)
    assert reduction.forbidden(batch(sent), policy=STRICT) is None


def numbering() -> Callable[[str], int]:
    """Return what gives every title a number of its own."""
    given: dict[str, int] = {}
    return lambda title: given.setdefault(title, len(given))


def test_a_word_that_is_too_long_is_not_harmless() -> None:
    assert not harmless.is_harmless("0" * 101)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": b"acme"}, {"a": "<text>"}),
        ({"a": [b"acme", {"b": b"acme"}]}, {"a": ["<text>", {"b": "<text>"}]}),
        ({"a": {1: "acme", 2: 3}}, {"a": {1: "<text>", 2: 3}}),
        ({"a": {b"acme": 1, b"other": 2}}, {"a": {"<text>": 1, "<text>-2": 2}}),
    ],
)
def test_what_msgpack_holds_beside_json_is_reduced_too(values: dict[str, object], expected: dict[str, object]) -> None:
    told = row.Updated("config", values)
    found = reduction.forbidden(batch(told), policy=STRICT)
    assert found is not None
    assert found.field.startswith("entries[0].values.config.a")
    assert section("config", values) == expected
    assert reduction.forbidden(batch(row.Updated("config", expected)), policy=STRICT) is None
    assert section("config", values, holds=OPEN) == values


@pytest.mark.parametrize("version", [["acme"], {"of": "acme"}, b"acme"])
def test_a_version_of_a_package_that_is_no_text_is_looked_into(version: object) -> None:
    values: dict[str, object] = {"packages": {"torch": version}}
    assert reduction.forbidden(batch(row.Updated("provenance", values)), policy=STRICT) is not None
    assert "acme" not in str(section("provenance", values))


def test_a_class_whose_key_is_a_number_is_its_number() -> None:
    values: dict[str, object] = {"data": {"per_class": {7: {"boxes": 3}}}}
    [entry] = reduction.reduced(batch(row.Updated("provenance", values)), policy=STRICT, index_of=int).entries
    assert entry == row.Updated("provenance", {"data": {"per_class": {"7": {"boxes": 3}}}})


def test_many_keys_that_are_paths_do_not_take_the_square_of_them() -> None:
    values: dict[str, object] = {f"/data/{number}.yaml": number for number in range(50_000)}
    found = section("config", values)
    assert list(found.items())[:2] == [("<path>.yaml", 0), ("<path>.yaml-2", 1)]
    assert found["<path>.yaml-50000"] == 49_999


def item(kind: media.Kind, name: str = "val/it", *needs: media.Need) -> media.Item:
    return media.Item(3, kind, name, 5, parts=(media.Part("data", "0" * 64, 1, media.CONTENT),), needs=needs)


KINDS: tuple[media.Kind, ...] = (*sorted(media.SUMMARIES), "image", "figure", "graph", "embedding", "artifact", "text")  # type: ignore[assignment]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("summaries", [True, False])
@pytest.mark.parametrize("shows", [True, False])
@pytest.mark.parametrize("text", [True, False])
def test_an_item_leaves_by_what_its_kind_needs(kind: media.Kind, summaries: bool, shows: bool, text: bool) -> None:
    holds = policy.Policy(summaries=summaries, media=shows, text=text)
    leaves = (summaries if kind in media.SUMMARIES else shows) and (text or kind != "text")
    assert reduced(item(kind), holds=holds) == ((item(kind),) if leaves else (row.Skip(1),))
    assert (reduction.forbidden(batch(item(kind)), policy=holds) is None) == leaves


@pytest.mark.parametrize(("need", "allows"), [("text", {"text": True}), ("class_names", {"class_names": "text"})])
def test_an_item_leaves_only_where_all_that_it_needs_is_allowed(need: media.Need, allows: dict[str, object]) -> None:
    told = item("table", "val/it", need)
    assert reduced(told) == (row.Skip(1),)
    found = reduction.forbidden(batch(told), policy=STRICT)
    assert found is not None
    assert found.field == "entries[0]"
    assert reduced(told, holds=policy.Policy(**allows)) == (told,)  # type: ignore[arg-type]
    assert reduction.forbidden(batch(told), policy=policy.Policy(**allows)) is None  # type: ignore[arg-type]


def test_the_class_in_an_items_name_goes_as_its_number() -> None:
    [sent] = reduced(item("curve", "class/dent/PR"))
    assert sent == item("curve", "class/3/PR")
    found = reduction.forbidden(batch(item("curve", "class/dent/PR")), policy=STRICT)
    assert found is not None
    assert found.field == "entries[0].name"
    assert reduction.forbidden(batch(item("curve", "class/3/PR")), policy=STRICT) is None
    assert reduced(item("curve", "class/dent/PR"), holds=OPEN) == (item("curve", "class/dent/PR"),)


def test_a_server_that_knows_other_words_gets_no_item_with_any() -> None:
    assert reduced(item("table", "val/it", "text"), holds=OPEN, bare=True) == (row.Skip(1),)
    assert reduced(item("table"), holds=OPEN, bare=True) == (item("table"),)
