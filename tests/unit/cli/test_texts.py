"""What the command line says exists in both languages, with the same values in both."""

import re

import pytest

from yoloscope.cli import texts

_PLACE = re.compile(r"{(\w+)")
_ONLY_NAMES = {
    "runs.epoch",
    "runs.map50",
    "runs.step",
    "fact",
    "sync.run",
    "table.between",
    "export.table",
    "export.of_run",
    *("act.at_epoch", "act.bad", "act.between", "act.detail", "act.what"),
}

_ONLY_VALUES = {
    *(
        "check.torch_import",
        "check.torch_import.ok",
        "check.cudnn",
        "check.cudnn.ok",
        "check.opencv",
        "check.opencv.ok",
    ),
    *("check.server.ok", "check.gpu_numbers.failed", "check.shared_memory.ok", "check.releases.ok"),
    *("check.numpy_trapz.ok", "check.spool_place.ok", "check.torchvision.ok", "check.weights_only.ok"),
}


@pytest.mark.parametrize("key", sorted(texts._TEXTS))
def test_both_languages_say_it_with_the_same_values(key: str) -> None:
    english, chinese = texts._TEXTS[key]
    assert english
    assert sorted(_PLACE.findall(english)) == sorted(_PLACE.findall(chinese))
    assert "您" not in chinese
    assert re.search(r"[\u4e00-\u9fff]", chinese) or key in _ONLY_NAMES or key in _ONLY_VALUES


def test_the_locale_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert texts.text("sync.none", directory="x") == "x 中没有找到训练。"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert texts.text("sync.none", directory="x") == "No runs found in x."
