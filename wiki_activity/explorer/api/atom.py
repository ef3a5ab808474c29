"""Feeds as Atom (RFC 4287): that of all changes, and those of months that stood out or have a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from wiki_activity.domain.months import name_days
from wiki_activity.domain.notes import Change, NoteAction
from wiki_activity.explorer.api.peak import link_to_note
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.scopes import name_scope
from wiki_activity.explorer.xml_text import clean

ATOM = "application/atom+xml; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DONE = {
    NoteAction.CREATE: "was noted",
    NoteAction.PROPOSE: "was proposed",
    NoteAction.PUBLISH: "was published",
    NoteAction.REJECT: "was rejected",
    NoteAction.EDIT: "was changed",
    NoteAction.REVERT: "was set back",
    NoteAction.HIDE: "was hidden",
    NoteAction.UNHIDE: "was shown again",
}


def write_feed(explorer: Explorer, catalogue: Catalogue, changes: Sequence[Change]) -> bytes:
    """Write the changes, newest first, as a feed."""
    register_namespace("", _NAMESPACE)
    address = f"{explorer.settings.explorer_url}/api/v1/annotations.atom"
    feed = Element(_name("feed"))
    _add(feed, "id", address)
    _add(feed, "title", "What happened on Wikimedia’s wikis")
    _add(feed, "updated", _write_moment(changes[0].revision.at if changes else _EPOCH))
    SubElement(feed, _name("link"), rel="self", type="application/atom+xml", href=address)
    SubElement(feed, _name("link"), rel="alternate", type="text/html", href=f"{explorer.settings.explorer_url}/notes")
    for change in changes:
        _add_entry(explorer, catalogue, feed, change)
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


@dataclass(frozen=True, slots=True)
class MonthEntry:
    """One month of one wiki in a feed.

    Parameters
    ----------
    page
        Its address, whole.
    key
        Its address without what is counted, by which readers know it again.
    title, content
        In words.
    updated
        When there was last something new of it, UTC.
    author
        Who wrote the note; empty where there is none.
    category
        What the note says it was; empty where there is none.
    """

    page: str
    key: str
    title: str
    content: str
    updated: datetime
    author: str = ""
    category: str = ""


def write_months(address: str, page: str, title: str, entries: Sequence[MonthEntry]) -> bytes:
    """Write months in their order as the feed of an address; `page` is the same for people."""
    register_namespace("", _NAMESPACE)
    feed = Element(_name("feed"))
    _add(feed, "id", address)
    _add(feed, "title", title)
    _add(feed, "updated", _write_moment(max((one.updated for one in entries), default=_EPOCH)))
    _add(SubElement(feed, _name("author")), "name", "Wiki activity")
    _add(feed, "rights", "CC0 1.0")
    SubElement(feed, _name("link"), rel="self", type="application/atom+xml", href=address)
    SubElement(feed, _name("link"), rel="alternate", type="text/html", href=page)
    for one in entries:
        entry = SubElement(feed, _name("entry"))
        _add(entry, "id", one.key)
        _add(entry, "title", one.title)
        _add(entry, "updated", _write_moment(one.updated))
        if one.author:
            _add(SubElement(entry, _name("author")), "name", one.author)
        if one.category:
            SubElement(entry, _name("category"), term=one.category)
        SubElement(entry, _name("link"), rel="alternate", type="text/html", href=one.page)
        _add(entry, "content", one.content).set("type", "text")
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(explorer: Explorer, catalogue: Catalogue, feed: Element, change: Change) -> None:
    revision = change.revision
    subject = revision.subject
    page = link_to_note(explorer, change)
    entry = SubElement(feed, _name("entry"))
    _add(entry, "id", f"{page}#revision-{revision.number}")
    label = revision.text.label if revision.text else "A text that readers do not see"
    whose = f"{name_scope(subject.scope, catalogue)}, {name_days(subject.first, subject.last)}"
    _add(entry, "title", f"{whose}: {label} {_DONE[revision.action]}")
    _add(entry, "updated", _write_moment(revision.at))
    _add(SubElement(entry, _name("author")), "name", revision.author)
    SubElement(entry, _name("link"), rel="alternate", type="text/html", href=page)
    if revision.text is not None:
        SubElement(entry, _name("category"), term=revision.text.kind)
        if revision.text.link:
            SubElement(entry, _name("link"), rel="related", href=clean(revision.text.link))
    parts = (revision.text.note if revision.text else "", f"Reason: {revision.reason}" if revision.reason else "")
    _add(entry, "content", "\n\n".join(part for part in parts if part)).set("type", "text")


def _add(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, _name(name))
    child.text = clean(text)
    return child


def _write_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _name(tag: str) -> str:
    return f"{{{_NAMESPACE}}}{tag}"
