"""What a project has learnt from its runs: the effect of each setting, and how much each weighs."""

from collections.abc import Mapping
from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Depends, Query, Request

from yoloscope import errors
from yoloscope.query import insight_texts, learnt, outcomes, settings_of_run, weights
from yoloscope.records import ids, names
from yoloscope.server import insight_schemas as schemas
from yoloscope.server import services
from yoloscope.server.access.require import require
from yoloscope.server.routes.parameters import strict

router = APIRouter(prefix="/api/v1/insights", tags=["insights"])


class Asked(msgspec.Struct, frozen=True):
    """What is asked of a project."""

    project: ids.ProjectName
    metric: str
    which: outcomes.Which
    better: outcomes.Better | None


def _asked(
    project: Annotated[str, Query(description="The project whose runs are held against each other")],
    metric: Annotated[str, Query(description="The series that says how good a run is")] = outcomes.DEFAULT_METRIC,
    value: Annotated[outcomes.Which, Query(description="Which of its values counts: the best, or the last")] = "best",
    better: Annotated[
        outcomes.Better | None, Query(description="Which direction is better; needed where the name does not say it")
    ] = None,
) -> Asked:
    return Asked(ids.project_name_from_text(project), metric, value, better)


Question = Annotated[Asked, Depends(_asked)]


@router.get("/learnt", dependencies=[require("run:read"), strict])
async def what_was_learnt(request: Request, asked: Question) -> schemas.Learnt:
    """What came of each value of each setting, by data set: difference, interval, number of runs, verdict, and a sentence."""
    return await anyio.to_thread.run_sync(lambda: _learnt(services.of(request), asked))


@router.get("/importance", dependencies=[require("run:read"), strict])
async def importance(request: Request, asked: Question) -> schemas.Importance:
    """How much each setting explains of how differently the runs of a project ended up."""
    return await anyio.to_thread.run_sync(lambda: _importance(services.of(request), asked))


def _learnt(of: services.Services, asked: Asked) -> schemas.Learnt:
    found = _outcomes(of, asked)
    told = learnt.learnt(found)
    return schemas.Learnt.model_validate(
        {
            **_about(found, asked),
            "comparisons": told.comparisons,
            "data": [
                {
                    "data": _data(one.data),
                    "runs": one.runs,
                    "effects": [
                        _with_sentence(
                            effect,
                            insight_texts.of_effect(effect, metric=found.metric, knows_data=one.data is not None),
                        )
                        for effect in one.effects
                    ],
                    "labels": one.labels,
                }
                for one in told.data
            ],
        }
    )


def _importance(of: services.Services, asked: Asked) -> schemas.Importance:
    found = _outcomes(of, asked)
    told = weights.weights(found)
    items = [
        _with_sentence(one, insight_texts.of_weight(one, metric=found.metric, data_sets=told.data_sets))
        for one in told.items
    ]
    return schemas.Importance.model_validate(
        {
            **_about(found, asked),
            "data_sets": told.data_sets,
            "together": told.together,
            "items": items,
            "labels": told.labels,
        }
    )


def _outcomes(of: services.Services, asked: Asked) -> outcomes.Outcomes:
    scope = of.table.now().scope(asked.project, which="kept")
    if not scope.runs:
        raise errors.NotFound(f"project {asked.project!r} has no runs")
    return outcomes.outcomes(scope.runs, metric=asked.metric, which=asked.which, better=asked.better)


def _about(found: outcomes.Outcomes, asked: Asked) -> dict[str, object]:
    metric = found.metric
    means = names.meaning(metric.name)
    return {
        "project": asked.project,
        "metric": {
            "name": metric.name,
            "title": {"en": means.title_en, "zh": means.title_zh},
            "which": metric.which,
            "better": metric.better,
            "points": metric.points,
        },
        "runs": {
            "counted": len(found.runs),
            "ignored": [
                {"reason": reason, "count": count, "text": msgspec.to_builtins(insight_texts.ignored(reason))}
                for reason, count in found.ignored.items()
            ],
        },
    }


def _data(data: settings_of_run.Data | None) -> Mapping[str, object] | None:
    if data is None:
        return None
    return {"id": data.id, "train_images": data.images[0], "val_images": data.images[1]}


def _with_sentence(one: learnt.Effect | weights.Weight, sentence: insight_texts.Sentence) -> dict[str, object]:
    return {**msgspec.to_builtins(one), "sentence": msgspec.to_builtins(sentence)}
