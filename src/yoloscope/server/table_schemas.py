"""The JSON shapes of the run table; a part of `schemas`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from yoloscope.server import schemas


class TableRow(schemas.RunSummary):
    """One row of the run table, and what was asked for beside it."""

    values: dict[str, object] = Field(
        default_factory=dict, description="A value for each name of `columns`, null where the run has none"
    )


class Aggregate(BaseModel):
    """What the numbers of all matching runs are together; NaN, infinities and what is no number are left out."""

    count: int
    min: float | None
    max: float | None
    mean: float | None
    std: Annotated[float | None, Field(description="Of the sample (over n - 1); null for fewer than two")]
    median: float | None


class RunPage(BaseModel):
    """A page of runs, newest first unless asked otherwise."""

    items: list[TableRow]
    next: str | None
    total: Annotated[int, Field(description="How many runs match")]
    aggregates: dict[str, Aggregate] = Field(default_factory=dict, description="For each name of `aggregates`")


class CompletionItem(BaseModel):
    """One thing that may come next in a filter."""

    text: str
    kind: Literal["field", "series", "config", "operator", "value"]
    detail: Annotated[
        str,
        Field(
            description="Of a field: number, text, list or time; of a series its family; of config its section; of a value its class"
        ),
    ]
    count: Annotated[int | None, Field(description="In how many runs it occurs")]


class Completions(BaseModel):
    """What may stand in place of the characters `from` to `to` of the text, the likeliest first."""

    model_config = ConfigDict(serialize_by_alias=True)

    items: list[CompletionItem]
    start: Annotated[int, Field(alias="from", description="In characters from the beginning")]
    end: Annotated[int, Field(alias="to")]
