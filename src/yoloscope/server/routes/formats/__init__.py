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
_FORM_OF: dict[str, Form] = {
    **{media_type: form for form, media_type in MEDIA_TYPES.items()},
    "text/*": "csv",
    "application/*": "json",
    "*/*": "json",
}


def chosen(request: Request, *, asked: Form | None) -> Form:
    """Return the form asked for by name, else the one that ``Accept`` likes best, else JSON.

    Of equally welcome forms one that is named counts before one that is covered by a star, and then the one that stands first.
    """
    if asked is not None:
        return asked
    best: tuple[float, bool] = (0.0, False)
    form: Form = "json"
    for entry in ",".join(request.headers.getlist("accept")).split(","):
        kind = entry.partition(";")[0].strip().lower()
        liked = (_quality(entry), "*" not in kind)
        if kind in _FORM_OF and liked[0] > 0 and liked > best:
            best, form = liked, _FORM_OF[kind]
    return form


def content(*forms: Form) -> dict[str, object]:
    """Return what the description of the API says of forms other than JSON."""
    return {MEDIA_TYPES[form]: {"schema": {"type": "string", "format": "binary"}} for form in forms}


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
