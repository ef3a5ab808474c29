"""`/findings`, and asking what was behind a peak."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.findings import FindingKind
from wiki_activity.domain.months import format_month
from wiki_activity.domain.notes import end_of_month
from wiki_activity.explorer.accounts.dependencies import Editor
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.documented import problems, readable
from wiki_activity.explorer.api.evidence_models import FindingModel, finding_model
from wiki_activity.explorer.api.parameters import KnownWiki, Month, MonthPath
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, find_wiki
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.storage.evidence_table import request_evidence
from wiki_activity.storage.retention_table import open_cohorts

router = APIRouter(tags=["peaks"])

_MOST = 1_000


class AskBody(Model):
    """Nothing has to be said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WikiFindingModel(FindingModel):
    """A finding with the wiki and the month that it is of."""

    project: str = Field(examples=["hi.wikipedia.org"])
    month: str = Field(examples=["2025-03"])


class FindingsModel(Model):
    """Findings, newest month first."""

    items: list[WikiFindingModel] = Field(description=f"At most {_MOST:,}.")
    more: bool = Field(description="Whether there are others besides: ask for a wiki or a month.")


@router.get(
    "/findings", summary="What was found behind peaks", response_model=FindingsModel, responses=readable(404, 422)
)
async def list_findings(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    project: Annotated[str | None, Query(max_length=255, description="Only of this wiki.")] = None,
    month: Annotated[Month | None, Query(description="Only of this month, UTC.")] = None,
    kind: Annotated[FindingKind | None, Query(description="Only of this kind.")] = None,
) -> Response:
    """List what Wikimedia’s public services showed of months that stood out. None of it says why."""
    chosen = None if project is None else (await find_wiki(snapshot, project)).project

    def make() -> bytes:
        found = _list(snapshot, chosen, month, kind)
        return FindingsModel(items=found[:_MOST], more=len(found) > _MOST).model_dump_json().encode()

    return await answer(request, make, version=(snapshot.lists, chosen and snapshot.wiki(chosen).version))


@router.post("/projects/{project}/peaks/{month}/evidence", summary="Ask what was behind a peak",
             status_code=HTTPStatus.ACCEPTED, responses=problems(400, 401, 403, 404, 413, 415, 422))  # fmt: skip
def ask_for_evidence(
    explorer: CurrentExplorer,
    *,
    editor: Editor,  # noqa: ARG001
    wiki: KnownWiki,
    month: MonthPath,
    body: AskBody,  # noqa: ARG001
) -> None:
    """Have Wikimedia asked about it, and who stayed of its new accounts; what is found is there some minutes later."""
    if not explorer.snapshots.read().wiki(wiki.project).peaks_in(month):
        detail = f"{wiki.project} was not unusually busy in {format_month(month)}."
        raise ProblemError(HTTPStatus.NOT_FOUND, "No peak in this month", detail)
    request_evidence(explorer.engine, wiki.project, month, explorer.clock())
    open_cohorts(explorer.engine, [(wiki.project, DayRange(month, end_of_month(month)))])


def _list(
    snapshot: Snapshot, project: str | None, month: date | None, kind: FindingKind | None
) -> list[WikiFindingModel]:
    wikis = [snapshot.wiki(project)] if project is not None else list(snapshot.wikis.values())
    chosen = [
        (at, one.data.project, finding)
        for one in wikis
        for at, evidence in one.data.evidence.items()
        if month in {None, at} and one.peaks_in(at)
        for finding in evidence.findings
        if kind in {None, finding.kind}
    ]
    # Within a wiki's month they stay in the order in which they are told.
    chosen.sort(key=lambda found: (-found[0].toordinal(), found[1]))
    return [
        WikiFindingModel(project=name, month=format_month(at), **finding_model(finding).model_dump())
        for at, name, finding in chosen[: _MOST + 1]
    ]
