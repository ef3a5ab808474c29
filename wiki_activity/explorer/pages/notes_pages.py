"""`/notes`: what people know, found and listed; a page for each note; and one to write a new one on."""

from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import QueryParams

from wiki_activity.domain.note_text import NoteError, NoteKind
from wiki_activity.domain.notes import ScopeKind, Subject, check_subject, end_of_month
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.accounts.people import Role, is_reviewing
from wiki_activity.explorer.api.notes import find_note
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.explorer.note_search import NoteQuery, find_notes
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.note_view import describe_subject, show_note
from wiki_activity.explorer.problems import ProblemError, quote_value
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.scopes import check_episode, check_scope
from wiki_activity.storage.note_reports import read_open_reports

router = APIRouter(include_in_schema=False)

_KEYS = frozenset({"q", "project", "kind", "from", "to", "proposed", "reported", "page"})
_KEYS_OF_NEW = ("project", "scope", "from", "to", "episode")
_IN_A_PAGE = 50
_LONGEST = 200
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class NotesState:
    """What the list shows, as its address says it; pages are numbered from 1."""

    query: NoteQuery
    page: int = 1
    reported: bool = False

    def address(self, page: int = 1) -> str:
        """Return the address of another page of the same list."""
        said = self.parameters() | ({"page": str(page)} if page > 1 else {})
        return "/notes" + (f"?{urlencode(said)}" if said else "")

    def parameters(self) -> dict[str, str]:
        """Return what the address holds besides the page."""
        query = self.query
        said = {
            "q": query.text,
            "project": query.project,
            "kind": query.kind and query.kind.value,
            "from": query.first and query.first.isoformat(),
            "to": query.last and query.last.isoformat(),
            "proposed": "yes" if query.proposed else None,
            "reported": "yes" if self.reported else None,
        }
        return {name: value for name, value in said.items() if value}

    def file_address(self, ending: str = "") -> str:
        """Return where the API answers the same list."""
        said = {name: value for name, value in self.parameters().items() if name not in {"proposed", "reported"}}
        return f"/api/v1/notes{ending}" + (f"?{urlencode(said)}" if said else "")


