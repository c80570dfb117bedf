"""The JSON shapes of the HTTP API, as pydantic models.

FastAPI turns them into ``openapi.json``, from which ``web/src/api/schema.gen.ts`` is generated. The keys named in the
public contract are exact; further keys may be added, never removed or renamed. Times are ISO 8601 in UTC with a ``Z``.
Non-finite numbers travel in JSON as the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``, so that no value is lost.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Number = float | Literal["NaN", "Infinity", "-Infinity"]
RunStateName = Literal[
    "queued", "running", "paused", "finished", "stopped", "crashed", "failed", "unreachable", "stalled"
]
XAxis = Literal["step", "epoch", "elapsed", "time"]
HealthName = Literal["healthy", "warning", "critical", "unknown"]
WhichPoints = Literal["kept", "superseded", "all"]


class Localised(BaseModel):
    """One text in the two languages of the product."""

    en: str
    zh: str


class SeriesInfo(BaseModel):
    """What is known of one series without reading its points."""

    name: str
    family: Annotated[
        str, Field(description="Group on the run page: loss, metric, class, lr, time, grad, system, other")
    ]
    unit: str
    direction: Literal["lower", "higher", "none"]
    title: Localised
    count: int
    nan_count: int
    last: Number | None
    last_step: int | None
    last_epoch: float | None
    min: Number | None
    max: Number | None
    best: Number | None
    best_step: int | None
    best_epoch: float | None


class RunSummary(BaseModel):
    """One row of the run table."""

    id: str
    project: str
    name: str
    state: RunStateName
    created: str
    updated: str
    ended: str | None
    epoch: Annotated[int, Field(description="Completed epochs")]
    epochs: Annotated[int | None, Field(description="Planned epochs, null while unknown")]
    step: int | None
    elapsed_s: Annotated[
        float | None,
        Field(description="Training time of all attempts, without what was trained again and the time between"),
    ]
    eta_s: Annotated[float | None, Field(description="Seconds left at the pace so far; null unless running")]
    rows: int
    attempt: Annotated[int, Field(description="Number of the newest attempt, 0 before the first")]
    host: str | None
    framework: str | None
    tags: list[str]
    group: str | None
    lost: Annotated[dict[str, int], Field(description="Rows that never reached the store, by reason")]
    deferred: Annotated[int, Field(description="Rows that are safe beside the trainer and follow later")]
    last: Annotated[dict[str, Number], Field(description="Latest value of each metric in the epoch families")]
    best_epoch: int | None
    patience_left: int | None
    end_reason: Annotated[str | None, Field(description="Why the run ended, if it was told")]
    exit_code: Annotated[int | None, Field(description="Exit code of the training, 128 + n after signal n")]
    note: Annotated[str, Field(description="What people wrote about it; empty if nothing")]
    starred: bool
    archived: Annotated[bool, Field(description="Somebody put it away; it is listed when it is asked for")]
    health: Annotated[
        HealthName | None,
        Field(description="By the open findings that nobody dismissed; null for a run that was not judged"),
    ]
    findings: Annotated[int, Field(description="Open findings that nobody dismissed, notes left out")]


class Attempt(BaseModel):
    """One attempt of a run; it hides what older ones logged from ``start_step`` on, or ``start_epoch`` where there is no step."""

    number: Annotated[int, Field(description="From 1 on, in the order in which attempts began")]
    state: Annotated[RunStateName, Field(description="The newest attempt's is that of the run")]
    started: str
    ended: Annotated[str | None, Field(description="Where nobody saw the end of an older attempt, when the next began")]
    end_reason: str | None
    exit_code: int | None
    start_epoch: float | None
    start_step: int | None
    provenance: dict[str, object]
    life: Annotated[
        dict[str, object], Field(description="What was seen of the process: stacks, kills for lack of memory")
    ]


class RunDetail(RunSummary):
    """Everything the run page shows beside its curves."""

    config: dict[str, object]
    settings: Annotated[dict[str, object], Field(description="Effective settings, as the framework resolved them")]
    provenance: Annotated[dict[str, object], Field(description="That of the newest attempt that has any")]
    life: Annotated[dict[str, object], Field(description="That of the newest attempt")]
    attempts: list[Attempt]
    series: list[SeriesInfo]


class ComparedRun(BaseModel):
    """One column of a comparison."""

    column: Annotated[str, Field(description="The key of its values in each row: a, b, c …")]
    id: str
    name: str
    project: str
    attempt: int


class Comparison(BaseModel):
    """What differs between runs; a row leaves out the columns that do not have its key."""

    runs: list[ComparedRun]
    sections: Annotated[
        dict[str, list[dict[str, object]]],
        Field(
            description="code, packages, settings, config, data, machine, augmentation: rows of key and a value a column"
        ),
    ]
    equal: Annotated[dict[str, int], Field(description="How many keys of each section are the same in all")]


class SeriesList(BaseModel):
    """The series of one run."""

    items: list[SeriesInfo]


class ProjectInfo(BaseModel):
    """One project and how many runs it holds."""

    name: str
    runs: int
    running: int
    updated: str | None


class ProjectPage(BaseModel):
    """All projects by name."""

    items: list[ProjectInfo]


class Policy(BaseModel):
    """What a project lets in beside numbers."""

    version: Literal[1]
    summaries: Annotated[bool, Field(description="Counts and histograms of the data set")]
    media: Annotated[bool, Field(description="Images, crops and tables of text")]
    text: Annotated[bool, Field(description="Free text, file names, git branch and remote, container image")]
    class_names: Annotated[Literal["index", "text"], Field(description="Classes as numbers, or by their names")]
    bulk: Annotated[Literal["later", "never"], Field(description="Rows that a live view does without")]


class SeriesColumns(BaseModel):
    """One series over the asked window: raw (``x``, ``y``) with ``buckets=0``, else buckets in ``x`` order.

    ``total`` is the number of rows in the window, of the points asked for. A bucket spans ``x`` to ``x_end``, both being
    x values of real points; ``min``, ``max``, ``mean`` leave NaN out, ``nan`` counts it.
    """

    run: str
    name: str
    total: int
    without_x: Annotated[int, Field(description="Rows of the whole series that have no value on the axis")]
    x_axis: XAxis
    x: list[Number]
    y: list[Number] | None = None
    x_end: list[Number] | None = None
    first: list[Number] | None = None
    last: list[Number] | None = None
    min: list[Number] | None = None
    max: list[Number] | None = None
    mean: list[Number] | None = None
    count: list[int] | None = None
    nan: list[int] | None = None
    thinned: Annotated[
        bool,
        Field(description="Of some rows in the window only a few of each group are kept, their extremes among them"),
    ] = False


class MissingName(BaseModel):
    """A name that none of the runs has."""

    name: str
    nearest: Annotated[str | None, Field(description="The series of one of the runs that is called most like it")]


ColumnName = Literal["x", "y", "x_end", "first", "last", "min", "max", "mean", "count", "nan"]


class SharedSeries(BaseModel):
    """A series that some of several runs have."""

    name: str
    family: str
    unit: str
    direction: Literal["lower", "higher", "none"]
    title: Localised
    runs: Annotated[int, Field(description="How many of the runs have it")]


class SharedSeriesList(BaseModel):
    """The series of some runs in order of first arrival, stored ones before those that are computed from them."""

    items: list[SharedSeries]
    runs: Annotated[int, Field(description="How many of the asked runs there are")]


class SeriesAnswer(BaseModel):
    """Columns of many runs and names in one answer."""

    series: list[SeriesColumns]
    missing: Annotated[
        list[MissingName] | None, Field(description="Names that none of the runs has; left out if there are none")
    ] = None


class GroupColumns(BaseModel):
    """One name over the runs that share a value, an entry for each bucket in which any run of any group has a point.

    A run says in a bucket the mean of its points there, and nothing where it has none; ``n`` counts the runs with a number there, ``nan``
    those with nothing but NaN. ``std`` is the sample deviation, NaN of fewer than two runs.
    """

    value: Annotated[object, Field(description="What the runs share; null for runs that have none")]
    runs: Annotated[list[str], Field(description="The runs of the group that have points in the window")]
    name: str
    total: int
    x_axis: XAxis
    x: list[Number]
    x_end: list[Number]
    mean: list[Number]
    std: list[Number]
    min: list[Number]
    max: list[Number]
    n: list[int]
    nan: list[int]


class GroupsAnswer(BaseModel):
    """Groups of runs by name and value, on an x-axis that all groups of a name share."""

    groups: list[GroupColumns]
    by: str
    missing: list[MissingName] | None = None


class ConsoleLine(BaseModel):
    """One printed line; a later one of the same attempt, rank, stream and number stands in its place."""

    place: Annotated[int, Field(description="Grows with each line that comes or changes")]
    attempt: Annotated[int, Field(description="Number of the attempt, from 1 in order of time")]
    rank: Annotated[int, Field(description="Place of the process in a distributed training")]
    stream: Literal["out", "err"]
    line: int
    time: str
    text: str
    left_out: Annotated[int, Field(description="Lines right before this one that were too many to keep")]


class ConsolePage(BaseModel):
    """Printed lines in order of their places."""

    items: list[ConsoleLine]
    next: Annotated[
        int, Field(description="`after` of the next page; smaller than what was asked if a backup was restored")
    ]
    removed: Annotated[int, Field(description="Oldest lines of the run that were removed for want of room")]


class StackAsked(BaseModel):
    """A stack was asked for."""

    expires_s: Annotated[float, Field(description="The ask is forgotten if the training is not heard of for so long")]


class IngestAck(BaseModel):
    """Which sequence number each lane is to send next, how soon to send, and what somebody asks of the training."""

    acked: Annotated[dict[str, int], Field(description='"<writer>/<lane>" to the next sequence number wanted')]
    instance: str
    instance_epoch: int
    flush_ms: int
    asks: Annotated[
        list[Literal["stack"]] | None, Field(description="What the sidecar is to find out; left out if nothing")
    ] = None


class LogAck(BaseModel):
    """Where a plain JSON row went."""

    run: str
    project: str
    rows: int


class ImportedRun(BaseModel):
    """One run of an imported file."""

    run: str
    project: str
    name: str
    state: Annotated[Literal["imported", "known"], Field(description="known: all of it was here already")]
    rows: Annotated[int, Field(description="Rows that the file holds")]
    new_rows: Annotated[int, Field(description="Rows that were stored now")]


class ImportAnswer(BaseModel):
    """The runs of an imported file."""

    items: list[ImportedRun]


class Session(BaseModel):
    """Who the browser is to the server."""

    authenticated: bool
    auth_required: bool
    version: str
    time: Annotated[str | None, Field(description="The server's clock, for comparison")] = None


class TokenLogin(BaseModel):
    """A token typed into the log-in page."""

    token: str


class Link(BaseModel):
    """A link that opens the dashboard once."""

    url: str


class Problem(BaseModel):
    """RFC 9457 problem details; clients switch on ``type``, never on text."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    fix: str | None = None
    expected: Annotated[int | None, Field(description="The sequence number that the lane is to send next")] = None
    lane: Annotated[str | None, Field(description='"<writer>/<lane>" of a gap')] = None
    column: Annotated[int | None, Field(description="Where in the text of the field it is, from 1 on")] = None
    length: Annotated[int | None, Field(description="For how many characters")] = None
    suggestions: Annotated[list[str] | None, Field(description="Names that may be meant, the likeliest first")] = None
    current: Annotated[
        dict[str, object] | None, Field(description="What is there now, in place of what was to be changed")
    ] = None
    command: Annotated[str | None, Field(description="The id of the command that was refused")] = None
    reason: Annotated[str | None, Field(description="Why, in a word that a page has a sentence for")] = None
