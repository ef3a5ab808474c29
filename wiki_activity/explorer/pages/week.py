"""`/week`: wikis whose logged-out edits of the last day or week are above usual, small ones first."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlencode

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.logged_out_rises import LoggedOutRise, LoggedOutRises, Span, find_rises
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.day_book import DayBook
from wiki_activity.explorer.rendering import Place, knows_only, show_page

router = APIRouter(include_in_schema=False)

_DAYS_LISTED = {Span.DAY: 1, Span.WEEK: 7}
_MOST = 100


@dataclass(frozen=True, slots=True)
class WikiRise:
    """One line: the wiki (None where the site matrix does not name it), its address, its changes, and the numbers."""

    wiki: Wiki | None
    project: str
    changes: str
    rise: LoggedOutRise


@dataclass(frozen=True, slots=True)
class SpanView:
    """One span: its days, both included, what was found, and the lines that are shown."""

    span: Span
    first: date
    last: date
    found: LoggedOutRises
    lines: tuple[WikiRise, ...]


@router.get("/week", response_class=HTMLResponse, dependencies=[knows_only()])
async def show_week(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show where more is edited logged out than usual."""
    book = await explorer.days.look()
    version = (book.version, snapshot.lists)
    return await show_page(
        request, "week.html", Place("/week", lasts=True), person, version, lambda: describe(book, snapshot.catalogue)
    )


def describe(book: DayBook, catalogue: Catalogue) -> dict[str, object]:
    """Return the values for the template."""
    if book.until is None:
        return {"spans": (), "until": None, "most": _MOST}
    # The day that runs is not over: yesterday is the last one that can be compared.
    end = (book.until.date() - book.first_day()).days
    counts = book.counts[:, :end].astype(np.int64)
    logged_out = counts[:, :, 2]
    edits = counts[:, :, 0] + logged_out
    spans = []
    for span in (Span.DAY, Span.WEEK):
        found = find_rises(logged_out, edits, book.whole[:end], span)
        lines = tuple(_write(book.projects[one.place], catalogue, one, span) for one in found.rises[:_MOST])
        first, last = (book.first_day() + timedelta(days=at) for at in (found.first, found.last))
        spans.append(SpanView(span, first, last, found, lines))
    return {"spans": spans, "until": book.until, "most": _MOST}


def _write(project: str, catalogue: Catalogue, rise: LoggedOutRise, span: Span) -> WikiRise:
    query = urlencode({"hidebots": 1, "hideliu": 1, "days": _DAYS_LISTED[span], "limit": 500})
    changes = f"https://{quote(project, safe='')}/wiki/Special:RecentChanges?{query}"
    return WikiRise(catalogue.wikis.get(project), project, changes, rise)
