"""`/projects/{project}/days`: one wiki's days by the stream or by Wikimedia, and its month so far."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from numpy.typing import NDArray
from pydantic import Field

from wiki_activity.domain.daily_history import DayRange as Days
from wiki_activity.domain.month_so_far import Basis, MonthSoFar
from wiki_activity.domain.months import format_month
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.csv_files import CSV, name_file, write_csv
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.parameters import Day, KnownWiki, refuse
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.day_book import DayBook
from wiki_activity.explorer.known_days import DaySource, KnownDays, look_at_days
from wiki_activity.explorer.month_so_far import find_month_so_far

router = APIRouter(prefix="/projects/{project}", tags=["days"])

_CSV_CONTENT = {
    "text/csv": {"schema": {"type": "string"}, "example": "day,user_edits,bot_edits,logged_out_edits,hours_seen"}
}
_ARTICLES: Final = (0,)
_HOURS: Final = 24


async def _read_range(
    first: Annotated[Day | None, Query(alias="from", description="First day.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day, included.")] = None,
) -> tuple[date | None, date | None]:
    if first is not None and last is not None and last < first:
        raise refuse("to", f"{last} is before {first}")
    return first, last


SourceQuery = Annotated[
    DaySource,
    Query(
        description="Who counted: the live stream, or Wikimedia after the month, for wikis of this installation and "
        "those that somebody with an account starred."
    ),
]
_SOURCES: Final = {
    DaySource.STREAM: "EventStreams, recentchange",
    DaySource.WIKIMEDIA: "Wikimedia Analytics API, edits/aggregate, daily",
}


DayRange = Annotated[tuple[date | None, date | None], Depends(_read_range)]


class MonthSoFarModel(Model):
    """The month that has not ended; never judged as a month."""

    month: str = Field(examples=["2026-11"])
    until: datetime = Field(description="Up to when is counted, UTC.")
    edits: int = Field(description="Without bots; at least so many where hours are missing.")
    bot_edits: int
    logged_out_edits: int = Field(description="Those of `edits` that were made logged out.")
    hours: int = Field(description="Whole hours of the month that have gone by.")
    hours_missing: int = Field(description="Those of them that were not seen from end to end.")
    usual: float | None = Field(description="Edits without bots that are usual by then; null while that is not known.")
    times: float | None = Field(
        description="How many times the usual, hours that were not seen taken out; null where that cannot be said."
    )
    usual_from: Basis | None = Field(
        description="`days`: earlier months of the stream; `months`: Wikimedia’s monthly counts times `share`."
    )
    months_counted: int = Field(description="How many earlier months the stream was counted.")
    share: float | None = Field(description="What the stream had of Wikimedia’s monthly counts; null where not used.")


class DaysModel(Model):
    """One wiki's days, oldest first; a day of which nothing was seen is null, which is not zero."""

    project: str
    unit: str = Field(examples=["edits"])
    source: str = Field(description="Where they come from: the live stream, or Wikimedia’s own counts.")
    namespaces: list[int] = Field(description="Which are counted: what the wiki calls content.")
    namespaces_known: bool = Field(description="Whether the wiki has said; else articles alone are counted.")
    until: datetime | None = Field(description="Up to when is counted, UTC; null while nothing is.")
    days: list[str] = Field(examples=[["2026-11-27", "2026-11-28"]])
    user_edits: list[int | None] = Field(description="By registered people.")
    bot_edits: list[int | None]
    logged_out_edits: list[int | None] = Field(description="From addresses and by temporary accounts.")
    hours_seen: list[int] = Field(
        description="How many of its 24 hours were seen from end to end; with fewer the counts are at least so many. "
        "Wikimedia’s days are whole."
    )
    month_so_far: MonthSoFarModel | None


