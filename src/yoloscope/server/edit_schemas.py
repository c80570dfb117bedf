"""The JSON shapes of what people say of runs and of the views that they save; for their keys holds what `schemas` says of its own."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

ViewKind = Literal["runs", "board", "compare"]
_Version = Annotated[int, Field(description="Counts the changes, from 1 on")]


class EditedRuns(BaseModel):
    """What became of some runs."""

    changed: Annotated[list[str], Field(description="Runs that are another way now")]
    missing: Annotated[list[str], Field(description="Ids that no run has")]


class View(BaseModel):
    """What a page showed, by a name."""

    id: str
    kind: ViewKind
    project: Annotated[str | None, Field(description="null: of all projects")]
    name: str
    state: Annotated[dict[str, object], Field(description="The page's own")]
    version: _Version
    created: str
    updated: str


class Views(BaseModel):
    """Views by name."""

    items: list[View]
