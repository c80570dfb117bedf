"""The forms in which tables and curves leave the server, and which of them a request asks for.

Called by the series, groups and export routes. A query parameter says it for people, ``Accept`` for programs.
"""

from typing import Literal

from starlette.requests import Request

Form = Literal["json", "columns", "csv", "arrow"]
MEDIA_TYPES: dict[Form, str] = {
    "json": "application/json",
    "columns": "application/vnd.yoloscope.columns",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
}
_FORM_OF: dict[str, Form] = {media_type: form for form, media_type in MEDIA_TYPES.items()}


def chosen(request: Request, *, asked: Form | None) -> Form:
    """Return the form asked for by name, else the one that ``Accept`` likes best, else JSON.

    Of equally welcome forms the one named first counts; ``*/*`` and what we do not have are JSON.
    """
    if asked is not None:
        return asked
    accept = ",".join(request.headers.getlist("accept"))
    liked = [(_quality(entry), _media_type(entry)) for entry in accept.split(",")]
    welcome: list[tuple[float, Form]] = [(quality, _FORM_OF[kind]) for quality, kind in liked if kind in _FORM_OF and quality > 0]
    anything: Form = "json"
    welcome += [(quality, anything) for quality, kind in liked if kind in ("*/*", "application/*") and quality > 0]
    _, best = max(welcome, key=lambda one: one[0], default=(1.0, anything))
    return best


def content(*forms: Form) -> dict[str, object]:
    """Return what the description of the API says of forms other than JSON."""
    return {MEDIA_TYPES[form]: {"schema": {"type": "string", "format": "binary"}} for form in forms}


def _media_type(entry: str) -> str:
    return entry.partition(";")[0].strip().lower()


def _quality(entry: str) -> float:
    """Return how welcome an entry is, from 0 to 1; one that cannot be read is not."""
    for parameter in entry.split(";")[1:]:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
