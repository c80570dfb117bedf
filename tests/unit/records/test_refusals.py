"""Every reason for which a command can be refused is said in both languages."""

import re
from typing import get_args

from yoloscope.records import command, refusals


def test_every_reason_is_said_in_both_languages() -> None:
    assert set(get_args(command.Reason)) == set(refusals.TEXTS)
    for english, chinese in refusals.TEXTS.values():
        assert english
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert "您" not in chinese
