"""The pages of the rules say what the rules say."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MADE = runpy.run_path(str(ROOT / "tools" / "rules.py"))


@pytest.mark.parametrize(("language", "name"), MADE["FILES"].items())
def test_the_pages_are_of_the_rules_as_they_are(language: str, name: str) -> None:
    """`python tools/rules.py` writes them anew."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == MADE["page"](language)
