"""`/lang/{code}`: all wikis of one language, their newest month, their last two years, their peaks and notes."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.api.many_series import MOST_WIKIS
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.drawing import Sparkline, draw_sparkline
from wiki_activity.explorer.pages.group_page import make_version, write_csv_address
from wiki_activity.explorer.pages.group_state import KEYS, read_group_state
from wiki_activity.explorer.pages.group_view import describe_group
from wiki_activity.explorer.pages.summaries import say_language
from wiki_activity.explorer.peak_board import BoardPeak, BoardQuery
from wiki_activity.explorer.peak_order import BoardSort
from wiki_activity.explorer.problems import MovedError, ProblemError
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.snapshot import Snapshot

router = APIRouter(include_in_schema=False)

_MONTHS = 24
_MOST_PEAKS = 200
_LISTED_PEAKS = 12


@dataclass(frozen=True, slots=True)
class LanguageWiki:
    """One wiki of the language.

    Parameters
    ----------
    count, year_ago
        All edits of the newest month, and of that a year before; None where missing.
    sparkline
        All edits of two years, with their peaks.
    peaks, notes
        How many of those months are peaks, and how many of those peaks have a note.
    """

    wiki: Wiki
    count: float | None
    year_ago: float | None
    sparkline: Sparkline
    peaks: int
    notes: int


@router.get("/lang/{code}", response_class=HTMLResponse, dependencies=[knows_only(*KEYS)])
async def show_language(
    request: Request, code: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show all wikis of one language."""
    catalogue = snapshot.catalogue
    wikis = await find_wikis(catalogue, code)
    version = (make_version(snapshot, wikis), snapshot.board.version)
    notices: list[str] = []
    members = {wiki.project: None for wiki in wikis}
    state = read_group_state(request.query_params, request.url.path, (), members, notices)
    place = Place(state.path, urlencode(state.query()), lasts=True, odd=bool(notices))

    def describe() -> dict[str, object]:
        g = describe_group(snapshot, explorer.settings.peak_detector, state, wikis)
        return {**_describe(explorer, snapshot, code, wikis), "g": g, "notices": notices}

    return await show_page(request, "language.html", place, person, version, describe)


async def find_wikis(catalogue: Catalogue, code: str) -> list[Wiki]:
    """Find all wikis of a language, biggest first.

    Raises
    ------
    MovedError
        If the code is written otherwise.
    ProblemError
        404 with the nearest matches, if there is none.
    """
    wikis = [wiki for wiki in catalogue.wikis.values() if wiki.language == code]
    if not wikis:
        plain = code.strip().casefold().replace("_", "-")
        if plain != code and any(wiki.language == plain for wiki in catalogue.wikis.values()):
            raise MovedError(code, plain)
        raise await run_in_threadpool(_find_alike, code, catalogue)
    return wikis


def _describe(explorer: Explorer, snapshot: Snapshot, code: str, wikis: Sequence[Wiki]) -> dict[str, object]:
    newest = snapshot.catalogue.newest_month
    items: Sequence[LanguageWiki] = ()
    peaks: Sequence[BoardPeak] = ()
    if newest is not None:
        names = [wiki.project for wiki in wikis]
        first = shift_month(newest, 1 - _MONTHS)
        query = BoardQuery(
            Metric.EDITS,
            explorer.settings.peak_detector,
            first=first,
            last=newest,
            projects=names,
            sort=BoardSort.MONTH,
            limit=_MOST_PEAKS,
        )
        peaks = snapshot.select_peaks(query).items
        items = _lay_out(snapshot, wikis, newest, peaks)
    return {
        "words": wording,
        "code": code,
        "wikis": snapshot.catalogue.wikis,
        "autonym": next((wiki for wiki in wikis if wiki.family != "special"), wikis[0]),
        "items": items,
        "peaks": peaks[:_LISTED_PEAKS],
        "total": len(peaks),
        "newest": newest,
        "csv": write_csv_address(wikis[:MOST_WIKIS]),
        "summary": say_language(len(wikis), len(wikis), len(peaks)),
    }


def _lay_out(snapshot: Snapshot, wikis: Sequence[Wiki], newest: date, peaks: Sequence[BoardPeak]) -> list[LanguageWiki]:
    first = shift_month(newest, 1 - _MONTHS)
    items = []
    for wiki in wikis:
        known = snapshot.wiki(wiki.project).newest(Metric.EDITS, newest, _MONTHS)
        own = [item for item in peaks if item.peak.project == wiki.project]
        places = [_distance(first, item.peak.month) for item in own]
        noted = sum(item.annotation is not None for item in own)
        items.append(LanguageWiki(wiki, known[-1], known[-13], draw_sparkline(known, places), len(own), noted))
    return items


def _distance(first: date, month: date) -> int:
    return (month.year - first.year) * 12 + month.month - first.month


def _find_alike(code: str, catalogue: Catalogue) -> ProblemError:
    codes = {wiki.language for wiki in catalogue.wikis.values()}
    alike = difflib.get_close_matches(code.casefold(), sorted(codes), n=3, cutoff=0.5)
    nearest = [next(wiki for wiki in catalogue.wikis.values() if wiki.language == one) for one in alike]
    shown = code if len(code) <= 40 else f"{code[:40]}…"
    return ProblemError(
        HTTPStatus.NOT_FOUND,
        "No such language",
        f"No wiki has the language code {shown!r}.",
        nearest=nearest or catalogue.nearest(code),
    )
