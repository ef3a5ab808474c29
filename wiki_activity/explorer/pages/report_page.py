"""`/report`: totals of some wikis in some months, what stood out, and what people know, to print and to take away."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.report import DAILY_FIGURES
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.known_days import look_at_days
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.note_view import describe_subject
from wiki_activity.explorer.pages.report_making import make_report_of
from wiki_activity.explorer.pages.report_state import KEYS, MOST_WIKIS, read_report_state
from wiki_activity.explorer.pages.report_texts import (
    name_columns,
    say_report,
    tell_missing,
    tell_provisional,
    write_text,
    write_wikitext,
)
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.report import FIGURES

router = APIRouter(include_in_schema=False)

_MOST_NAMED = 12


@router.get("/report", response_class=HTMLResponse, dependencies=[knows_only(*KEYS)])
async def show_report(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show a report, and the form that asks for one."""
    catalogue = snapshot.catalogue
    newest = catalogue.newest_month or explorer.clock().date().replace(day=1)
    state, notices = read_report_state(request.query_params, catalogue, newest)
    wikis = state.choose(catalogue)
    known_days = await look_at_days(explorer) if state.days is not None else None

    def describe() -> dict[str, object]:
        detector = explorer.settings.peak_detector
        report = make_report_of(snapshot, state, wikis, detector, known_days) if wikis else None
        address = f"{explorer.settings.explorer_url}{state.address()}"
        return {
            "words": wording,
            "state": state,
            "notices": notices,
            "report": report,
            "figures": FIGURES,
            "by_month": [FIGURES[one] for one in FIGURES if one not in DAILY_FIGURES],
            "headings": name_columns(report) if report else (),
            "summary": " ".join([say_report(report), *tell_provisional(report)]) if report else "",
            "missing": tell_missing(report) if report else "",
            "provisional": tell_provisional(report) if report else (),
            "wikis": catalogue.wikis,
            "most_named": _MOST_NAMED,
            "most_wikis": MOST_WIKIS,
            "about": {note.id: describe_subject(note.subject, catalogue) for note in (report.notes if report else ())},
            "address": address,
            "text": write_text(report, catalogue, address) if report else "",
            "wikitext": write_wikitext(report, catalogue, address) if report else "",
            "languages": sorted({wiki.language for wiki in catalogue.wikis.values()}),
        }

    version = (snapshot.lists, snapshot.notes, *(snapshot.wiki(one).version for one in state.wikis))
    if known_days is not None:
        version = (*version, *known_days.version_of(wiki.project for wiki in wikis))
    return await show_page(
        request, "report.html", Place("/report", state.query(), odd=bool(notices)), person, version, describe
    )
