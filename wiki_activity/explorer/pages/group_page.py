"""`/g/{family}`, `/g/all` and `/mine`: many wikis at once."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.accounts.people import Person
from wiki_activity.explorer.api.many_series import MOST_WIKIS
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.group_state import (
    KEYS,
    MOST_NAMED,
    GroupState,
    NamedWikis,
    find_named,
    list_groups,
    read_group_state,
)
from wiki_activity.explorer.pages.group_view import describe_group
from wiki_activity.explorer.problems import ProblemError, quote_value
from wiki_activity.explorer.rendering import Place, knows_only, show_page
from wiki_activity.explorer.snapshot import Snapshot

router = APIRouter(include_in_schema=False)

ALL = "all"


@dataclass(frozen=True, slots=True)
class WikiGroup:
    """Wikis that have a page together: its address without what is counted, its name, and them, biggest first."""

    path: str
    name: str
    wikis: Sequence[Wiki]
    query: str = ""

    @property
    def address(self) -> str:
        """Of the page."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def write(self, ending: str) -> str:
        """Return the address of what is beside the page: its feed, and its picture."""
        return f"{self.path}/{ending}{f'?{self.query}' * bool(self.query)}"


@dataclass(frozen=True, slots=True)
class GroupPage:
    """What a page says of its wikis beside their numbers.

    Parameters
    ----------
    title
        The heading.
    star
        What the button keeps in *my wikis*; nothing where there is none.
    beside
        Whose feed and picture there are; None where there are no wikis.
    entries
        What the address names, of `/mine`: name for readers, and key.
    """

    title: str
    star: str = ""
    beside: WikiGroup | None = None
    entries: tuple[tuple[str, str], ...] = ()


def find_group(family: str, catalogue: Catalogue) -> WikiGroup:
    """Find the wikis of a family, or all.

    Raises
    ------
    ProblemError
        404 with the nearest matches, if there are none.
    """
    wikis = [wiki for wiki in catalogue.wikis.values() if family in {ALL, wiki.family}]
    if not wikis:
        raise unknown_group(family, catalogue)
    name = "All wikis" if family == ALL else wording.FAMILIES.get(family, family)
    return WikiGroup(f"/g/{quote(family)}", name, wikis)


def find_mine(names: Sequence[str], catalogue: Catalogue) -> WikiGroup:
    """Find the wikis that an address names, without guessing.

    Raises
    ------
    ProblemError
        422 if they are too many, 404 if none of them is known.
    """
    if len(names) > MOST_NAMED:
        detail = f"One request may name {MOST_NAMED} wikis; this one names {len(names):,}."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Too many wikis", detail)
    named = find_named(names, catalogue, guess=False)
    chosen = frozenset(named.projects)
    if not chosen:
        raise ProblemError(HTTPStatus.NOT_FOUND, "No wikis", "The address names no wiki that is known here.")
    wikis = [wiki for wiki in catalogue.wikis.values() if wiki.project in chosen]
    return _name_mine(named, wikis)


