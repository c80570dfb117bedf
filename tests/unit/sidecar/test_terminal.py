"""Text as a terminal would show it: bars are one line, what is redrawn above stays above, colours go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.sidecar import terminal
from yoloscope.wire import protocol


def shown(*texts: str) -> dict[int, str]:
    screen = terminal.Screen(terminal.Memory())
    found: dict[int, str] = {}
    for text in texts:
        screen.feed(text, to_the_end=True)
        found |= screen.taken()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n", {0: "a", 1: "b"}),
        ("a\r\nb", {0: "a", 1: "b"}),
        ("\n\nx", {0: "", 1: "", 2: "x"}),
        (" 1%|#   |\r 50%|##  |\r100%|####|\nnext", {0: "100%|####|", 1: "next"}),
        ("longer text\rshort", {0: "shortr text"}),
        ("longer text\r\x1b[Kshort", {0: "short"}),
        ("longer text\r\x1b[2Kshort", {0: "short"}),
        ("\x1b[34m\x1b[1mtrain: \x1b[0mScanning", {0: "train: Scanning"}),
        ("\x1b]8;;file:///x\x07link\x1b]8;;\x07", {0: "link"}),
        ("12\b\b34", {0: "34"}),
        ("one\ntwo\nthree\x1b[2A\rONE\x1b[1B\rTWO\n\r\x1b[KTHREE", {0: "ONE", 1: "TWO", 2: "THREE"}),
        ("a  \t \n", {0: "a"}),
        ("bell\x07 null\x00", {0: "bell null"}),
        ("训练 50%\r训练 99%", {0: "训练 99%"}),
        ("\x1b[5Aup", {0: "up"}),
        ("ab\x1b[1Dc\x1b[3Cd\x1b[1Ge", {0: "ec   d"}),
        ("x" * 5_000, {0: "x" * (protocol.LINE_MAX_CHARS - 1) + "…"}),
    ],
)
def test_text_becomes_the_lines_that_are_seen(text: str, expected: dict[int, str]) -> None:
    assert shown(text) == expected


RICH = "\r\x1b[2K{0}\n\x1b[2K{1}"


def test_two_bars_that_are_redrawn_are_two_lines() -> None:
    frames = [RICH.format(f"a {n}%", f"b {n}%") + "\x1b[1A" for n in range(100)]
    assert shown(*frames) == {0: "a 99%", 1: "b 99%"}


def test_what_is_unfinished_waits_for_its_rest() -> None:
    screen = terminal.Screen(terminal.Memory())
    assert screen.feed("red\x1b[3", to_the_end=False) == 3
    assert screen.feed("\x1b[31m!", to_the_end=False) == 6
    assert screen.taken() == {0: "red!"}


@given(
    st.lists(st.sampled_from(["a", "bc", "\n", "\r", "\x1b[1A", "\x1b[K", "\x1b[31m", "é", " "]), max_size=60),
    st.data(),
)
def test_however_it_comes_and_whoever_goes_on_the_lines_are_the_same(parts: list[str], data: st.DataObject) -> None:
    whole = shown("".join(parts))
    cut = data.draw(st.integers(0, len(parts)))
    first = terminal.Screen(terminal.Memory())
    first.feed("".join(parts[:cut]), to_the_end=False)
    found = first.taken()
    second = terminal.Screen(first.saved())
    second.feed("".join(parts[cut:]), to_the_end=False)
    assert {**found, **second.taken()} == whole


def test_lines_nobody_saw_have_numbers() -> None:
    screen = terminal.Screen(terminal.Memory())
    screen.feed("a\nb", to_the_end=False)
    screen.skip(10)
    screen.feed("z", to_the_end=False)
    assert screen.taken() == {0: "a", 1: "b", 11: "z"}
