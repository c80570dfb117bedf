"""The JSON shapes of commands, as `schemas` has those of runs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

VerbName = Literal["pause", "resume", "stop", "set", "save", "validate", "close_mosaic", "rollback", "note"]
CommandState = Literal["sent", "accepted", "applied", "refused", "expired"]


class AppliedAt(BaseModel):
    """Where a training stood when it settled a command."""

    step: Annotated[int | None, Field(description="Global step of the last complete batch")]
    epoch: Annotated[float | None, Field(description="Epoch of it, as a fraction")]
    time: Annotated[str, Field(description="By the trainer's clock")]


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
        ],
        Field(description="The first five are changes of state; the others were noted and changed nothing"),
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
