"""What people write about a month of a wiki, its revisions, and the rules for its text."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from wiki_activity.domain.counts import Metric

LABEL_MIN = 3
LABEL_MAX = 80
NOTE_MAX = 500
LINK_MAX = 500
REASON_MIN = 3
REASON_MAX = 200

_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Fillers that count as letters or marks and show nothing."""
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?\.?")


class AnnotationError(ValueError):
    """A text that cannot be kept.

    Parameters
    ----------
    field
        `label`, `note`, `link`, `kind` or `reason`.
    message
        What is wrong with it, for the writer.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AnnotationKind(StrEnum):
    """What made the month stand out, as the writer says."""

    EVENT = "event"
    CONTEST = "contest"
    BOT = "bot"
    IMPORT = "import"
    VANDALISM = "vandalism"
    OUTAGE = "outage"
    DATA_ERROR = "data-error"
    UNKNOWN = "unknown"


class AnnotationAction(StrEnum):
    """What a revision did."""

    CREATE = "create"
    EDIT = "edit"
    REVERT = "revert"
    HIDE = "hide"
    UNHIDE = "unhide"


@dataclass(frozen=True, slots=True)
class AnnotationText:
    """What is written: a label that is drawn on the chart, a note, an https source, and a kind."""

    label: str
    note: str
    link: str | None
    kind: AnnotationKind


@dataclass(frozen=True, slots=True)
class Annotation:
    """The newest revision of what is written about one month of one wiki in one metric.

    Parameters
    ----------
    id
        Its number.
    metric, project, month
        Its key; there need be no peak.
    version
        Number of the newest revision, which a change has to name.
    text
        None where it is kept from the reader.
    hidden
        Whether a reviewer has hidden it.
    author, at
        Of the newest revision; UTC.
    """

    id: int
    metric: Metric
    project: str
    month: date
    version: int
    text: AnnotationText | None
    hidden: bool
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """One step of an annotation's history.

    Parameters
    ----------
    number
        From 1, without gaps.
    text
        What was written from then on; None where it is kept from the reader.
    author, at
        Who did it, and when, UTC.
    action
        What they did.
    reason
        Why, where they said so.
    hidden
        Whether the annotation was hidden from then on.
    """

    number: int
    text: AnnotationText | None
    author: str
    at: datetime
    action: AnnotationAction
    reason: str | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One revision among those of all annotations.

    Parameters
    ----------
    annotation_id, metric, project, month
        What was changed.
    revision
        How; as everybody may see it.
    hidden
        Whether the annotation is hidden now.
    """

    annotation_id: int
    metric: Metric
    project: str
    month: date
    revision: Revision
    hidden: bool

    @property
    def cursor(self) -> tuple[datetime, int, int]:
        """Its place in the feed."""
        return (self.revision.at, self.annotation_id, self.revision.number)


def choose_notes(annotations: Iterable[Annotation], metric: Metric) -> dict[tuple[str, date], Annotation]:
    """Choose one annotation of each wiki's month, by project and month.

    What happened in a month is one story, whatever is counted of it: where nobody has told it of the metric that is
    looked at, what was told of another one stands.
    """
    chosen: dict[tuple[str, date], Annotation] = {}
    ranks = {one: rank for rank, one in enumerate([metric, *(one for one in Metric if one is not metric)])}
    for annotation in sorted(annotations, key=lambda one: ranks[one.metric]):
        chosen.setdefault((annotation.project, annotation.month), annotation)
    return chosen


def check_text(label: str, note: str, link: str | None, kind: str) -> AnnotationText:
    """Make a text of what somebody wrote: composed (NFC), without blanks at the ends, an empty link as none.

    Parameters
    ----------
    label
        One line of `LABEL_MIN` to `LABEL_MAX` characters.
    note
        At most `NOTE_MAX` characters; may have several lines.
    link
        An https address of at most `LINK_MAX` characters, without user or password.
    kind
        One of :class:`AnnotationKind`.

    Raises
    ------
    AnnotationError
        Naming the first field that breaks a rule, and a character that nobody could see as U+XXXX.
    """
    return AnnotationText(
        label=_check_length("label", _clean("label", label), LABEL_MIN, LABEL_MAX),
        note=_check_length("note", _clean("note", note.replace("\r\n", "\n"), but="\n"), 0, NOTE_MAX),
        link=_check_link(link) if link and link.strip() else None,
        kind=_check_kind(kind),
    )


def check_reason(reason: str) -> str:
    """Return a reason for hiding, unhiding or reverting, composed and without blanks at the ends.

    Raises
    ------
    AnnotationError
        If it is shorter than `REASON_MIN` or longer than `REASON_MAX`, or holds a character that nobody could see.
    """
    return _check_length("reason", _clean("reason", reason), REASON_MIN, REASON_MAX)


def _clean(field: str, text: str, but: str = "") -> str:
    clean = unicodedata.normalize("NFC", text).strip()
    for at, character in enumerate(clean):
        if character not in but and _is_refused(clean, at):
            name = unicodedata.name(character, "no visible character")
            msg = f"the {field} holds U+{ord(character):04X} ({name}) at position {at + 1}; take it out"
            raise AnnotationError(field, msg)
    return clean


def _is_refused(text: str, at: int) -> bool:
    character = text[at]
    if character in _JOINERS:
        # Persian, the scripts of India and many emoji cannot be written without them.
        return not (_can_be_joined(text[at - 1 : at]) and _can_be_joined(text[at + 1 : at + 2]))
    return character in _BLANKS or unicodedata.category(character) in _REFUSED_CATEGORIES


def _can_be_joined(character: str) -> bool:
    return character > "\u007f" and unicodedata.category(character)[0] in "LMS"


def _check_length(field: str, text: str, least: int, most: int) -> str:
    if len(text) < least:
        msg = f"the {field} needs at least {least} characters; it has {len(text)}"
        raise AnnotationError(field, msg)
    if len(text) > most:
        msg = f"the {field} may have at most {most:,} characters; it has {len(text):,}"
        raise AnnotationError(field, msg)
    return text


def _check_link(link: str) -> str:
    clean = _check_length("link", _clean("link", link), 0, LINK_MAX)
    try:
        parts = urlsplit(clean)
        # Reading the port refuses one that is no number.
        host = parts.hostname if parts.port != 0 else None
    except ValueError as error:
        msg = "the source is no web address"
        raise AnnotationError("link", msg) from error
    if parts.scheme != "https":
        msg = "the source must be a web address that starts with https://"
        raise AnnotationError("link", msg)
    if "@" in parts.netloc:
        msg = "the source may hold no user name or password"
        raise AnnotationError("link", msg)
    # Browsers take a backslash for a slash, and would go to another host than the one read here.
    if host is None or not _HOST.fullmatch(host) or re.search(r"[\s\\<>\"`]", clean):
        msg = "the source is no web address: write it as https://host/path, without blanks"
        raise AnnotationError("link", msg)
    return clean


def _check_kind(kind: str) -> AnnotationKind:
    try:
        return AnnotationKind(kind)
    except ValueError as error:
        msg = f"the kind must be one of {', '.join(AnnotationKind)}"
        raise AnnotationError("kind", msg) from error
