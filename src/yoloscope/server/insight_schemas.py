"""The JSON shapes of what a project has learnt, as pydantic models; for their keys holds what `schemas` says of its own."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue

from yoloscope.server.schemas import Localised

Kind = Literal["augmentation", "setting", "version", "data"]


class Metric(BaseModel):
    """What results are held against each other by."""

    name: str
    title: Localised
    which: Annotated[Literal["best", "last"], Field(description="Which value of a run counts")]
    better: Literal["higher", "lower"]
    points: Annotated[bool, Field(description="A share, 0 to 1: 100 times a difference are percentage points")]


class IgnoredRuns(BaseModel):
    """Runs that do not count, with the reason."""

    reason: Literal["in_progress", "crashed", "ended_early", "no_metric", "not_a_number", "copy"]
    count: int
    text: Localised


class RunsCounted(BaseModel):
    """How many runs of the project count; those in the trash are not there."""

    counted: int
    ignored: list[IgnoredRuns]


class Level(BaseModel):
    """A value of a setting, or a range of numbers."""

    text: str
    value: Annotated[JsonValue, Field(description="The value as it was recorded; null for a range")] = None
    low: Annotated[float | None, Field(description="The least number of a range")] = None
    high: Annotated[float | None, Field(description="The greatest number of a range")] = None


class Alias(BaseModel):
    """Another setting that changed along."""

    setting: str
    always: Annotated[bool, Field(description="false: mostly, and runs are not matched")]
    from_: Annotated[Level | None, Field(alias="from")] = None
    to: Level | None = None


class Effect(BaseModel):
    """What came of one value of a setting instead of another; differences are in the unit of the metric."""

    setting: str
    kind: Kind
    from_: Annotated[Level, Field(alias="from")]
    to: Level
    verdict: Literal["helped", "hurt", "no_clear_effect", "too_few_runs", "aliased"]
    basis: Annotated[
        Literal["matched", "unmatched", "none"],
        Field(description="matched: the runs are equal in all other settings; unmatched: all runs with either value"),
    ]
    n_from: int
    n_to: int
    left_out: Annotated[int, Field(description="Runs with either value that have no equal of the other")]
    pairs: Annotated[int, Field(description="Groups of runs that are equal in all other settings")]
    difference: float | None
    low: Annotated[float | None, Field(description="Interval of 95 %")]
    high: float | None
    p: Annotated[float | None, Field(description="Of this comparison alone")]
    p_adjusted: Annotated[
        float | None, Field(description="Among all comparisons of the answer; the verdict goes by it")
    ]
    aliases: list[Alias]
    sentence: Localised


class Data(BaseModel):
    """A data set by its fingerprint."""

    id: str
    train_images: int | None
    val_images: int | None


class OnData(BaseModel):
    """What was learnt on one data set."""

    data: Annotated[Data | None, Field(description="null for runs whose data was not recorded")]
    runs: int
    effects: Annotated[list[Effect], Field(description="What is sure first, and of that the greatest differences")]
    labels: Annotated[
        list[str], Field(description="Settings that are not compared: texts of which most runs have their own")
    ]


class Learnt(BaseModel):
    """What a project has learnt."""

    project: str
    metric: Metric
    runs: RunsCounted
    comparisons: Annotated[int, Field(description="How many comparisons were tested")]
    data: list[OnData]


class Weight(BaseModel):
    """How much a setting, or several that always changed together, explains of how differently runs ended up."""

    setting: str
    kind: Kind
    same: Annotated[list[str], Field(description="Settings that always changed together with it")]
    tangled: Annotated[list[str], Field(description="Settings that mostly changed together with it")]
    values: int
    n: Annotated[int, Field(description="Runs that have it")]
    share: Annotated[float | None, Field(description="0 to 1, of the spread among runs on the same data, by it alone")]
    p: Annotated[float | None, Field(description="Chance that any setting looks so strong if none matters")]
    trend: Annotated[float | None, Field(description="Rank correlation of a number with the metric, -1 to 1")]
    unique: Annotated[float | None, Field(description="0 to 1: what all settings together explain less without it")]
    verdict: Literal["matters", "no_sign", "too_few_runs", "only_with_data"]
    sentence: Localised


class Importance(BaseModel):
    """The settings of a project by their weight."""

    project: str
    metric: Metric
    runs: RunsCounted
    data_sets: int
    together: Annotated[
        float | None, Field(description="Share that all settings explain of results they were not fitted to")
    ]
    items: list[Weight]
    labels: Annotated[
        list[str], Field(description="Settings that are left out: texts of which most runs have their own")
    ]
