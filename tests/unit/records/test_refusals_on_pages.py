"""The pages say why a command was refused in the very words of the command line and of Python."""

import json
from pathlib import Path

import pytest

from yoloscope.records import refusals

TEXTS = Path(__file__).parents[3] / "web" / "src" / "i18n"


@pytest.mark.parametrize(("at", "language"), [(0, "en"), (1, "zh")])
def test_a_page_gives_the_same_reason_in_the_same_words(at: int, language: str) -> None:
    page = json.loads((TEXTS / language / "acts.json").read_text(encoding="utf-8"))["reason"]
    assert {reason: page[reason] for reason in refusals.TEXTS} == {
        reason: texts[at] for reason, texts in refusals.TEXTS.items()
    }
    assert set(page) - set(refusals.TEXTS) == {"paused"}
