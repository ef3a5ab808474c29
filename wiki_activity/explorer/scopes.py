"""Which wikis a note is about: read from what a writer sent, and named for readers."""

from sqlalchemy import Engine

from wiki_activity.domain.note_text import NoteError
from wiki_activity.domain.notes import Scope, ScopeKind, Subject
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages import wording
from wiki_activity.storage.episode_table import read_episode


def check_scope(kind: ScopeKind, key: str, catalogue: Catalogue) -> Scope:
    """Return the scope of that kind whose wikis are known; wikis that have moved are named as they are now.

    Raises
    ------
    NoteError
        If it names a wiki, a language or a family that is not known, or names any where it is about all.
    """
    key = key.strip()
    if kind is ScopeKind.ALL:
        if key:
            msg = "a note on all wikis names none"
            raise NoteError("scope", msg)
        return Scope(kind, "")
    if kind in {ScopeKind.WIKI, ScopeKind.LIST}:
        projects = [catalogue.former.get(one, one) for one in key.split()]
        unknown = [one for one in projects if one not in catalogue.wikis]
        if unknown or not projects or (kind is ScopeKind.WIKI and len(projects) > 1):
            msg = f"there is no wiki {unknown[0][:100]!r}" if unknown else "name one wiki, or wikis of a list"
            raise NoteError("scope", msg)
        return Scope(kind, " ".join(sorted(set(projects))))
    own = {wiki.language if kind is ScopeKind.LANGUAGE else wiki.family for wiki in catalogue.wikis.values()}
    if key not in own:
        msg = f"there is no {kind} {key[:100]!r}"
        raise NoteError("scope", msg)
    return Scope(kind, key)


def check_episode(engine: Engine, subject: Subject) -> None:
    """Make sure that the busy spell that a note is about, where it is about one, is its wiki's.

    Raises
    ------
    NoteError
        If there is none of this number, or it is of another wiki than the one that the note is about.
    """
    if subject.episode_id is None:
        return
    episode = read_episode(engine, subject.episode_id)
    if episode is None or subject.scope != Scope.of_wiki(episode.project):
        msg = f"busy spell {subject.episode_id} is none of the wiki that the note is about"
        raise NoteError("episode_id", msg)


def name_scope(scope: Scope, catalogue: Catalogue) -> str:
    """Name a scope for readers: `Hindi Wikipedia`, `every Wikisource`, and so on."""
    match scope.kind:
        case ScopeKind.WIKI:
            wiki = catalogue.wikis.get(scope.key)
            return wiki.name if wiki else scope.key
        case ScopeKind.LANGUAGE:
            named = (wiki.autonym for wiki in catalogue.wikis.values() if wiki.language == scope.key)
            return f"all wikis in {next(named, scope.key)} ({scope.key})"
        case ScopeKind.FAMILY:
            return f"every {wording.FAMILIES.get(scope.key, scope.key)}"
        case ScopeKind.LIST:
            return f"{len(scope.projects)} wikis"
        case ScopeKind.ALL:
            return "all wikis"
