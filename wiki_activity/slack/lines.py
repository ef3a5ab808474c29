"""Lines of a message, each in Slack's mrkdwn and in plain text at once, so that the two cannot say different things."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

_SPACES = (*range(32), 127, 0x2028, 0x2029)
_OVERRIDES = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = dict.fromkeys(_SPACES, " ") | dict.fromkeys(_OVERRIDES, "")
"""What would break a line, or turn the writing direction of what follows."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Line:
    """The same words twice.

    Parameters
    ----------
    mrkdwn
        As a block shows it, escaped.
    plain
        As a terminal or a page shows it, not escaped.
    """

    mrkdwn: str = ""
    plain: str = ""

    def __add__(self, other: "Line | str") -> "Line":
        after = words(other) if isinstance(other, str) else other
        return Line(self.mrkdwn + after.mrkdwn, self.plain + after.plain)

    def __radd__(self, other: str) -> "Line":
        return words(other) + self

    def __bool__(self) -> bool:
        return bool(self.plain)


def escape(text: str) -> str:
    """Escape what Slack gives a meaning; nothing in the text can then become a link or call people."""
    return text.translate(_CONTROLS).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(text: str) -> Line:
    """Make a line of a text, whoever wrote it."""
    return Line(escape(text), text.translate(_CONTROLS))


def bold(line: Line | str) -> Line:
    """Make a line stand out."""
    inner = words(line) if isinstance(line, str) else line
    return Line(f"*{inner.mrkdwn}*", inner.plain)


def link(address: str, label: str) -> Line:
    """Link a label; in plain text only the label is left.

    Parameters
    ----------
    address
        Ours or Wikimedia's, with what comes from elsewhere quoted.
    """
    safe = address.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    # A bar would end the address in some of Slack's readers.
    shown = words(label)
    return Line(f"<{safe}|{shown.mrkdwn.replace('|', '¦')}>", shown.plain)


def moment(at: datetime, *, with_day: bool = False) -> Line:
    """Tell a time in the reader's own zone; in UTC where that is not known.

    Parameters
    ----------
    with_day
        Whether the day has to be told too.
    """
    utc = at.astimezone(UTC)
    day = f"{utc.day} {_MONTHS[utc.month - 1]} " if with_day else ""
    fallback = f"{day}{utc:%H:%M} UTC"
    form = "{date_short_pretty} {time}" if with_day else "{time}"
    return Line(f"<!date^{int(utc.timestamp())}^{form}|{fallback}>", fallback)


def time_span(first: datetime, last: datetime, *, with_day: bool = False) -> Line:
    """Tell from when to when; the day is told with the first, and with the last where it is another one."""
    other_day = first.astimezone(UTC).date() != last.astimezone(UTC).date()
    begin, end = moment(first, with_day=with_day), moment(last, with_day=with_day and other_day)
    return Line(f"{begin.mrkdwn}–{end.mrkdwn}", f"{begin.plain.removesuffix(' UTC')}–{end.plain}")


def join(separator: str, lines: Iterable[Line]) -> Line:
    """Join lines that say something; the separator is ours and may begin a new row."""
    parts = [line for line in lines if line]
    return Line(separator.join(one.mrkdwn for one in parts), separator.join(one.plain for one in parts))


def sentences(*lines: Line | str) -> Line:
    """Put sentences side by side, the empty ones left out."""
    return join(" ", [words(line) if isinstance(line, str) else line for line in lines])


def page_address(project: str, title: str) -> str:
    """Return the address of a wiki's page."""
    return f"https://{quote(project, safe='.-')}/wiki/{quote(title.replace(' ', '_'), safe='/:(),')}"


def history_address(project: str, title: str) -> str:
    """Return the address of a wiki's own history of a page."""
    name = quote(title.replace(" ", "_"), safe="/:(),")
    return f"https://{quote(project, safe='.-')}/w/index.php?title={name}&action=history"