@router.get("/notes", response_class=HTMLResponse, dependencies=[knows_only(*_KEYS)])
async def show_notes(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """List notes, the newest days first."""
    state, notices = _read_state(request.query_params, snapshot.catalogue)
    reviewing = is_reviewing(person)
    place = Place("/notes", urlencode(state.parameters() | {"page": str(state.page)}), odd=bool(notices))

    def describe() -> dict[str, object]:
        reports = read_open_reports(explorer.engine) if reviewing else {}
        query = replace(state.query, reported=frozenset(reports) if state.reported else None)
        found = find_notes(snapshot, query, reviewing=reviewing)
        pages = max(1, -(-len(found) // _IN_A_PAGE))
        at = min(state.page, pages)
        shown = found[(at - 1) * _IN_A_PAGE : at * _IN_A_PAGE]
        return {
            "words": wording,
            "state": state,
            "notices": notices,
            "total": len(found),
            "any_at_all": bool(snapshot.written),
            "proposals": sum(one.proposed and not one.rejected for one in snapshot.written) if reviewing else 0,
            "reported": sum(one.id in reports for one in snapshot.written),
            "notes": [(note, describe_subject(note.subject, snapshot.catalogue)) for note in shown],
            "before": state.address(at - 1) if at > 1 else None,
            "after": state.address(at + 1) if at < pages else None,
            "wiki": snapshot.catalogue.wikis.get(state.query.project or ""),
        }

    version = (snapshot.notes, snapshot.catalogue.names, reviewing)
    return await show_page(request, "notes.html", place, person, version, describe)


@router.get("/notes/new", response_class=HTMLResponse, dependencies=[knows_only(*_KEYS_OF_NEW)])
async def write_note(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show the form for a note on some days."""
    today = explorer.clock().date()
    # Names of a list are looked for among all.
    subject, notices = await run_in_threadpool(_read_subject, request.query_params, snapshot.catalogue, today)
    subject = await run_in_threadpool(_read_episode, request.query_params, explorer, subject, notices)

    def describe() -> dict[str, object]:
        return {
            "words": wording,
            "title": "A new note",
            "notices": notices,
            "written": show_note(explorer, snapshot, None, subject, person, linked=False),
            "wiki": snapshot.catalogue.wikis.get(subject.scope.key),
            "may_write": person is not None and person.may(Role.EDITOR),
            "may_review": is_reviewing(person),
            "write": True,
        }

    place = Place("/notes/new", request.url.query, odd=True)
    return await show_page(request, "note.html", place, person, snapshot.notes, describe)


@router.get("/notes/{note_id}", response_class=HTMLResponse, dependencies=[knows_only()])
async def show_one(
    request: Request, note_id: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show one note: its text, its source, who wrote it, and how it came to be."""
    reviewing = is_reviewing(person)
    number = int(note_id) if note_id.isascii() and note_id.isdecimal() and len(note_id) <= _MOST_DIGITS else 0
    note = find_note(snapshot, number, reviewing=True) if number else None
    if note is None or (note.proposed and not reviewing):
        raise ProblemError(HTTPStatus.NOT_FOUND, "No such note", f"There is no note {quote_value(note_id)}.")

    def describe() -> dict[str, object]:
        written = show_note(explorer, snapshot, note, note.subject, person, linked=False)
        text = written.note.text if written.note is not None else None
        return {
            "words": wording,
            "title": text.label if text else "A hidden note",
            "notices": (),
            "written": written,
            "wiki": snapshot.catalogue.wikis.get(note.project),
            "may_write": person is not None
            and person.may(Role.EDITOR if note.subject.scope.kind is ScopeKind.WIKI else Role.REVIEWER),
            "may_review": reviewing,
            "reports": read_open_reports(explorer.engine).get(number, []) if reviewing else [],
            "may_report": person is not None and text is not None,
            "write": False,
        }

    version = (snapshot.notes, snapshot.catalogue.names)
    return await show_page(request, "note.html", Place(f"/notes/{number}"), person, version, describe)


def _read_state(query: QueryParams, catalogue: Catalogue) -> tuple[NotesState, tuple[str, ...]]:
    """Read what is asked for; what cannot be used is left out, and a notice says so."""
    notices: list[str] = []
    named = query.get("project", "").strip()
    wiki = catalogue.resolve(named) if named else None
    if named and wiki is None:
        notices.append(f"There is no wiki {quote_value(named)}; notes on all wikis are shown.")
    kinds = {one.value: one for one in NoteKind}
    kind = query.get("kind", "")
    if kind and kind not in kinds:
        notices.append(f"There is no kind {quote_value(kind)}; notes of all kinds are shown.")
    first, last = (_read_day(query.get(key, ""), notices, is_last=key == "to") for key in ("from", "to"))
    if first is not None and last is not None and last < first:
        notices.append(f"{last} is before {first}; notes on all days are shown.")
        first = last = None
    page = query.get("page", "1")
    asked = NoteQuery(
        query.get("q", "").strip()[:_LONGEST], None if wiki is None else wiki.project, kinds.get(kind), first, last,
        proposed=query.get("proposed") == "yes",
    )  # fmt: skip
    at = int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 7 else 1
    return NotesState(asked, max(1, at), query.get("reported") == "yes"), tuple(notices)


def _read_episode(query: QueryParams, explorer: Explorer, subject: Subject, notices: list[str]) -> Subject:
    """Read which busy spell a new note is to be about; one that is not this wiki's is left out."""
    text = query.get("episode", "")
    if not text:
        return subject
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    about = replace(subject, episode_id=int(text) if is_number else 0)
    try:
        check_episode(explorer.engine, about)
    except NoteError:
        notices.append(f"There is no busy spell {quote_value(text)} of this wiki; the note is about its days.")
        return subject
    return about


def _read_subject(query: QueryParams, catalogue: Catalogue, today: date) -> tuple[Subject, list[str]]:
    """Read what a new note is to be about; what cannot be used gives way to today, and to all wikis."""
    notices: list[str] = []
    kind, _, key = query.get("scope", "").partition(":")
    if "project" in query:
        kind, key = ScopeKind.WIKI, query["project"]
        meant = catalogue.resolve(key)
        key = key if meant is None else meant.project
    try:
        scope = check_scope(ScopeKind(kind), key, catalogue)
    except ValueError:
        notices.append("The address names no wiki: choose one and begin at its chart, or write a note on all wikis.")
        scope = check_scope(ScopeKind.ALL, "", catalogue)
    # One of the two alone means the same day or month.
    said = {"from": query.get("from") or query.get("to", ""), "to": query.get("to") or query.get("from", "")}
    first, last = (_read_day(said[key], notices, is_last=key == "to") for key in ("from", "to"))
    subject = Subject(scope, first or today, last or today)
    try:
        return check_subject(subject, today), notices
    except NoteError as error:
        notices.append(f"{str(error).capitalize()}.")
        return Subject(scope, today, today), notices


def _read_day(text: str, notices: list[str], *, is_last: bool) -> date | None:
    """Read a day, or a month as its first or last day."""
    if not text:
        return None
    try:
        day = date.fromisoformat(f"{text}-01" if len(text) == len("2025-11") else text)
    except ValueError:
        notices.append(f"{quote_value(text)} is no day, written like 2025-11-05; it was left out.")
        return None
    return end_of_month(day) if is_last and len(text) == len("2025-11") else day
