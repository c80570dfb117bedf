"""Measures and their audit as the API shows them: the words of both languages."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from yoloscope.diagnose import catalogue, measures, telling
from yoloscope.diagnose.texts import measures as sentences
from yoloscope.query import texts
from yoloscope.server import measure_schemas as shapes
from yoloscope.server.schemas import Localised
from yoloscope.store import ports, ports_measures

_LANGUAGES: tuple[Literal["en", "zh"], ...] = ("en", "zh")


def shaped(
    settings: Mapping[str, ports_measures.Setting], counts: Mapping[str, ports_measures.Counts]
) -> list[shapes.Measure]:
    """Return all measures as a project has them."""
    return [
        _measure(name, settings.get(name, ports_measures.Setting()), counts=counts.get(name, ports_measures.Counts()))
        for name in measures.NAMES
    ]


def shaped_events(events: Sequence[ports_measures.Event], runs: Sequence[ports.RunInfo]) -> list[shapes.MeasureEvent]:
    """Return lines of the audit; `runs` are those that they are of."""
    names = {one.ref.id: one.ref.name for one in runs}
    return [_event(one, run_name=None if one.run is None else names.get(one.run)) for one in events]


def _measure(name: measures.Name, setting: ports_measures.Setting, *, counts: ports_measures.Counts) -> shapes.Measure:
    text = measures.TEXTS[name]
    return shapes.Measure(
        measure=name,
        title=Localised(en=text.title.en, zh=text.title.zh),
        what=Localised(en=text.what.en, zh=text.what.zh),
        rules=list(text.rules),
        mode=setting.mode,
        most=setting.most,
        who=setting.who,
        changed=None if setting.changed_ns is None else texts.iso_from_ns(setting.changed_ns),
        would_have=counts.would,
        acted=counts.acted,
    )


def _event(one: ports_measures.Event, *, run_name: str | None) -> shapes.MeasureEvent:
    en, zh = (_sentence(one, language=language) for language in _LANGUAGES)
    return shapes.MeasureEvent(
        at=texts.iso_from_ns(one.at_ns),
        measure=cast("shapes.MeasureName", one.measure),
        kind=one.kind,
        who=one.who,
        run=one.run,
        run_name=run_name,
        rule=one.rule,
        epoch=one.epoch,
        command=one.command,
        sentence=Localised(en=en, zh=zh),
    )


def _sentence(one: ports_measures.Event, *, language: Literal["en", "zh"]) -> str:
    """Return what a line says; of a release that knew other acts their plain words."""
    act, mode = str(one.values.get("act", "")), str(one.values.get("mode", ""))
    words: dict[str, object] = {
        **one.values,
        "most": one.values.get("most", 0.0),
        "reason": one.values.get("reason", ""),
        "act": telling.in_language(sentences.ACTS[act], language) if act in sentences.ACTS else act,
        "mode": telling.in_language(sentences.MODES[mode], language) if mode in sentences.MODES else mode,
        "rule": telling.title(one.rule, catalogue.TEXTS, language=language),
        "id": one.rule,
    }
    return telling.in_language(sentences.SENTENCES[one.kind], language).format_map(words)
