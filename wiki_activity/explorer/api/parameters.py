"""What addresses and query strings of the API may hold, as values."""

import difflib
import re
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, PlainValidator, WithJsonSchema

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import format_month, parse_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.answers import list_parameters
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, find_wiki
from wiki_activity.explorer.problems import FieldError, ProblemError
from wiki_activity.explorer.series import MOST_MONTHS

PROJECT = r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"
MONTH = r"^(200[1-9]|20[1-9][0-9]|2[1-9][0-9]{2})-(0[1-9]|1[0-2])$"
MOST_IN_A_PAGE = 500
_MOST_ERRORS = 10
_LONGEST_NAME = 60


def _read_month(text: object) -> date:
    if not isinstance(text, str) or not re.fullmatch(MONTH, text):
        msg = "not a month: write it as YYYY-MM, from 2001-01 on, for example 2025-03"
        raise ValueError(msg)
    return parse_month(text)


def _read_day(text: object) -> date:
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    msg = "not a day: write it as YYYY-MM-DD, for example 2026-11-28"
    raise ValueError(msg)


def _refuse_numbers(moment: object) -> object:
    # A number would be taken for seconds since 1970.
    if isinstance(moment, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]", moment):
        msg = "write it as 2026-10-05T12:00:00Z"
        raise ValueError(msg)
    return moment


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = "outside the years 1 to 9999 in UTC"
        raise ValueError(msg) from error


Month = Annotated[
    date, PlainValidator(_read_month), WithJsonSchema({"type": "string", "pattern": MONTH, "examples": ["2025-03"]})
]
"""A month as `YYYY-MM`."""
Day = Annotated[
    date, PlainValidator(_read_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-28"]})
]
"""A day as `YYYY-MM-DD`."""
Moment = Annotated[AwareDatetime, BeforeValidator(_refuse_numbers), AfterValidator(_to_utc)]
"""A moment with its time zone, made UTC."""

MonthPath = Annotated[Month, Path(description="A month, UTC.")]
ANY: Final = "any"
AnyMetricQuery = Annotated[
    Metric | Literal["any"],
    Query(description="All edits, edits without bots, or editors; `any` has each month of a wiki once."),
]
MetricQuery = Annotated[Metric, Query(description="What is counted: all edits, edits without bots, or editors.")]
Limit = Annotated[int, Query(ge=1, le=MOST_IN_A_PAGE, description="At most so many items.")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=2000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next` of the page before, asked for in the same way.",
    ),
]


async def find_known_wiki(
    snapshot: CurrentSnapshot,
    project: Annotated[
        str,
        Path(
            description="The wiki’s address.",
            json_schema_extra={"pattern": PROJECT, "maxLength": 255, "examples": ["hi.wikipedia.org"]},
        ),
    ],
) -> Wiki:
    """Find the wiki of an address; whatever names none is not found, however it is written."""
    return await find_wiki(snapshot, project)


KnownWiki = Annotated[Wiki, Depends(find_known_wiki)]


async def choose_detector(
    explorer: CurrentExplorer,
    detector: Annotated[Detector | None, Query(description="By which rule; by default the one that speaks.")] = None,
) -> Detector:
    """Choose the detector that was asked for, else the one that speaks."""
    return detector or explorer.settings.peak_detector


DetectorQuery = Annotated[Detector, Depends(choose_detector)]


async def read_range(
    first: Annotated[Month | None, Query(alias="from", description="First month.")] = None,
    last: Annotated[Month | None, Query(alias="to", description="Last month, included.")] = None,
) -> tuple[date | None, date | None]:
    """Read a range of months, not reversed and not too long."""
    if first is not None and last is not None:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        if months < 1:
            raise refuse("to", f"{format_month(last)} is before {format_month(first)}")
        if months > MOST_MONTHS:
            raise refuse("to", f"a range may have {MOST_MONTHS} months; this one has {months:,}")
    return first, last


MonthRange = Annotated[tuple[date | None, date | None], Depends(read_range)]


async def refuse_unknown(request: Request) -> None:
    """Refuse a query with parameters that the route does not know: one that is misspelt would be ignored in silence."""
    if not request.url.query:
        return
    known = list_parameters(request)
    errors = [FieldError(name, _describe_unknown(name, known)) for name in request.query_params if name not in known]
    if errors:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Not understood", errors=errors[:_MOST_ERRORS])


def _describe_unknown(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name[:_LONGEST_NAME], sorted(known), n=1)
    if near:
        return f"there is no such parameter here; did you mean {near[0]}?"
    return f"there is no such parameter here; known are {', '.join(sorted(known))}" if known else "there are none here"


def refuse(field: str, message: str) -> ProblemError:
    """Make the answer for one parameter that cannot be used."""
    errors = [FieldError(field, message)]
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Not understood", errors=errors)
