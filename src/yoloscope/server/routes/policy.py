"""The policy of a project: read by sidecars before they send, set by people."""

from collections.abc import Mapping
from typing import cast

import msgspec
from fastapi import APIRouter, Request

from yoloscope.records import ids
from yoloscope.records import policy as policies
from yoloscope.server import schemas, services
from yoloscope.server.access.require import require
from yoloscope.server.routes import json_body
from yoloscope.server.routes.parameters import strict

router = APIRouter(prefix="/api/v1/projects", tags=["policy"])
_MAX_BYTES = 4_096
_FIELDS = {
    "summaries": {"type": "boolean"},
    "media": {"type": "boolean"},
    "text": {"type": "boolean"},
    "class_names": {"enum": ["index", "text"]},
    "bulk": {"enum": ["later", "never"]},
}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "properties": _FIELDS, "example": {"text": False}}}},
}
_given_from_json = msgspec.json.Decoder(object)


@router.get("/{project}/policy", dependencies=[require("project:read"), strict])
async def policy(request: Request, project: str) -> schemas.Policy:
    """What the project lets in beside numbers; one that has no policy leaves it to each trainer."""
    found = await services.of(request).ingest.policies.of(ids.project_name_from_text(project))
    return _shown(found)


@router.put(
    "/{project}/policy",
    dependencies=[require("project:write"), strict],
    openapi_extra={"requestBody": _BODY},
)
async def set_policy(request: Request, project: str) -> schemas.Policy:
    """Change the fields given. It holds from the next request on; what is stored already stays."""
    name = ids.project_name_from_text(project)
    given = await json_body.decoded(request, _given_from_json, limit_bytes=_MAX_BYTES, fix='send {"text": false}')
    change = services.of(request).ingest.policies.change
    return _shown(await change(name, lambda base: policies.from_mapping(given, base=base)))


def _shown(policy: policies.Policy) -> schemas.Policy:
    return schemas.Policy.model_validate(cast("Mapping[str, object]", msgspec.to_builtins(policy)))
