"""A finding in words: the sentences of its rule's text with its numbers in them, in one language."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from yoloscope.diagnose.texts import text
from yoloscope.records import finding

Language = Literal["en", "zh"]
_BETWEEN: Mapping[Language, str] = {"en": ", ", "zh": "、"}


class Telling(msgspec.Struct, frozen=True):
    """What people read of one finding."""

    title: str
    what: str
    why: str
    evidence: str
    advice: str
    closes: str


def tell(found: finding.Finding, texts: Mapping[str, text.Text], *, language: Language) -> Telling:
    """Return the words of a finding; a rule that this release has no text for is told by its name and numbers."""
    known = texts.get(found.rule)
    values = {key: _shown(value, language) for key, value in found.values.items()}
    plain = _BETWEEN[language].join(f"{key} = {value}" for key, value in values.items())
    if known is None:
        return Telling(found.name, "", "", plain, "", "")
    return Telling(
        title=in_language(known.title, language),
        what=in_language(known.what, language),
        why=in_language(known.why, language),
        evidence=_filled(in_language(_variant(known.evidence, found.variant), language), values, otherwise=plain),
        advice=_filled(in_language(_variant(known.advice, found.variant), language), values, otherwise=""),
        closes=in_language(known.closes, language),
    )


def title(rule: str, texts: Mapping[str, text.Text], *, language: Language) -> str:
    """Return what a rule is called; its id where this release has no text for it."""
    known = texts.get(rule)
    return rule if known is None else in_language(known.title, language)


def in_language(told: text.Told, language: Language) -> str:
    """Return one of the two sentences."""
    return told.zh if language == "zh" else told.en


def _variant(sentences: Mapping[str, text.Told], variant: str) -> text.Told:
    return sentences.get(variant) or sentences.get("") or text.Told("", "")


def _filled(sentence: str, values: Mapping[str, object], *, otherwise: str) -> str:
    """Return a sentence with numbers in it; what an older release found may lack some that this one's sentence tells."""
    try:
        return sentence.format_map(values)
    except (LookupError, ValueError, TypeError):
        return otherwise


def _shown(value: finding.Value, language: Language) -> object:
    if isinstance(value, list):
        return _BETWEEN[language].join(item if isinstance(item, str) else f"{item:.4g}" for item in value)
    return _Word(value) if isinstance(value, str) else value


class _Word(str):
    """A word that stands as it is where a sentence expects a number: what is no number is kept as one (`finding.kept`)."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        try:
            return super().__format__(spec)
        except ValueError:
            return str(self)
