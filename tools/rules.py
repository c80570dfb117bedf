"""Writes what every rule of the diagnosis says, in both languages: ``python tools/rules.py`` makes docs/rules.md and docs/rules.zh-CN.md."""

import re
from collections.abc import Iterator
from pathlib import Path

from yoloscope.diagnose import catalogue, rule, telling
from yoloscope.diagnose.texts import text

DOCS = Path(__file__).resolve().parent.parent / "docs"
FILES: dict[telling.Language, str] = {"en": "rules.md", "zh": "rules.zh-CN.md"}
_HEAD = {
    "en": (
        "# What the diagnosis knows\n\n{count} rules, each with the sentence that it says, its advice and where its thresholds come from. Numbers in "
        "sentences stand as their names. [Chinese](rules.zh-CN.md) · made by `python tools/rules.py` from the same source as the findings.\n"
    ),
    "zh": (
        "# 诊断规则一览\n\n共 {count} 条规则，列出各条的说明、建议和阈值来源，句中的数值以名称代替。[English](rules.md) · "
        "由 `python tools/rules.py` 生成，与诊断结果同源。\n"
    ),
}
_FAMILIES: dict[rule.Family, tuple[str, str]] = {
    "preflight": ("Before the first epoch: data and settings", "训练开始前：数据与设置"),
    "numerics": ("Numerics and optimisation", "数值与优化"),
    "components": ("Components of the loss", "损失分量"),
    "generalisation": ("Generalisation and metrics", "泛化与指标"),
    "system": ("The machine", "系统"),
    "liveness": ("Whether it is alive", "存活"),
    "history": ("Beside earlier runs", "与以往训练对比"),
}
_WORDS = {
    "severity": ("worst severity", "最高级别"),
    "asked": ("asked", "检查时机"),
    "opens": ("opens after", "连续命中"),
    "source": ("Source", "来源"),
    "advice": ("Advice", "建议"),
    "closes": ("Over when", "解除条件"),
    "info": ("note", "提示"),
    "warning": ("warning", "警告"),
    "critical": ("critical", "严重"),
    "start": ("when facts are known", "信息齐备时"),
    "epoch": ("after each epoch", "每个 epoch 之后"),
    "step": ("while batches go by", "训练过程中"),
    "timer": ("by the server's clock", "服务器定时"),
    "end": ("at the end", "训练结束时"),
}
_NUMBER = re.compile(r"\{(\w+)[^}]*\}")


def page(language: telling.Language) -> str:
    """Return the page of a language."""
    return "\n".join(_lines(language))


def _lines(language: telling.Language) -> Iterator[str]:
    yield _HEAD[language].format(count=len(catalogue.RULES))
    for family, titles in _FAMILIES.items():
        members = [one for one in catalogue.RULES if one.family == family]
        if members:
            yield f"## {titles[language == 'zh']}\n"
        for one in sorted(members, key=lambda member: member.id):
            yield from _rule(one, catalogue.TEXTS[one.id], language)


def _rule(one: rule.Rule, said: text.Text, language: telling.Language) -> Iterator[str]:
    colon, space = ("：", "") if language == "zh" else (": ", " ")

    def word(key: str) -> str:
        return _WORDS[key][language == "zh"]

    def in_language(told: text.Told) -> str:
        return _NUMBER.sub(r"*\1*", telling.in_language(told, language))

    yield f"### {one.id} {in_language(said.title)}\n"
    yield f"`{one.name}` · {word('severity')}{colon}{word(one.worst)} · {word('asked')}{colon}{word(one.cadence)} · {word('opens')}{colon}{one.hits}\n"
    yield f"{in_language(said.what)}{space}{in_language(said.why)}\n"
    for variant, told in said.evidence.items():
        yield f"- {f'`{variant}`{colon}' if variant else ''}{in_language(told)}"
        advice = said.advice.get(variant) or said.advice.get("")
        if advice is not None:
            yield f"  - {word('advice')}{colon}{in_language(advice)}"
    yield f"- {word('closes')}{colon}{in_language(said.closes)}"
    yield f"- {word('source')}{colon}{said.source}\n"


if __name__ == "__main__":
    for language, name in FILES.items():
        (DOCS / name).write_text(page(language), encoding="utf-8")
