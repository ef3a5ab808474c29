"""`/api/v1/hashtags`, and the hashtags on a wiki's live page: what edit summaries had, as the stream was seen."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from wiki_activity.domain.months import format_month
from wiki_activity.explorer.api.documented import problems
from wiki_activity.explorer.api.parameters import Month
from wiki_activity.explorer.context import CurrentExplorer, Explorer
from wiki_activity.explorer.live.live_wikis import check_wiki
from wiki_activity.storage.hashtag_table import MonthHashtag, read_hashtags
from wiki_activity.storage.storage_errors import StorageError

router = APIRouter(prefix="/api/v1", tags=["live"])

_MOST = 100
_SHOWN = 8
_TOOL = "https://hashtags.wmcloud.org/"


class HashtagModel(BaseModel):
    """A hashtag that three accounts and more used on the same day."""

    model_config = ConfigDict(frozen=True)

    hashtag: str = Field(description="Without the #, folded to one case.", examples=["wpwp"])
    edits: int = Field(description="At least so many, on the days on which three accounts and more used it.")
    days: int = Field(description="How many such days there were.")
    most_accounts: int = Field(description="Accounts on the day that had most, at least; logged-out people left out.")
    first: date = Field(description="The first of these days, UTC.")
    last: date = Field(description="The last of them.")
    address: str = Field(description="Its edits, in Wikimedia’s Hashtags tool.")


class HashtagsModel(BaseModel):
    """Hashtags of one wiki's month, most edits first."""

    model_config = ConfigDict(frozen=True)

    project: str
    month: str = Field(examples=["2026-11"])
    items: list[HashtagModel] = Field(description=f"At most {_MOST}.")


@router.get("/hashtags", summary="Hashtags in edit summaries, as the stream was seen", responses=problems(404, 422))
def list_hashtags(
    explorer: CurrentExplorer,
    project: Annotated[str, Query(max_length=255, examples=["hi.wikipedia.org"])],
    month: Annotated[Month, Query(description="A month, UTC.")],
) -> HashtagsModel:
    """List hashtags of people’s edits of content. All numbers are at least; who made the edits is not kept."""
    check_wiki(explorer, explorer.live.read(), project)
    found = read_hashtags(explorer.engine, project, month, _MOST)
    return HashtagsModel(project=project, month=format_month(month), items=[_view(project, one) for one in found])


def list_of_month(explorer: Explorer, project: str | None, today: date) -> tuple[date, list[HashtagModel]] | None:
    """List the most used hashtags of the running month, with the month; None where they cannot be read."""
    month = today.replace(day=1)
    if project is None:
        return month, []
    try:
        found = read_hashtags(explorer.engine, project, month, _SHOWN)
    except StorageError:
        return None
    return month, [_view(project, one) for one in found]


def _view(project: str, one: MonthHashtag) -> HashtagModel:
    days = {"startdate": one.first.isoformat(), "enddate": one.last.isoformat()}
    return HashtagModel(
        hashtag=one.hashtag,
        edits=one.edits,
        days=one.days,
        most_accounts=one.most_accounts,
        first=one.first,
        last=one.last,
        address=f"{_TOOL}?{urlencode({'query': one.hashtag, 'project': project, **days})}",
    )
