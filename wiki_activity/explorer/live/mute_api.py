"""`PUT /api/v1/live/{project}/mute`: the channel's messages about a wiki, silenced by whoever keeps the channel."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from wiki_activity.explorer.accounts.dependencies import Reviewer
from wiki_activity.explorer.api.documented import problems
from wiki_activity.explorer.api.note_models import refuse_other_types
from wiki_activity.explorer.context import CurrentExplorer
from wiki_activity.explorer.live.api import ProjectPath
from wiki_activity.explorer.live.live_wikis import check_wiki
from wiki_activity.storage.mutes import mute, unmute

router = APIRouter(prefix="/api/v1", tags=["live"])

_MOST_HOURS = 30 * 24


class MuteBody(BaseModel):
    """For how long."""

    model_config = ConfigDict(extra="forbid")

    hours: Annotated[int, BeforeValidator(refuse_other_types)] = Field(
        ge=0, le=_MOST_HOURS, description="From now on; 0 lets the wiki be heard again.", examples=[24]
    )


class MuteModel(BaseModel):
    """Until when the channel gets no messages about a wiki."""

    muted_until: datetime | None = Field(description="Null where it gets them.")


@router.put(
    "/live/{project}/mute",
    summary="Silence the channel's messages about a wiki: reviewers only",
    responses=problems(400, 401, 403, 404, 413, 415, 422),
)
def mute_channel(
    explorer: CurrentExplorer, response: Response, _person: Reviewer, project: ProjectPath, body: MuteBody
) -> MuteModel:
    """Mute a wiki for everybody who reads the channel, as `wiki-activity mute` does; spells are kept all the same."""
    response.headers["Cache-Control"] = "no-store"
    check_wiki(explorer, explorer.live.read(), project)
    if not body.hours:
        unmute(explorer.engine, project)
        return MuteModel(muted_until=None)
    now = explorer.clock()
    until = (now + timedelta(hours=body.hours)).replace(microsecond=0)
    mute(explorer.engine, project, until, now)
    return MuteModel(muted_until=until)
