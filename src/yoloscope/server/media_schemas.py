"""The JSON shapes of items and their content, as pydantic models; for their keys holds what `schemas` says of its own."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from yoloscope.server.schemas import Number

Kind = Literal["histogram", "curve", "matrix", "table", "image", "text", "figure", "graph", "embedding", "artifact"]
Role = Literal["data", "image", "boxes", "mask"]
_Titles = Annotated[
    list[str | None], Field(description="Their names, null where the run's settings do not say them; -1 is background")
]


class UploadState(BaseModel):
    """How far a part has come."""

    offset: Annotated[int, Field(description="Where the next piece begins")]
    complete: Annotated[bool, Field(description="Whether all of it is here and was compared with its digest")]


class Labels(BaseModel):
    """What the places along an axis are: classes, texts, or just places."""

    name: str
    classes: Annotated[list[int], Field(description="-1 is background, -2 all classes together")]
    titles: _Titles
    texts: list[str]


class Histogram(BaseModel):
    """Counts between edges, and moments over all finite values."""

    type: Literal["histogram"]
    edges: list[Number]
    counts: list[Number]
    total: int
    nan: int
    inf: int
    least: Number | None
    most: Number | None
    mean: Number | None
    deviation: Number | None


class Curve(BaseModel):
    """Curves over the same x."""

    type: Literal["curve"]
    x: list[Number]
    y: list[list[Number]]
    curves: Labels
    x_name: str
    y_name: str


class Matrix(BaseModel):
    """A matrix, row by row; of a confusion matrix rows are what was predicted."""

    type: Literal["matrix"]
    height: int
    width: int
    values: list[list[Number]]
    rows: Labels
    columns: Labels


class Column(BaseModel):
    """One column of a table: numbers, classes with their titles, or texts."""

    name: str
    numbers: list[Number] | None = None
    classes: list[int] | None = None
    titles: list[str | None] | None = None
    texts: list[str] | None = None


class Table(BaseModel):
    """Columns of equal length."""

    type: Literal["table"]
    columns: list[Column]


class Boxes(BaseModel):
    """Annotations of a picture, column by column, in pixels."""

    type: Literal["boxes"]
    width: int
    height: int
    xyxy: list[list[Number]]
    classes: list[int]
    titles: _Titles
    scores: Annotated[list[Number], Field(description='"NaN" where there is none')]
    truth: Annotated[list[int], Field(description="1: a label; 0: a prediction")]
    outlines: Annotated[list[list[list[Number]]], Field(description="A polygon for each box, or nothing")]
    keypoints: Annotated[list[list[list[Number]]], Field(description="x, y and visibility for each box, or nothing")]


class Projection(BaseModel):
    """The points of an embedding, drawn from its vectors."""

    method: Literal["pca", "tsne", "umap"]
    dimensions: int
    points: Annotated[list[list[float]], Field(description="x, y and with three dimensions z of each")]
    explained: Annotated[
        list[float] | None, Field(description="Of principal components: which share of the variance each has")
    ]
    of: Annotated[int, Field(description="Vectors that the embedding has")]
    sampled: Annotated[
        list[int] | None,
        Field(description="Which vector each point is, where they are not all: at most 5,000, none with NaN"),
    ]


class Node(BaseModel):
    """One layer of a model."""

    id: str
    kind: str
    parameters: int
    shape: list[int]
    frozen: bool


class Graph(BaseModel):
    """A model: layers, and which feeds which."""

    type: Literal["graph"]
    nodes: list[Node]
    edges: list[tuple[str, str]]


class Embedding(BaseModel):
    """Points of a feature space."""

    type: Literal["embedding"]
    dimensions: int
    vectors: list[list[Number]]
    classes: list[int]
    titles: _Titles
    images: Annotated[list[int], Field(description="Number of the image that each is from, -1 for none; or nothing")]
    xyxy: Annotated[list[list[Number]], Field(description="Where in the image each is; or nothing")]


Summary = Annotated[Histogram | Curve | Matrix | Table, Field(discriminator="type")]
Content = Annotated[
    Histogram | Curve | Matrix | Table | Boxes | Graph | Embedding,
    Field(discriminator="type"),
]


class MediaPart(BaseModel):
    """One piece of an item."""

    role: Role
    digest: Annotated[str, Field(description="SHA-256 of its bytes")]
    media_type: str
    size_bytes: int
    stored: Annotated[bool, Field(description="Whether its bytes are here; they follow the item")]


class MediaItem(BaseModel):
    """Something richer than a number at one moment of a run."""

    run: str
    id: Annotated[int, Field(description="Place in the run: grows with each item that comes")]
    kind: Kind
    name: str
    step: int | None
    epoch: float | None
    time: str
    attempt: Annotated[int, Field(description="Number of the attempt, from 1 in order of time")]
    superseded: Annotated[bool, Field(description="Whether a later attempt took its place")]
    facts: Annotated[dict[str, float], Field(description="A few numbers, such as width, height, boxes, bins")]
    parts: list[MediaPart]
    data: Annotated[
        Summary | None,
        Field(description="With `data=true`, of summaries: what it holds; null while its part is not here"),
    ] = None


class MediaPage(BaseModel):
    """Items in order of run and place."""

    items: list[MediaItem]
    next: Annotated[str | None, Field(description="`cursor` of the page behind; null at the end")]


class MediaName(BaseModel):
    """What a run has under one name, superseded items included."""

    kind: Kind
    name: str
    items: int
    first_step: int | None
    last_step: int | None
    first_epoch: float | None
    last_epoch: float | None


class MediaNames(BaseModel):
    """The names of a run's items in order of first arrival."""

    items: list[MediaName]
