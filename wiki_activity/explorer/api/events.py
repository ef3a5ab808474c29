"""`/events`: community events, and what is known of faults of the figures."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.parameters import Month
from wiki_activity.explorer.calendar import Calendar, select_events
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, find_wiki
from wiki_activity.explorer.pages.event_view import show_event
from wiki_activity.storage.calendar_table import CalendarSource

router = APIRouter(tags=["peaks"])

_MOST = 1_000


class EventModel(Model):
    """A community event, as its organisers entered it in Event registration. It says nothing of what caused a peak."""

    id: int
    name: str = Field(examples=["Feminism and Folklore 2026"])
    url: str | None = Field(description="Its page; null where that is on a wiki that is not known here.")
    projects: list[str] = Field(description="The wikis that it names, without those that are not known here.")
    for_all_wikis: bool
    start: datetime
    end: datetime
    first_day: date = Field(description="In its own time zone.")
    last_day: date = Field(description="In its own time zone.")
    types: list[str] = Field(examples=[["contest"]])
    dashboard_url: str | None = Field(description="Its numbers on the Programs & Events Dashboard.")


class AnnotationModel(Model):
    """What Wikistats says of its figures."""

    metric: AnnotatedMetric
    day: date
    title: str
    note: str
    is_fault: bool = Field(description="Whether counts of its month are faulty: nobody is told of peaks in it.")


class SourceModel(Model):
    """When a source was read."""

    source: CalendarSource
    read_at: datetime | None = Field(description="When all of it was read last; null where it never was.")
    complete: bool = Field(description="Whether all could be read when it was asked last.")


class EventsModel(Model):
    """What was on: of one month those first that were on for longest in it, else the newest first."""

    items: list[EventModel] = Field(description=f"At most {_MOST:,}.")
    more: bool = Field(description="Whether there are others besides: ask for a wiki or a month.")
    annotations: list[AnnotationModel]
    sources: list[SourceModel] = Field(description="Those that were ever asked.")


@router.get("/events", summary="Community events, and faults of the figures", response_model=EventsModel,
            responses=readable(404, 422))  # fmt: skip
async def list_events(
    request: Request,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    *,
    project: Annotated[str | None, Query(max_length=255, description="Only those that name this wiki.")] = None,
    month: Annotated[Month | None, Query(description="Only what was on in this month.")] = None,
) -> Response:
    """List what was on at the same time as anything else. None of it says why edits rose."""
    wiki = None if project is None else await find_wiki(snapshot, project)
    calendar, hosts, dashboard = snapshot.calendar, snapshot.catalogue.by_dbname, explorer.settings.dashboard_url

    def make() -> bytes:
        found = select_events(calendar, wiki, month)
        model = EventsModel(
            items=[_event_model(one, hosts, dashboard) for one in found[:_MOST]],
            more=len(found) > _MOST,
            annotations=[_annotation_model(one) for one in calendar.annotations if month in {None, one.month}],
            sources=_source_models(calendar),
        )
        return model.model_dump_json().encode()

    return await answer(request, make, version=(calendar.version, snapshot.catalogue.names, wiki and wiki.project))


def _event_model(one: CommunityEvent, hosts: Mapping[str, Wiki], dashboard_url: str) -> EventModel:
    shown = show_event(one, hosts, dashboard_url)
    return EventModel(
        id=one.id,
        name=one.name,
        url=shown.url,
        projects=[hosts[dbname].project for dbname in one.dbnames if dbname in hosts],
        for_all_wikis=one.is_everywhere,
        start=one.starts_at,
        end=one.ends_at,
        first_day=one.first,
        last_day=one.last,
        types=list(one.types),
        dashboard_url=shown.dashboard,
    )


def _annotation_model(one: DataAnnotation) -> AnnotationModel:
    return AnnotationModel(metric=one.metric, day=one.day, title=one.title, note=one.note, is_fault=one.is_fault)


def _source_models(calendar: Calendar) -> list[SourceModel]:
    return [
        SourceModel(source=source, read_at=state.read_at, complete=state.error is None)
        for source, state in calendar.sources.items()
    ]
