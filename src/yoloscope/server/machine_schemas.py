"""The JSON shapes of machines, as pydantic models; for their keys holds what `schemas` says of its own."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from yoloscope.server.schemas import RunStateName


class ReportTaken(BaseModel):
    """What became of a report."""

    host: str
    taken: Annotated[bool, Field(description="false: a newer one of this sender is here already; nothing was stored")]


class RunOnMachine(BaseModel):
    """A run on a machine."""

    run: str
    project: str | None
    name: Annotated[str | None, Field(description="null for a run that this server does not know")]
    state: RunStateName | None
    since: Annotated[str | None, Field(description="Start of its process, by the machine's clock")]


class CardUse(BaseModel):
    """Shares of time, 0 to 1, in which a card was used, of the time that it was heard of."""

    day: Annotated[float | None, Field(description="Of the last 24 hours")]
    week: Annotated[float | None, Field(description="Of the last 7 days")]
    heard_day: Annotated[float, Field(description="Share of the last 24 hours that is known")]
    heard_week: float


class CardRow(BaseModel):
    """An accelerator as it was last heard of."""

    index: int
    uuid: str
    name: str
    vendor: str
    util_percent: float | None
    memory_bytes: int | None
    memory_total_bytes: int | None
    temperature_c: float | None
    power_w: float | None
    state: Annotated[
        Literal["busy", "idle", "reserved"], Field(description="reserved: held for 10 minutes or more without working")
    ]
    since: Annotated[str, Field(description="Start of the present use, or of the rest")]
    idle_s: Annotated[float, Field(description="How long it has rested; 0 for a busy one")]
    runs: Annotated[list[RunOnMachine], Field(description="Runs with a process on it")]
    processes: int
    foreign_processes: Annotated[int, Field(description="Processes on it that belong to no run")]
    use: CardUse


class Waiting(BaseModel):
    """A released or ended training that is to go on here, as soon as a card is free."""

    id: str
    run: str
    project: str
    name: str
    card: Annotated[
        str,
        Field(description="uuid of the card it waits for; empty: any of this machine, or none where it has no cards"),
    ]
    now: Annotated[bool, Field(description="It is started without waiting for a free card")] = False
    who: str
    state: Annotated[
        Literal["waiting", "starting", "started", "failed"],
        Field(description="failed: the machine could not start it; `detail` says why, by a word such as no_record"),
    ]
    asked: str
    changed: str
    detail: str


class Start(BaseModel):
    """A training that an agent is to start again, by what its machine knows of it."""

    id: Annotated[str, Field(description="Of the wish: each is started once")]
    run: str
    card: Annotated[str, Field(description="uuid; empty: its own, or none")]
    now: Annotated[bool, Field(description="Do not wait until the card is free")]


class Starts(BaseModel):
    """What is to be started on a machine, in order."""

    v: int
    instance: str
    etag: str
    waiting: list[Start]


class StartNoted(BaseModel):
    """What became of the word of an agent."""

    go: Annotated[bool, Field(description="false: it is asked for no more; an agent that wanted to start it does not")]


class MachineRow(BaseModel):
    """A machine as it was last heard of."""

    host: str
    heard: str
    online: Annotated[bool, Field(description="Heard of within three of its intervals, or 60 s")]
    cpus: int
    cpu_percent: float | None
    memory_bytes: int | None
    memory_total_bytes: int | None
    runs: Annotated[list[RunOnMachine], Field(description="Runs with a process here that have not ended")]
    cards: list[CardRow]
    waiting: Annotated[list[Waiting], Field(description="In the order in which they will be started")] = []
    starts: Annotated[bool, Field(description="An agent listens here that can start trainings again")] = False
    startable: Annotated[
        list[RunOnMachine],
        Field(description="Runs that were released or stopped here and can go on, newest first, at most 20"),
    ] = []


class MachineList(BaseModel):
    """The machines heard of in the last seven days, by name."""

    items: list[MachineRow]


class CardHistory(BaseModel):
    """A value for each bucket; null where the card was not heard of."""

    uuid: str
    index: int
    name: str
    busy: Annotated[list[float | None], Field(description="Share of looks that found it in use")]
    util_percent: list[float | None]
    memory_max_bytes: list[int | None]
    runs: Annotated[list[list[str]], Field(description="Ids of runs that had a process on it")]


class MachineHistory(BaseModel):
    """The use of a host's cards, oldest bucket first; the last one is not over yet."""

    host: str
    begin: str
    bucket_s: Annotated[int, Field(description="600; longer where there would be more than 400 buckets")]
    cards: list[CardHistory]
