"""The description of the API (OpenAPI), with our problems in place of the framework's own error shapes."""

from typing import cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from yoloscope.server import problems, schemas

_TEMPLATE = "#/components/schemas/{model}"
_NAMED: tuple[type[BaseModel], ...] = (schemas.Problem, schemas.TokenLogin)
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")

Tree = dict[str, object]


def describe(app: FastAPI) -> Tree:
    """Return the description of all routes that belong to the API."""
    said: Tree = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    paths = cast("dict[str, dict[str, Tree]]", said["paths"])
    for operations in paths.values():
        for operation in operations.values():
            _describe_problems(cast("Tree", operation["responses"]))
    schemas_by_name = cast("Tree", cast("Tree", said["components"])["schemas"])
    for name in _FRAMEWORK_SCHEMAS:
        schemas_by_name.pop(name, None)
    for model in _NAMED:
        schemas_by_name[model.__name__] = model.model_json_schema(ref_template=_TEMPLATE)
    return said


def _describe_problems(responses: Tree) -> None:
    responses.pop("422", None)
    responses["default"] = {
        "description": "A problem",
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": _TEMPLATE.format(model="Problem")}}},
    }
