"""Which wikis a note is about: read from what a writer sent, and named for readers."""

import re
from typing import Final

from sqlalchemy import Engine

from wiki_activity.domain.note_text import NoteError
from wiki_activity.domain.notes import MOST_LISTED, Scope, ScopeKind, Subject
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages import wording
from wiki_activity.storage.episode_table import read_episode

_BETWEEN: Final = re.compile(r"[,;\n،、，]")
_MOST_NAMED: Final = 4


def check_scope(kind: ScopeKind, key: str, catalogue: Catalogue) -> Scope:
    """Return the scope of that kind whose wikis are known; wikis that have moved are named as they are now.

    A list may be of names, codes and addresses.

    Raises
    ------
    NoteError
        If it names a wiki, a language or a family that is not known, too many wikis, or any where it is about all.
    """
    key = key.strip()
    if kind is ScopeKind.ALL:
        if key:
            msg = "a note on all wikis names none"
            raise NoteError("scope", msg)
        return Scope(kind, "")
    if kind is ScopeKind.LIST:
        return Scope(kind, " ".join(sorted({_find_wiki(name, catalogue).project for name in _split(key, catalogue)})))
    if kind is ScopeKind.WIKI:
        project = catalogue.former.get(key, key)
        if project not in catalogue.wikis:
            msg = f"there is no wiki {key[:100]!r}" if key else "name one wiki"
            raise NoteError("scope", msg)
        return Scope(kind, project)
    own = {wiki.language if kind is ScopeKind.LANGUAGE else wiki.family for wiki in catalogue.wikis.values()}
    if key not in own:
        msg = f"there is no {kind} {key[:100]!r}"
        raise NoteError("scope", msg)
    return Scope(kind, key)


def _split(key: str, catalogue: Catalogue) -> list[str]:
    """Split a list at commas and line breaks, one without any at blanks where each part is a wiki's address."""
    names = [name for part in _BETWEEN.split(key) if (name := part.strip())]
    if not names:
        msg = "name the wikis, with commas between them"
        raise NoteError("scope", msg)
    words = key.split()
    is_plain = len(names) == 1 and all(catalogue.resolve(word) for word in words)
    # To look for names takes a while.
    names = list(dict.fromkeys(words if is_plain else names))
    if len(names) > MOST_LISTED:
        msg = f"a note names at most {MOST_LISTED} wikis"
        raise NoteError("scope", msg)
    return names


def _find_wiki(name: str, catalogue: Catalogue) -> Wiki:
    wiki = catalogue.resolve_name(name)
    if wiki is None:
        near = " or ".join(one.project for one in catalogue.nearest(name, 2))
        hint = f"; did you mean {near}?" if near else ""
        msg = f"there is no one wiki {name[:100]!r}{hint}"
        raise NoteError("scope", msg)
    return wiki


def check_episode(engine: Engine, subject: Subject) -> None:
    """Make sure that the busy spell that a note is about, where it is about one, is its wiki's and of its days.

    Raises
    ------
    NoteError
        If there is none of this number, or it is of another wiki or on other days than the note.
    """
    if subject.episode_id is None:
        return
    episode = read_episode(engine, subject.episode_id)
    if episode is None or subject.scope != Scope.of_wiki(episode.project):
        msg = f"busy spell {subject.episode_id} is none of the wiki that the note is about"
        raise NoteError("episode_id", msg)
    first, last = episode.days
    if subject.last < first or subject.first > last:
        msg = f"the busy spell was on {first}" if first == last else f"the busy spell went from {first} to {last}"
        raise NoteError("first", msg)


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
            names = [wiki.name if (wiki := catalogue.wikis.get(one)) else one for one in scope.projects]
            if len(names) > _MOST_NAMED:
                return f"{', '.join(names[: _MOST_NAMED - 1])} and {len(names) - _MOST_NAMED + 1} other wikis"
            return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
        case ScopeKind.ALL:
            return "all wikis"