@router.get("/g/{family}", response_class=HTMLResponse, dependencies=[knows_only(*KEYS)])
async def show_group(
    request: Request, family: str, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show all wikis of a family, or all there are."""
    catalogue = snapshot.catalogue
    plain = family.strip().lower()
    families = {wiki.family for wiki in catalogue.wikis.values()}
    if plain != family and family not in families and plain in families:
        query = f"?{request.url.query}" * bool(request.url.query)
        return RedirectResponse(f"/g/{quote(plain)}{query}", HTTPStatus.MOVED_PERMANENTLY)
    found = find_group(family, catalogue) if catalogue.wikis else WikiGroup(f"/g/{quote(family)}", family, ())
    wikis = found.wikis
    group = GroupPage(found.name, "" if family == ALL else f"family:{family}", found if wikis else None)
    notices: list[str] = []
    members = {wiki.project: None for wiki in wikis}
    state = read_group_state(request.query_params, found.address, (), members, notices)
    return await show_wikis(request, person, explorer, snapshot, group, state, wikis, notices)


@router.get("/mine", response_class=HTMLResponse, dependencies=[knows_only("wiki", *KEYS)])
async def show_mine(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, person: PageReader
) -> Response:
    """Show the wikis that the address names; a script writes into it those that were kept on the reader's device."""
    catalogue = snapshot.catalogue
    named = find_named(request.query_params.getlist("wiki"), catalogue)
    chosen = frozenset(named.projects)
    wikis = [wiki for wiki in catalogue.wikis.values() if wiki.project in chosen]
    notices = list(named.notices)
    state = read_group_state(request.query_params, "/mine", named.names, dict.fromkeys(named.projects), notices)
    entries = tuple((name_entry(name, catalogue), name) for name in named.names)
    group = GroupPage("My wikis", beside=_name_mine(named, wikis) if wikis else None, entries=entries)
    return await show_wikis(request, person, explorer, snapshot, group, state, wikis, notices)


async def show_wikis(  # noqa: PLR0917 - which page, of what, for whom
    request: Request,
    person: Person | None,
    explorer: Explorer,
    snapshot: Snapshot,
    group: GroupPage,
    state: GroupState,
    wikis: Sequence[Wiki],
    notices: Sequence[str],
) -> Response:
    """Show a page of many wikis."""
    place = Place(state.path, state.address().partition("?")[2], lasts=state.path != "/mine", odd=bool(notices))
    version = make_version(snapshot, wikis)

    def describe() -> Mapping[str, object]:
        return {
            "words": wording,
            "group": group,
            "notices": notices,
            "g": describe_group(snapshot, explorer.settings.peak_detector, state, wikis),
            "most_named": MOST_NAMED,
            "csv": write_csv_address(wikis),
        }

    return await show_page(request, "group.html", place, person, version, describe)


def _name_mine(named: NamedWikis, wikis: Sequence[Wiki]) -> WikiGroup:
    return WikiGroup("/mine", "My wikis", wikis, GroupState("/mine", named.names).address().partition("?")[2])


def write_csv_address(wikis: Sequence[Wiki]) -> str:
    """Return the address of the counts of some wikis; nothing where these are more than one request may name."""
    if len(wikis) > MOST_WIKIS:
        return ""
    return "/api/v1/series.csv?" + urlencode([("project", wiki.project) for wiki in wikis])


def make_version(snapshot: Snapshot, wikis: Sequence[Wiki]) -> tuple[object, ...]:
    """Return what a page of some wikis is made of, as :func:`show_page` takes it."""
    states = tuple(snapshot.wiki(wiki.project).version for wiki in wikis)
    return (states, hash(tuple(wikis)), snapshot.catalogue.newest_month)


def name_entry(name: str, catalogue: Catalogue) -> str:
    """Name a wiki or a group for readers."""
    kind, _, key = name.partition(":")
    if kind == "family" and key:
        return f"all of {wording.FAMILIES.get(key, key)}"
    if kind == "lang" and key:
        own = next((wiki for wiki in catalogue.wikis.values() if wiki.language == key), None)
        return "all for many languages" if own is None or key == "mul" else f"all in {own.autonym}"
    return catalogue.wikis[name].name


def unknown_group(name: str, catalogue: Catalogue) -> ProblemError:
    """Make the answer for a group that does not exist."""
    plain = name.strip().casefold()[:80]
    families = [key.partition(":")[2] for key in list_groups(catalogue) if key.startswith("family:")]
    near = difflib.get_close_matches(plain, families, n=3, cutoff=0.5)
    alike = [(f"/g/{quote(family)}", wording.FAMILIES.get(family, family)) for family in near]
    if f"lang:{plain}" in list_groups(catalogue):
        alike.append((f"/lang/{quote(plain)}", f"all wikis of the language {plain}"))
    return ProblemError(
        HTTPStatus.NOT_FOUND,
        "No such group",
        f"There is no group of wikis {quote_value(name)}.",
        nearest=() if alike else catalogue.nearest(plain),
        alike=[*alike, ("/g/all", "All wikis")],
    )
