"""`/series`: the months of many wikis and metrics in one request, as JSON and CSV."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import msgspec
import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from wiki_activity.domain.counts import Counted, Metric, PeopleMetric
from wiki_activity.domain.months import format_month, list_months
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.csv_files import BYTE_ORDER_MARK, CSV, name_file, write_csv_cell
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.parameters import PROJECT, MonthRange, refuse
from wiki_activity.explorer.context import CurrentSnapshot, find_wiki
from wiki_activity.explorer.snapshot import WikiSnapshot

router = APIRouter(prefix="/series", tags=["series"])

MOST_WIKIS = 200
_Shown = Literal[
    Metric.EDITS, Metric.PEOPLE_EDITS, Metric.EDITORS, PeopleMetric.USER_EDITORS, PeopleMetric.ACTIVE_EDITORS,
    PeopleMetric.NEW_USERS, PeopleMetric.NEW_PAGES,
]  # fmt: skip
"""All of :data:`Counted`: of a union the messages would name both of its types."""
_CSV_CONTENT = {"text/csv": {"schema": {"type": "string"}, "example": "month,project,metric,count,provisional…"}}
_HEADER = "month,project,metric,count,provisional\r\n"


class OneSeriesModel(Model):
    """One metric of one wiki."""

    project: str = Field(examples=["hi.wikipedia.org"])
    metric: _Shown
    counts: list[int | None] = Field(description="An entry for each of `months`, null where it is missing.")


class ManySeriesModel(Model):
    """Metrics of many wikis over the same months."""

    months: list[str] = Field(description="Without gaps, oldest first.", examples=[["2025-02", "2025-03"]])
    provisional: list[str] = Field(description="Those of them that Wikimedia has published only in part.")
    items: list[OneSeriesModel] = Field(description="By wiki and metric, in the order in which they were asked for.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for.

    Parameters
    ----------
    wikis
        Each once.
    metrics
        Each once.
    months
        First and last, where the request says so.
    """

    wikis: tuple[WikiSnapshot, ...]
    metrics: tuple[Counted, ...]
    months: tuple[date | None, date | None]

    @property
    def version(self) -> tuple[object, ...]:
        """What the answer is made of."""
        return tuple((wiki.data.project, wiki.number) for wiki in self.wikis)


async def _read_asked(
    snapshot: CurrentSnapshot,
    months: MonthRange,
    project: Annotated[
        list[str],
        Query(
            description=f"A wiki’s address; up to {MOST_WIKIS} of them, each with a key of its own.",
            json_schema_extra={
                "items": {"type": "string", "pattern": PROJECT, "maxLength": 255},
                "minItems": 1,
                "maxItems": MOST_WIKIS,
                "examples": [["hi.wikipedia.org", "bn.wikipedia.org"]],
            },
        ),
    ],
    metric: Annotated[
        list[_Shown],
        Query(
            default_factory=list,
            description="What is counted, each with a key of its own; by default all edits. "
            "What is known of people besides is not known of every wiki and month.",
        ),
    ],
) -> _Asked:
    names = list(dict.fromkeys(project))
    if len(names) > MOST_WIKIS:
        message = f"at most {MOST_WIKIS} wikis can be asked for at once; these are {len(names):,}"
        raise refuse("project", message)
    wikis = [(await find_wiki(snapshot, name)).project for name in names]
    metrics: tuple[Counted, ...] = tuple(dict.fromkeys(metric or [Metric.EDITS]))
    return _Asked(tuple(snapshot.wiki(one) for one in wikis), metrics, months)


_AskedQuery = Annotated[_Asked, Depends(_read_asked)]


@router.get("", summary="Months of many wikis", response_model=ManySeriesModel, responses=readable(404, 422))
async def show_many(request: Request, asked: _AskedQuery) -> Response:
    """Give counts of many wikis and metrics over the same months: those of which any count is known."""

    def make() -> bytes:
        months = _find_months(asked)
        items = [
            {"project": wiki.data.project, "metric": metric.value, "counts": _list_counts(wiki, metric, months)}
            for wiki in asked.wikis
            for metric in asked.metrics
        ]
        provisional = [format_month(one) for one in _list_provisional(asked, months)]
        named = [format_month(month) for month in months]
        return msgspec.json.encode({"months": named, "provisional": provisional, "items": items})

    return await answer(request, make, version=asked.version)


@router.get(
    ".csv", summary="Months of many wikis as a table", response_class=Response,
    responses=readable(404, 422, content=_CSV_CONTENT),
)  # fmt: skip
async def download_many(request: Request, asked: _AskedQuery) -> Response:
    """Give the same as a CSV file, a row for each month of each wiki and metric; a missing count is an empty cell."""

    def make() -> bytes:
        return "".join([BYTE_ORDER_MARK, _HEADER, *_write_rows(asked)]).encode()

    return await answer(request, make, version=asked.version, media_type=CSV, headers=name_file("series"))


def _write_rows(asked: _Asked) -> Iterator[str]:
    months = _find_months(asked)
    provisional = set(_list_provisional(asked, months))
    ends = ["true" if month in provisional else "" for month in months]
    begins = [write_csv_cell(format_month(month)) for month in months]
    for wiki in asked.wikis:
        for metric in asked.metrics:
            middle = f",{write_csv_cell(wiki.data.project)},{write_csv_cell(metric)},"
            counts = _list_counts(wiki, metric, months)
            for begin, count, end in zip(begins, counts, ends, strict=True):
                yield f"{begin}{middle}{'' if count is None else count},{end}\r\n"


def _find_months(asked: _Asked) -> Sequence[date]:
    """Find the months from the first to the last of which any of the counts is known, in the range asked for."""
    known = [months for wiki in asked.wikis for metric in asked.metrics if (months := wiki.months(metric))]
    if not known:
        return ()
    first, last = min(months[0] for months in known), max(months[-1] for months in known)
    wanted_first, wanted_last = asked.months
    first, last = max(first, wanted_first or first), min(last, wanted_last or last)
    return list_months(first, last) if first <= last else ()


def _list_counts(wiki: WikiSnapshot, metric: Counted, months: Sequence[date]) -> list[int | None]:
    own = wiki.months(metric)
    counts = np.full(len(months), math.nan)
    if own and months:
        offset = (own[0].year - months[0].year) * 12 + own[0].month - months[0].month
        begin, end = max(offset, 0), min(offset + len(own), len(months))
        if begin < end:
            counts[begin:end] = wiki.counts(metric)[0, begin - offset : end - offset]
    return [None if count != count else int(count) for count in counts.tolist()]  # noqa: PLR0124 - NaN


def _list_provisional(asked: _Asked, months: Sequence[date]) -> list[date]:
    told = {month for wiki in asked.wikis for month in wiki.data.provisional}
    return [month for month in months if month in told]
