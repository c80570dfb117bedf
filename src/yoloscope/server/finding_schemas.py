"""The JSON shapes of findings, as pydantic models; for their keys holds what `schemas` says of its own."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from yoloscope.server.command_schemas import VerbName
from yoloscope.server.schemas import HealthName, Localised

SeverityName = Literal["info", "warning", "critical"]
HappenedName = Literal["opened", "raised", "closed", "reopened", "dismissed", "restored"]


class Moment(BaseModel):
    """Where in the training something happened."""

    epoch: float | None
    step: int | None
    time: Annotated[str | None, Field(description="By the trainer's clock")]


class Advice(BaseModel):
    """What to do about a finding."""

    text: Localised
    args: Annotated[dict[str, object], Field(description="Arguments to change, in the words of the run's framework")]
    command: Annotated[str, Field(description="The same as people type it; empty if there is nothing to type")]


class Worked(BaseModel):
    """What came of an act in this project where it answered the same rule: counts of measured effects."""

    helped: int
    harmed: int
    none: int


class Action(BaseModel):
    """Something that can be done about a finding in the running training, by one command."""

    act: Annotated[str, Field(description='What is done, without its run: "set lr_factor=0.333"')]
    verb: VerbName
    args: dict[str, object]
    preview: Annotated[Localised, Field(description='"lr 0.01 → 0.00333 from the next batch"')]
    is_final: Annotated[bool, Field(description="It cannot be undone: ask twice")]
    worked: Worked
    done: Annotated[
        str | None, Field(description="Id of the newest command that did this for this finding; null: none did")
    ]


class Dismissed(BaseModel):
    """A person's word that a finding does not matter here."""

    time: str
    reason: str


class Finding(BaseModel):
    """What one rule says of a run; docs/rules.md tells what each looks at."""

    rule: str
    name: str
    title: Localised
    what: Localised
    why: Localised
    severity: Annotated[SeverityName, Field(description="As it counts here: of a rule that is quiet, at most info")]
    is_quiet: Annotated[bool, Field(description="The project dismissed this rule in three runs or more")]
    status: Literal["open", "closed"]
    confidence: Annotated[float, Field(description="From 0 to 1")]
    evidence: Localised
    advice: Advice
    closes: Annotated[Localised, Field(description="What would close it")]
    opened: Moment
    updated: Moment
    closed: Moment | None
    series: Annotated[list[str], Field(description="The curves to look at")]
    window: Annotated[tuple[float, float] | None, Field(description="The epochs that the evidence covers")]
    by_step: Annotated[bool, Field(description="The window is of steps")]
    values: Annotated[dict[str, object], Field(description="The numbers of the evidence")]
    caused_by: Annotated[str | None, Field(description="The rule whose open finding explains this one")]
    dismissed: Dismissed | None
    actions: Annotated[
        list[Action],
        Field(description="What the running training can be asked for at once, what worked here before first"),
    ] = []


class FindingOfRun(Finding):
    """A finding among those of other runs."""

    run: str
    run_name: str
    project: str


class FindingPage(BaseModel):
    """Findings of all runs, those that opened last first."""

    items: list[FindingOfRun]
    next: Annotated[str | None, Field(description="`cursor` of the page behind; null at the end")]


class Happened(BaseModel):
    """One line of the timeline."""

    rule: str
    title: Localised
    kind: HappenedName
    severity: SeverityName
    epoch: float | None
    time: str
    reason: str


class Answer(BaseModel):
    """How the run stands, in one sentence."""

    verdict: HealthName
    sentence: Localised
    phase: str | None
    facts: Annotated[dict[str, object], Field(description="What the sentence is made of: the forecast among it")]
    updated: str


class Unevaluated(BaseModel):
    """A rule of which nothing is known here, as inputs of it are missing."""

    rule: str
    name: str
    title: Localised
    missing: Annotated[list[str], Field(description="The series and facts that it lacked")]


class RunFindings(BaseModel):
    """All that the diagnosis says of a run, root causes first, then by severity; those that are over behind those that are not."""

    items: list[Finding]
    answer: Annotated[Answer | None, Field(description="Null: the run was not judged yet")]
    timeline: list[Happened]
    not_evaluated: Annotated[
        list[Unevaluated], Field(description="Rules that lacked an input, by their ids: nothing is known of these")
    ]