@router.get("/days", summary="A wiki’s days", response_model=DaysModel, responses=readable(404, 422))
async def show_days(  # noqa: PLR0917 - FastAPI passes what is asked for by name
    request: Request,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    wiki: KnownWiki,
    days: DayRange,
    source: SourceQuery = DaySource.STREAM,
) -> Response:
    """Give the edits of each day, the stream's for up to 400 days and Wikimedia's for 800, and the month so far."""
    known_days = await look_at_days(explorer)
    book = known_days.book
    so_far = find_month_so_far(book, snapshot.wiki(wiki.project))

    def make() -> bytes:
        own = _choose(known_days, wiki.project, source, *days)
        known = book.namespaces.get(wiki.project)
        names, (users, bots, logged_out), hours = own
        return (
            DaysModel(
                project=wiki.project,
                unit="edits",
                source=_SOURCES[source],
                namespaces=list(_ARTICLES if known is None else known.numbers),
                namespaces_known=known is not None,
                until=book.until,
                days=[str(name) for name in names],
                user_edits=users,
                bot_edits=bots,
                logged_out_edits=logged_out,
                hours_seen=hours,
                month_so_far=None if so_far is None else _model(so_far),
            )
            .model_dump_json()
            .encode()
        )

    version = (source, *known_days.version_of([wiki.project]), snapshot.wiki(wiki.project).version)
    return await answer(request, make, version=version)


@router.get(
    "/days.csv", summary="A wiki’s days as a table", response_class=Response,
    responses=readable(404, 422, content=_CSV_CONTENT),
)  # fmt: skip
async def download_days(
    request: Request,
    explorer: CurrentExplorer,
    wiki: KnownWiki,
    days: DayRange,
    source: SourceQuery = DaySource.STREAM,
) -> Response:
    """Give the same as a CSV file, a row for each day; what was not seen has empty cells."""
    known_days = await look_at_days(explorer)

    def make() -> bytes:
        names, counts, hours = _choose(known_days, wiki.project, source, *days)
        header = ["day", "user_edits", "bot_edits", "logged_out_edits", "hours_seen"]
        return write_csv(header, zip(map(str, names), *counts, hours, strict=True))

    headers = name_file(f"{wiki.project}-days")
    version = (source, *known_days.version_of([wiki.project]))
    return await answer(request, make, version=version, media_type=CSV, headers=headers)


def _choose(
    known_days: KnownDays, project: str, source: DaySource, first: date | None, last: date | None
) -> tuple[list[date], tuple[list[int | None], ...], list[int]]:
    if source is DaySource.STREAM:
        return _cut(known_days.book, project, first, last)
    history = known_days.histories.get(project)
    if history is None:
        return [], ([], [], []), []
    shown = Days(max(history.span.first, first or date.min), min(history.span.last, last or date.max)).list()
    begin = (shown[0] - history.span.first).days if shown else 0
    edits, users, others = history.counts[begin : begin + len(shown)].T
    columns: tuple[list[int | None], ...] = (users.tolist(), (edits - users - others).tolist(), others.tolist())
    return shown, columns, [_HOURS] * len(shown)


def _cut(
    book: DayBook, project: str, first: date | None, last: date | None
) -> tuple[list[date], tuple[list[int | None], ...], list[int]]:
    days = book.read(project)
    if days is None:
        return [], ([], [], []), []
    begin = 0 if first is None else max((first - days.first).days, 0)
    end = len(days.hours) if last is None else max((last - days.first).days + 1, begin)
    shown = slice(begin, end)
    seen = book.seen[shown]
    columns = (days.user_edits, days.bot_edits, days.logged_out_edits)
    names = [days.first + timedelta(days=begin + at) for at in range(len(seen))]
    return names, tuple(_write(column[shown], seen) for column in columns), days.hours[shown].tolist()


def _write(counts: NDArray[np.int64], seen: NDArray[np.int64]) -> list[int | None]:
    return [count if hours or count else None for count, hours in zip(counts.tolist(), seen.tolist(), strict=True)]


def _model(one: MonthSoFar) -> MonthSoFarModel:
    return MonthSoFarModel(
        month=format_month(one.month),
        until=one.until.astimezone(UTC),
        edits=one.edits,
        bot_edits=one.bot_edits,
        logged_out_edits=one.logged_out_edits,
        hours=one.hours,
        hours_missing=one.hours_missing,
        usual=_round(one.usual, 1),
        times=_round(one.times, 3),
        usual_from=one.basis,
        months_counted=one.months,
        share=_round(one.share, 3),
    )


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
