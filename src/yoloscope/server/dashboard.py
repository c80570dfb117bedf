"""The built dashboard and the API's own pages, served from the package; nothing comes from outside.

Files under ``/assets`` carry a hash in their name and are kept for ever by browsers; ``index.html`` is asked for again each time.
Any other path that a browser opens as a page gets ``index.html``, because the dashboard has its own routes.
"""

from pathlib import Path
from typing import cast

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Match

from yoloscope.server import compressed, description, pages, problems
from yoloscope.server.access.require import public
from yoloscope.server.routes.parameters import strict

STATIC = Path(__file__).parent / "static"
_SWAGGER_FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
_IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_AGAIN = {"Cache-Control": "no-cache"}
_MACHINE_PATHS = ("api/", "assets/", "docs/", "open/")

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json", dependencies=[public, strict])
async def openapi(request: Request) -> Response:
    """Return the description of the API."""
    return JSONResponse(description.describe(request.app))


@router.get("/docs", dependencies=[public])
async def docs() -> Response:
    """Return the page that shows the description."""
    return pages.swagger()


@router.get("/docs/{name}", dependencies=[public])
async def docs_file(request: Request, name: str) -> Response:
    """Return a file of that page."""
    if name == "start.js":
        return Response(pages.SWAGGER_START, media_type="text/javascript", headers=_ASK_AGAIN)
    if name not in _SWAGGER_FILES:
        raise _nothing(f"docs/{name}")
    return await _file(request, f"swagger/{name}", headers=_ASK_AGAIN)


@router.get("/{path:path}", dependencies=[public])
@router.head("/{path:path}", dependencies=[public])
async def dashboard(request: Request, path: str) -> Response:
    """Return a built file, or ``index.html`` for what a browser opens as a page."""
    if path.startswith("assets/"):
        return await _file(request, path, headers=_IMMUTABLE)
    if path not in ("", "index.html") and not path.startswith(_MACHINE_PATHS):
        found = await anyio.to_thread.run_sync(_inside, path)
        if found is not None:
            return FileResponse(found, headers=_ASK_AGAIN)
    if path.startswith(_MACHINE_PATHS) or not _wants_page(request, path):
        raise _refusal(request, path)
    index = await anyio.to_thread.run_sync(_inside, "index.html")
    return pages.not_built() if index is None else FileResponse(index, headers=_ASK_AGAIN)


def _refusal(request: Request, path: str) -> Exception:
    """Return "method not allowed" for a route that takes another method, which this catch-all would hide, else "not found"."""
    routes = cast(list[BaseRoute], request.app.routes)
    if any(route.matches(request.scope)[0] is Match.PARTIAL for route in routes):
        return problems.refusal("method-not-allowed", f"{request.method} is not allowed at {'/' + path[:200]!r}")
    return _nothing(path)


def _wants_page(request: Request, path: str) -> bool:
    return path in ("", "index.html") or "text/html" in request.headers.get("accept", "")


async def _file(request: Request, path: str, *, headers: dict[str, str]) -> Response:
    accepts = request.headers.get("accept-encoding", "")

    def made() -> Response | None:
        found = _inside(path)
        if found is None:
            return None
        return compressed.answer(found, accepts=accepts, headers=headers) or FileResponse(found, headers=headers)

    answer = await anyio.to_thread.run_sync(made)
    if answer is None:
        raise _nothing(path)
    return answer


def _inside(path: str) -> Path | None:
    """Return the built file at `path`, or ``None`` if there is none or it lies elsewhere."""
    root = STATIC.resolve()
    try:
        target = (root / path).resolve()
        hidden = any(part.startswith(".") for part in target.parts[len(root.parts) :])
        return target if target.is_relative_to(root) and not hidden and target.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def _nothing(path: str) -> Exception:
    return problems.refusal("not-found", f"there is nothing at {'/' + path[:200]!r}")
