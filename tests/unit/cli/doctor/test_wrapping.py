"""Lines of a terminal, of both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich import cells

from yoloscope.cli.doctor import wrapping

LETTERS = st.text(alphabet="ab划痕（）。，/ -0.5", max_size=80)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("the loss swings", 8, ["the loss", "swings"]),
        ("训练损失在降，mAP 不动", 12, ["训练损失在", "降，mAP 不动"]),
        ("看 train_batch0.jpg：框", 8, ["看", "train_ba", "tch0.jpg", "：框"]),
        ("（划痕）", 6, ["（划", "痕）"]),
        ("", 9, []),
    ],
)
def test_lines_break_where_people_break_them(text: str, width: int, lines: list[str]) -> None:
    assert list(wrapping.wrapped(text, width=width)) == lines


@given(text=LETTERS, width=st.integers(4, 40))
def test_no_line_is_too_wide_and_no_letter_is_lost(text: str, width: int) -> None:
    lines = list(wrapping.wrapped(text, width=width))
    assert all(cells.cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
