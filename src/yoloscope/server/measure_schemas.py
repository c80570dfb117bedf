"""The JSON shapes of the autopilot: measures that the server takes by itself where a project asked for it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from yoloscope.server.schemas import Localised

MeasureName = Literal["stop_broken", "stop_saturated", "roll_back_diverged"]
ModeName = Literal["off", "would", "on"]
MeasureEventName = Literal["would", "acted", "limited", "refused", "set", "spared", "unspared"]


class Measure(BaseModel):
    """One measure, and whether a project lets it act."""

    measure: MeasureName
    title: Localised
    what: Annotated[Localised, Field(description="What it does, when")]
    rules: Annotated[list[str], Field(description="The rules whose open findings it answers")]
    mode: Annotated[ModeName, Field(description="would: it writes down what it would have done, and does nothing")]
    most: Annotated[int, Field(description="Acts a run, 1 to 10")]
    who: Annotated[str, Field(description="Who set it last; empty if nobody did")]
    changed: str | None
    would_have: Annotated[int, Field(description="Runs in which it would have acted, while it was tried")]
    acted: Annotated[int, Field(description="Runs in which it acted")]


class MeasureEvent(BaseModel):
    """One line of the audit of measures."""

    at: str
    measure: MeasureName | Literal[""]
    kind: Annotated[
        MeasureEventName,
        Field(description="limited: it had acted as often as it may; set: the project's settings changed"),
    ]
    who: str
    run: str | None
    run_name: str | None
    rule: str
    epoch: float | None
    command: Annotated[str, Field(description="Id of the command that it asked for; empty for none")]
    sentence: Localised


class ProjectMeasures(BaseModel):
    """The measures of a project, and what they did there, newest first, at most 100 lines."""

    project: str
    measures: list[Measure]
    events: list[MeasureEvent]


class RunMeasures(BaseModel):
    """The measures as a run sees them. A run that is spared is left alone whatever its project allows."""

    run: str
    spared: bool
    measures: list[Measure]
    events: list[MeasureEvent]
