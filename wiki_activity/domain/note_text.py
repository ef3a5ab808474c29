"""The text of a note, and the rules for it."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

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


class NoteError(ValueError):
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


class NoteKind(StrEnum):
    """What happened, as the writer says."""

    EVENT = "event"
    CONTEST = "contest"
    BOT = "bot"
    IMPORT = "import"
    VANDALISM = "vandalism"
    OUTAGE = "outage"
    DATA_ERROR = "data-error"
    DEFINITION_CHANGE = "definition-change"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NoteText:
    """What is written: a label that is drawn on the chart, a note, an https source, and a kind."""

    label: str
    note: str
    link: str | None
    kind: NoteKind


def check_text(label: str, note: str, link: str | None, kind: str) -> NoteText:
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
        One of :class:`NoteKind`.

    Raises
    ------
    NoteError
        Naming the first field that breaks a rule, and a character that nobody could see as U+XXXX.
    """
    return NoteText(
        label=_check_length("label", _clean("label", label), LABEL_MIN, LABEL_MAX),
        note=_check_length("note", _clean("note", note.replace("\r\n", "\n"), but="\n"), 0, NOTE_MAX),
        link=_check_link(link) if link and link.strip() else None,
        kind=_check_kind(kind),
    )


def check_reason(reason: str) -> str:
    """Return a reason for hiding, unhiding or reverting, composed and without blanks at the ends.

    Raises
    ------
    NoteError
        If it is shorter than `REASON_MIN` or longer than `REASON_MAX`, or holds a character that nobody could see.
    """
    return _check_length("reason", _clean("reason", reason), REASON_MIN, REASON_MAX)


def _clean(field: str, text: str, but: str = "") -> str:
    clean = unicodedata.normalize("NFC", text).strip()
    for at, character in enumerate(clean):
        if character not in but and _is_refused(clean, at):
            name = unicodedata.name(character, "no visible character")
            msg = f"the {field} holds U+{ord(character):04X} ({name}) at position {at + 1}; take it out"
            raise NoteError(field, msg)
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
        raise NoteError(field, msg)
    if len(text) > most:
        msg = f"the {field} may have at most {most:,} characters; it has {len(text):,}"
        raise NoteError(field, msg)
    return text


def _check_link(link: str) -> str:
    clean = _check_length("link", _clean("link", link), 0, LINK_MAX)
    try:
        parts = urlsplit(clean)
        # Reading the port refuses one that is no number.
        host = parts.hostname if parts.port != 0 else None
    except ValueError as error:
        msg = "the source is no web address"
        raise NoteError("link", msg) from error
    if parts.scheme != "https":
        msg = "the source must be a web address that starts with https://"
        raise NoteError("link", msg)
    if "@" in parts.netloc:
        msg = "the source may hold no user name or password"
        raise NoteError("link", msg)
    # Browsers take a backslash for a slash, and would go to another host than the one read here.
    if host is None or not _HOST.fullmatch(host) or re.search(r"[\s\\<>\"`]", clean):
        msg = "the source is no web address: write it as https://host/path, without blanks"
        raise NoteError("link", msg)
    return clean


def _check_kind(kind: str) -> NoteKind:
    try:
        return NoteKind(kind)
    except ValueError as error:
        msg = f"the kind must be one of {', '.join(NoteKind)}"
        raise NoteError("kind", msg) from error
