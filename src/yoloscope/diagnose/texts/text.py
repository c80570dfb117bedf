"""What the text of a rule is made of. Sentences take the numbers of a `rule.Hit` by name, with Python's format specifications."""

import msgspec


class Told(msgspec.Struct, frozen=True):
    """One sentence in both languages."""

    en: str
    zh: str


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """All that people read about one rule.

    ``evidence`` holds a sentence for each variant, ``""`` being the common one, as ``"box_loss rose {rise:.0%} in {epochs} epochs"``. ``advice`` likewise says
    what to do, in the order to try; arguments that can be given stand in the finding's ``changes`` and are shown beside it.
    """

    title: Told
    what: Told
    why: Told
    evidence: dict[str, Told]
    advice: dict[str, Told]
    closes: Told
    source: str
    """Where test and thresholds come from, for the docs page; English."""
