"""The JSON shapes of commands, as `schemas` has those of runs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from yoloscope.server.schemas import Localised

VerbName = Literal["pause", "resume", "stop", "set", "save", "validate", "close_mosaic", "rollback", "note"]
CommandState = Literal["sent", "accepted", "applied", "refused", "expired"]


class AppliedAt(BaseModel):
    """Where a training stood when it settled a command."""

    step: Annotated[int | None, Field(description="Global step of the last complete batch")]
    epoch: Annotated[float | None, Field(description="Epoch of it, as a fraction")]
    time: Annotated[str, Field(description="By the trainer's clock")]


EffectVerdict = Literal["measuring", "helped", "harmed", "none", "unknown"]


class Effect(BaseModel):
    """What came of a command that answered a finding, measured on a curve of the training itself."""

    verdict: Annotated[
        EffectVerdict,
        Field(
            description="measuring: the epochs behind it are not complete; unknown: they never came, or cannot be compared"
        ),
    ]
    series: Annotated[str, Field(description="The curve that was looked at")]
    epochs: Annotated[int, Field(description="Complete epochs behind the command that count")]
    of: Annotated[int, Field(description="How many there will be")]
    before: float | None
    after: float | None
    change: Annotated[float | None, Field(description="Relative, negative for what fell: -0.18")]
    expected: Annotated[float | None, Field(description="The same had nothing been done, as far as that can be told")]
    basis: Annotated[
        Literal["runs", "trend", "none"],
        Field(description="Where `expected` is from: runs like this at these epochs, or the curve before the command"),
    ]
    runs: Annotated[int, Field(description="How many such runs")]
    sentence: Localised


class Command(BaseModel):
    """One command and what became of it."""

    id: str
    verb: VerbName
    args: dict[str, object]
    state: CommandState
    who: Annotated[str, Field(description="Who asked: the name of a token or session, or of the measure that did")]
    created: str
    deadline: Annotated[str, Field(description="When it expires unless it was settled")]
    accepted: Annotated[str | None, Field(description="When the sidecar beside the training had it")]
    settled: Annotated[str | None, Field(description="When the server learnt what became of it")]
    applied_at: Annotated[AppliedAt | None, Field(description="Null unless applied or refused by the training itself")]
    result: Annotated[
        dict[str, object] | None,
        Field(description='What changed, as {"lr": {"from": 0.01, "to": 0.003}}, or {"reason", "detail"} of a refusal'),
    ]
    cause: Annotated[str, Field(description="The rule whose finding it answers, as N05; empty for none")]
    effect: Annotated[Effect | None, Field(description="Null for what answers no finding, or was not applied")] = None


class Commands(BaseModel):
    """The commands of a run, newest first."""

    items: list[Command]
    next: Annotated[str | None, Field(description="Cursor of the older ones")]


class CommandEvent(BaseModel):
    """One line of the audit."""

    at: str
    kind: Annotated[
        Literal[
            "sent",
            "accepted",
            "applied",
            "refused",
            "expired",
            "rejected",
            "repeated",
            "clashed",
            "unknown",
            "foreign",
            "late",
            "queued",
            "cancelled",
            "starting",
            "started",
            "failed",
        ],
        Field(
            description="The first five are changes of state; those up to `late` were noted and changed nothing; the rest tell of an ended run that is to be started again"
        ),
    ]
    command: Annotated[str, Field(description="Its id as it was said; empty if none was")]
    verb: str
    who: Annotated[str, Field(description="Who asked, or the writer whose word it is; empty for the server itself")]
    reason: str
    detail: str


class CommandEvents(BaseModel):
    """The audit of a run's commands, newest first."""

    items: list[CommandEvent]
    next: Annotated[str | None, Field(description="Cursor of the older ones")]


class Order(BaseModel):
    """A command on its way to a training."""

    id: str
    verb: VerbName
    args: dict[str, object]
    order: int
    expires_in_s: Annotated[float, Field(description="What is left, since clocks differ")]
    who: str


class Orders(BaseModel):
    """All open commands of a writer, in their order."""

    v: int
    instance: str
    etag: Annotated[str, Field(description="Of these commands, to be sent as `seen` with the next question")]
    orders: list[Order]


class Taken(BaseModel):
    """The ids of the commands that were news."""

    news: bool
