"""The JSON shapes of what was learnt from acts, as pydantic models."""

from typing import Annotated

from pydantic import BaseModel, Field

from yoloscope.server.schemas import Localised


class LearntAct(BaseModel):
    """What came of one act where it answered one rule."""

    rule: Annotated[str, Field(description="The rule whose findings it answered, as N05")]
    title: Annotated[Localised, Field(description="Of the rule")]
    act: Annotated[str, Field(description='What was done: "set lr_factor=0.333"')]
    preview: Annotated[Localised, Field(description='The same for people: "lr × 0.333"')]
    n: Annotated[int, Field(description="Effects that were measured to an end; those that cannot be told are left out")]
    helped: int
    harmed: int
    none: Annotated[int, Field(description="Within the noise")]
    change: Annotated[float | None, Field(description="Median of the relative changes, negative for what fell")]
    low: Annotated[
        float | None, Field(description="Interval of 95 % of that median, by order statistics; from six effects on")
    ]
    high: float | None
    expected: Annotated[float | None, Field(description="Median of what had been expected without it")]


class LearntActs(BaseModel):
    """What acts did in a project, those tried most often first."""

    items: list[LearntAct]
