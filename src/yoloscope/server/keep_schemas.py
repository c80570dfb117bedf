"""The JSON shapes of the trash and of retention, as pydantic models; for their keys holds what `schemas` says of its own."""

from typing import Annotated

from pydantic import BaseModel, Field


class TrashedRun(BaseModel):
    """Where a run is now."""

    run: str
    project: str
    name: str
    deleted: Annotated[str | None, Field(description="When it came into the trash; null: it is in the run table")]


class TrashedRuns(BaseModel):
    """Where some runs are now."""

    items: list[TrashedRun]
    unknown: Annotated[list[str], Field(description="Ids that no run has")]


class Trash(BaseModel):
    """What is in the trash."""

    items: list[TrashedRun]


class RemovedRun(BaseModel):
    """A run is gone, or in the trash."""

    run: str
    project: str
    name: str
    deleted: Annotated[str | None, Field(description="When it came into the trash; null: it was removed for good")]
    rows: Annotated[int | None, Field(description="Rows that were removed; null: it is in the trash with all of them")]


class EmptiedTrash(BaseModel):
    """What was removed from the trash for good."""

    removed: int
    left: Annotated[int, Field(description="Runs that there was no time for: call again")]
    alive: Annotated[list[str], Field(description="Runs that stay in the trash because their trainings go on")]


class Retention(BaseModel):
    """How long a project keeps what, in days after a run ended; null: for ever."""

    thin_after_days: Annotated[
        float | None, Field(description="Then of 64 rows the first, last, least and greatest value stay")
    ]
    delete_after_days: Annotated[float | None, Field(description="Then a run is moved to the trash")]
    trash_days: Annotated[float, Field(description="A run in the trash is removed for good after so long")]
