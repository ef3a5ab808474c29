"""`/retention`: who stayed of the accounts that were made in some days, as JSON and CSV."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from wiki_activity.domain.retention import Retention, Window, describe_retention
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.csv_files import CSV, Cell, name_file, write_csv
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.parameters import Day
from wiki_activity.explorer.context import CurrentSnapshot, find_wiki
from wiki_activity.explorer.snapshot import Snapshot

router = APIRouter(prefix="/retention", tags=["peaks"])

_MOST = 1_000
_CSV_CONTENT = {"text/csv": {"schema": {"type": "string"}, "example": "project,first,last,days_after,known_from…"}}


class StayedModel(Model):
    """Of how many accounts it is known, and how many of them made content edits."""

    asked: int
    editing: int = Field(description="With one edit or more.")
    active: int = Field(description="With five or more.")


class RetentionModel(Model):
    """Who stayed, in one window of days after the last day."""

    project: str = Field(examples=["hi.wikipedia.org"])
    first: date = Field(description="First day on which the accounts were made, UTC.")
    last: date = Field(description="Last day.")
    days_after: Window = Field(description="Days after the last day, the second one excluded.")
    known_from: date = Field(description="When the window has ended, UTC.")
    accounts: int | None = Field(description="Made on the wiki; null where not known yet, or fewer than ten.")
    few: bool = Field(description="Whether they are fewer than ten: there are no figures then.")
    estimated: bool = Field(description="Whether `accounts` is an estimate, from parts of the log.")
    found: StayedModel | None = Field(description="Null where it is not known.")
    share: float | None = Field(description="Of `editing`, 0 to 1.")
    margin: float | None = Field(
        description="The share is right within this in 19 of 20 cases; 0: all were asked about."
    )
    usual: StayedModel | None = Field(description="The same of as many days 13 weeks and more before, three times.")
    unread: bool = Field(description="Whether it could not be read; it is asked for again.")
    usual_unread: bool = Field(description="Whether what is usual could not be read.")
    asked_at: datetime | None = Field(description="UTC.")
    sentence: str


class RetentionsModel(Model):
    """Who stayed, the newest days first."""

    items: list[RetentionModel] = Field(description=f"At most {_MOST:,}.")
    more: bool = Field(description="Whether there are others besides: ask for a wiki or for days.")


async def choose(
    snapshot: CurrentSnapshot,
    *,
    project: Annotated[str | None, Query(max_length=255, description="Only of this wiki.")] = None,
    first: Annotated[Day | None, Query(description="Only accounts made on this day or later, UTC.")] = None,
    last: Annotated[Day | None, Query(description="Only accounts made on this day or earlier, UTC.")] = None,
) -> tuple[str | None, date | None, date | None]:
    """Read what is asked for."""
    return None if project is None else (await find_wiki(snapshot, project)).project, first, last


Asked = Annotated[tuple[str | None, date | None, date | None], Depends(choose)]


@router.get("", summary="Who stayed of new accounts", response_model=RetentionsModel, responses=readable(404, 422))
async def list_retention(request: Request, snapshot: CurrentSnapshot, asked: Asked) -> Response:
    """List how many of the accounts that were made on wikis in some days still edited weeks later."""

    def make() -> bytes:
        found = _list(snapshot, asked)
        items = [retention_model(one) for one in found[:_MOST]]
        return RetentionsModel(items=items, more=len(found) > _MOST).model_dump_json().encode()

    return await answer(request, make, version=_version(snapshot, asked))


@router.get(
    ".csv", summary="The same as a table", response_class=Response, responses=readable(404, 422, content=_CSV_CONTENT)
)
async def download_retention(request: Request, snapshot: CurrentSnapshot, asked: Asked) -> Response:
    """Give a row for each window."""

    def make() -> bytes:
        header = [one for one in RetentionModel.model_fields if one not in {"found", "usual"}]
        header += [f"{prefix}{one}" for prefix in ("", "usual_") for one in StayedModel.model_fields]
        return write_csv(header, (_list_cells(retention_model(one)) for one in _list(snapshot, asked)[:_MOST]))

    version = _version(snapshot, asked)
    return await answer(request, make, version=version, media_type=CSV, headers=name_file("retention"))


def retention_model(one: Retention) -> RetentionModel:
    """Make the model of one window; of fewer than ten accounts it has no figures."""
    return RetentionModel(
        project=one.project,
        first=one.days.first,
        last=one.days.last,
        days_after=one.window,
        known_from=one.known_from,
        accounts=None if one.is_few else one.accounts,
        few=one.is_few,
        estimated=one.estimated,
        found=None if one.found is None else StayedModel.model_validate(one.found, from_attributes=True),
        share=None if one.found is None else one.found.share,
        margin=one.margin,
        usual=None
        if one.usual is None or one.usual.share is None
        else StayedModel.model_validate(one.usual, from_attributes=True),
        unread=one.error is not None,
        usual_unread=one.usual_error is not None,
        asked_at=one.asked_at,
        sentence=describe_retention(one),
    )


def _list(snapshot: Snapshot, asked: tuple[str | None, date | None, date | None]) -> list[Retention]:
    project, first, last = asked
    wikis = [snapshot.wiki(project)] if project is not None else list(snapshot.wikis.values())
    chosen = [
        one
        for wiki in wikis
        for one in wiki.data.retention
        if (first is None or one.days.first >= first) and (last is None or one.days.last <= last)
    ]
    # Of the same days the windows stay in their order.
    return sorted(chosen, key=lambda one: (-one.days.last.toordinal(), -one.days.first.toordinal(), one.project))


def _version(snapshot: Snapshot, asked: tuple[str | None, date | None, date | None]) -> tuple[object, ...]:
    return snapshot.lists, asked[0] and snapshot.wiki(asked[0]).version


def _list_cells(one: RetentionModel) -> Sequence[Cell]:
    row = one.model_dump(mode="json")
    parts = [row.pop(name) or dict.fromkeys(StayedModel.model_fields) for name in ("found", "usual")]
    cells: list[Cell] = [int(cell) if isinstance(cell, bool) else cell for cell in row.values()]
    return [*cells, *(cell for part in parts for cell in part.values())]
