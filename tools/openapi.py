"""Writes ``openapi.json``, from which the dashboard's types are generated: ``python tools/openapi.py``."""

import json
from pathlib import Path
from types import SimpleNamespace

from yoloscope.server import app, settings
from yoloscope.server import description as descriptions

TARGET = Path(__file__).resolve().parent.parent / "openapi.json"


def description() -> str:
    """Return the description of the API as it is committed."""
    unserved = settings.Settings(data=Path(), token="")
    made = app.create_app(unserved, SimpleNamespace(series=None, catalog=None, blobs=None))  # pyright: ignore[reportArgumentType] - no route is called
    return json.dumps(descriptions.describe(made), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(description(), encoding="utf-8")
