"""Stacks as they leave: frames of packages that everybody has, of one's own code no name unless free text is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.records import frames, ids, policy, reduction, row

OPEN = policy.Policy(text=True)
TORCH = "/x/lib/python3.11/site-packages/torch/utils/data/dataloader.py"


@pytest.mark.parametrize(
    ("line", "withheld", "shown"),
    [
        (f'  File "{TORCH}", line 708 in __next__', "torch/utils/data/dataloader.py:708 __next__", None),
        ('  File "/usr/lib/python3.12/threading.py", line 359 in wait', "threading.py:359 wait", None),
        (
            '  File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed',
            "importlib/_bootstrap.py:241 _call_with_frames_removed",
            None,
        ),
        ('  File "/lots/12/train.py", line 5 in load_lot', "<path>.py:5", "<path>/train.py:5 load_lot"),
        ('  File "datasets/lot12.py", line 5 in load_lot', "<path>.py:5", "<path>/lot12.py:5 load_lot"),
        (
            '  File "/x/site-packages/acme/lot.py", line 5 in load_lot',
            "<path>.py:5",
            "<path>/lot.py:5 load_lot",
        ),
        ("Fatal Python error: Segmentation fault", "Fatal Python error: Segmentation fault", None),
        ("Fatal Python error: lot 12", "<text>", "Fatal Python error: lot 12"),
        (
            "Current thread 0x00007f3252c1fb80 [lot12] (most recent call first):",
            "Current thread 0x00007f3252c1fb80 (most recent call first):",
            None,
        ),
        ("Extension modules: acme.core (total: 1)", "<text>", "Extension modules: acme.core (total: 1)"),
        ("    wait (/usr/lib/python3.11/threading.py:302)", "threading.py:302 wait", None),
        ("    load_lot (/lots/12/train.py:5)", "<path>.py:5", "<path>/train.py:5 load_lot"),
        ("    pthread_cond_wait (/usr/lib/libc.so.6)", "libc.so.6:??? pthread_cond_wait", None),
        (
            "    at::native::add(at::Tensor const&) (/x/libtorch_cpu.so)",
            "libtorch_cpu.so:??? at::native::add(at::Tensor const&)",
            None,
        ),
        ("    inspect_lot (/lots/libacme.so)", "<path>:???", "<path>/libacme.so:??? inspect_lot"),
        ('  File "/home/u/Lib/json/lot12.py", line 5 in load_lot', "<path>.py:5", "<path>/lot12.py:5 load_lot"),
        ('  File "C:\\Python311\\Lib\\json\\decoder.py", line 5 in decode', "json/decoder.py:5 decode", None),
        (
            '  File "/x/site-packages/torch/../../lots/lot12.py", line 5 in load_lot',
            "<path>.py:5",
            "<path>/lot12.py:5 load_lot",
        ),
        ('Thread 12 (idle): "lot12"', "Thread 12", None),
        ("  <no Python frame>", "  <no Python frame>", None),
        ("", "", None),
        ("lot 12", "<text>", "lot 12"),
        ("x" * 2_000, "<text>", "<text>"),
    ],
)
def test_a_line_tells_what_it_may(line: str, withheld: str, shown: str | None) -> None:
    assert (frames.reduced(line, text=False), frames.reduced(line, text=True)) == (withheld, shown or withheld)


def sections(values: dict[str, object], *, holds: policy.Policy) -> tuple[dict[str, object], object]:
    """Return the section of a life as it leaves, and what a server of the same policy says of it."""
    ref = row.RunRef(ids.RunId("r"), ids.ProjectName("p"), name="n", created_ns=1)
    batch = row.Batch(ref, row.AttemptRef(0, 1, 1), ids.WriterId("0" * 32), 0, 0, (row.Updated("life", values),))
    sent = reduction.reduced(batch, policy=holds, index_of=lambda _: 0)
    [entry] = sent.entries
    assert isinstance(entry, row.Updated)
    return entry.values, reduction.forbidden(sent, policy=holds)


def test_a_life_keeps_its_numbers_and_words_of_ours() -> None:
    lines = [f'  File "{TORCH}", line 7 in f', '  File "/lots/12.py", line 1 in g']
    stack = {"wall_ns": 5, "by": "faulthandler", "why": "stalled", "lines": lines}
    told, refused = sections({"stack": stack, "oom_kills": 2, "fault": {"lines": lines}}, holds=policy.Policy())
    few = ["torch/utils/data/dataloader.py:7 f", "<path>.py:1"]
    assert told == {"stack": {**stack, "lines": few}, "oom_kills": 2, "fault": {"lines": few}}
    assert refused is None


def test_what_is_no_stack_is_withheld_in_a_life_too() -> None:
    told, refused = sections(
        {"note": "lot 12", "stack": {"lines": "lot 12", "by": "lot"}, "x": ["lot"]}, holds=policy.Policy()
    )
    assert told == {"note": "<text>", "stack": {"by": "<text>", "lines": "<text>"}, "x": ["<text>"]}
    assert refused is None


line = st.text(max_size=60) | st.builds(
    "".join,
    st.lists(
        st.sampled_from(
            [
                '  File "',
                '", line ',
                " in ",
                "/",
                "torch/",
                "lot",
                "12",
                ":",
                " ",
                "(",
                ")",
                "<path>",
                ".py",
                "site-packages/",
                "Thread 0x1",
                "\\",
                "<text>",
            ]
        ),
        max_size=8,
    ),
)


@given(st.lists(line, max_size=4))
def test_reducing_twice_is_reducing_once_and_passes_the_check(lines: list[str]) -> None:
    for holds in (policy.Policy(), OPEN, policy.STRICTEST):
        once, refused = sections({"fault": {"lines": lines}}, holds=holds)
        assert sections(once, holds=holds)[0] == once
        assert refused is None


@given(line)
def test_what_was_shown_may_still_be_withheld(text: str) -> None:
    """A server may allow less than the trainer did: its check takes what is reduced again."""
    shown = frames.reduced(text, text=True)
    withheld = frames.reduced(shown, text=False)
    assert frames.reduced(withheld, text=False) == withheld
