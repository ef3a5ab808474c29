"""Who stayed: how many of the accounts that were made on a wiki in some days still edit weeks later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import sqrt
from typing import Final

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.months import EARLIEST_MONTH, name_days
from wiki_activity.domain.sentences import format_count

FEW: Final = 10
"""Of fewer accounts no figures are told: they would be about single people."""
SAMPLE: Final = 400
"""So many accounts are asked about, eight requests a window; of as many or fewer all are, and figures are exact."""
USUAL_SAMPLE: Final = 100
"""Of each of the ranges that are usual."""
ACTIVE_EDITS: Final = 5
LONGEST_DAYS: Final = 92
"""The longest range: after that the first accounts of it have been there too long to be held beside the last ones."""
_WEEKS_BEFORE: Final = 13
"""So that all windows of what is usual have ended by the last day itself."""
_Z: Final = 1.96


class Window(StrEnum):
    """Days after the last day of a range, the last one excluded."""

    FIRST = "7-30"
    SECOND = "30-60"
    THIRD = "60-90"

    @property
    def since(self) -> int:
        """The day on which it begins."""
        return int(self.value.partition("-")[0])

    @property
    def until(self) -> int:
        """The day on which it has ended."""
        return int(self.value.partition("-")[2])

    def between(self, last: date) -> tuple[datetime, datetime]:
        """Return its first moment and that of its end, half-open, UTC, after a last day."""
        end = start_of_day(last + timedelta(days=1))
        return end + timedelta(days=self.since), end + timedelta(days=self.until)

    def known_from(self, last: date) -> date:
        """Return the day on which it has ended, UTC."""
        return last + timedelta(days=1 + self.until)


@dataclass(frozen=True, slots=True)
class Stayed:
    """How many accounts were asked about, and how many of them made one content edit or more, and five or more."""

    asked: int
    editing: int
    active: int

    @property
    def share(self) -> float | None:
        """The share that still edits, 0 to 1; None where too few were asked about."""
        return self.editing / self.asked if self.asked >= FEW else None


@dataclass(frozen=True, slots=True)
class Retention:
    """What is known of one window of the accounts of a range of days.

    Parameters
    ----------
    project, days, window
        Which wiki, on which days the accounts were made (UTC, both included), and when they were looked at.
    accounts
        How many were made on the wiki; None where that is not known yet.
    estimated
        Whether that is an estimate, from parts of the log.
    found
        None where it is not known yet, could not be read, or the accounts are too few to be told of.
    usual
        The same of the ranges of :func:`list_usual` together; None where it is not known.
    asked_at
        UTC; None where nobody has been asked yet.
    error, usual_error
        Why `found` or `usual` could not be read.
    """

    project: str
    days: DayRange
    window: Window
    accounts: int | None = None
    estimated: bool = False
    found: Stayed | None = None
    usual: Stayed | None = None
    asked_at: datetime | None = None
    error: str | None = None
    usual_error: str | None = None

    @property
    def is_few(self) -> bool:
        """Whether the accounts are too few to be told of."""
        return self.accounts is not None and self.accounts < FEW

    @property
    def known_from(self) -> date:
        """The day on which the window has ended, UTC."""
        return self.window.known_from(self.days.last)

    @property
    def margin(self) -> float | None:
        """The share is right within this in 19 of 20 cases; 0 where all accounts were asked about, None of no share."""
        if self.found is None or self.accounts is None or self.found.share is None:
            return None
        return find_margin(self.found.editing, self.found.asked, max(self.accounts, self.found.asked))


class RangeError(ValueError):
    """Days of which nobody can be asked who stayed."""


def check_days(days: DayRange, today: date) -> DayRange:
    """Return days that may be asked about.

    Raises
    ------
    RangeError
        If they are backwards, too many, too early, or have not all come.
    """
    if days.last < days.first:
        msg = f"the range is reversed: from {days.first} to {days.last}"
        raise RangeError(msg)
    if days.last - days.first >= timedelta(days=LONGEST_DAYS):
        msg = f"the range has {(days.last - days.first).days + 1} days; it may have {LONGEST_DAYS}"
        raise RangeError(msg)
    if days.first < EARLIEST_MONTH or days.last >= today:
        msg = f"days from {EARLIEST_MONTH} to yesterday can be asked about, not {days.first} to {days.last}"
        raise RangeError(msg)
    return days


def list_usual(days: DayRange) -> list[DayRange]:
    """List the three ranges beside which one is held: as many days, on the same days of the week, 13 weeks before on.

    Each is at least four weeks before the next. Their accounts are as old in the windows as those of the range itself,
    which those of whole months would not be; and all of it has happened when the range ends, so it is asked for once.
    """
    apart = max(4, -(-((days.last - days.first).days + 1) // 7))
    shifts = [timedelta(weeks=_WEEKS_BEFORE + at * apart) for at in range(3)]
    return [DayRange(days.first - shift, days.last - shift) for shift in shifts]


def add_up(parts: Sequence[Stayed]) -> Stayed:
    """Add up what is known of several ranges."""
    return Stayed(sum(one.asked for one in parts), sum(one.editing for one in parts), sum(one.active for one in parts))


def find_margin(editing: int, asked: int, accounts: int) -> float:
    """Find how far a share may be from that of all accounts, in 19 of 20 cases: the wider half of Wilson's interval.

    Without replacement: `asked` of `accounts` say as much as more of endlessly many; all of them leave nothing open.
    """
    if asked >= accounts:
        return 0.0
    size = asked * (accounts - 1) / (accounts - asked)
    share, z2 = editing / asked, _Z**2
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = _Z * sqrt(share * (1 - share) / size + z2 / (4 * size**2)) / (1 + z2 / size)
    return max(middle + half - share, share - middle + half)


def start_of_day(day: date) -> datetime:
    """Return the first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def describe_retention(one: Retention) -> str:
    """Say it in a sentence, like "31 of 212 accounts made here in March 2026 still edited 7 to 30 days after"."""
    made = f"made here {_say_when(one.days)}"
    when = _say_window(one.window)
    if one.is_few:
        return f"Fewer than ten accounts were {made}: too few for figures."
    if one.found is None:
        if one.error is not None:
            return f"Not known, since it could not be read: how many of the accounts {made} still edited {when}."
        # True before that day, and after it for as long as nobody has asked.
        asked = f"that is asked for from {_say_day(one.known_from)} on"
        return f"Not known yet: how many of the accounts {made} still edit {when}; {asked}."
    margin, found = one.margin or 0.0, one.found
    if not margin:
        told = f"{format_count(found.editing)} of {format_count(found.asked)} accounts {made} still edited {when}"
        return f"{told} ({_percent(found.share)}), {_say_active(one)}; {_say_usual(one)}."
    of = f"{'about ' if one.estimated else ''}{format_count(one.accounts or 0)} accounts {made}"
    told = f"About {_percent(found.share)} (± {100 * margin:.0f}) of {of} still edited {when}, by a sample"
    return f"{told} of {format_count(found.asked)}; {_say_active(one)}; {_say_usual(one)}."


def describe_windows(windows: Sequence[Retention]) -> list[str]:
    """Say all windows of the accounts of some days: the first one in a sentence, the others in few words after it."""
    if not windows:
        return []
    told = [describe_retention(windows[0])]
    for one in windows[1:]:
        when, margin = _say_window(one.window).capitalize(), one.margin or 0.0
        if one.is_few:
            continue
        if one.found is None:
            rest = "could not be read" if one.error is not None else f"asked for from {_say_day(one.known_from)} on"
            told.append(f"{when}: {rest}.")
        else:
            share, editing = _percent(one.found.share), format_count(one.found.editing)
            part = f"about {share} (± {100 * margin:.0f})" if margin else f"{editing} ({share})"
            told.append(f"{when}: {part}, {_say_active(one)}; {_say_usual(one)}.")
    return told


def _say_window(window: Window) -> str:
    return f"{window.since} to {window.until} days after"


def _say_day(day: date) -> str:
    return name_days(day, day)


def _say_active(one: Retention) -> str:
    """Say how many made five edits or more; as a share where it is of a sample."""
    if one.found is None:
        return ""
    if one.margin:
        return f"{_percent(one.found.active / one.found.asked)} with five edits or more"
    return f"{format_count(one.found.active) if one.found.active else 'none'} with five edits or more"


def _say_usual(one: Retention) -> str:
    usual = None if one.usual is None else one.usual.share
    return "what is usual is not known" if usual is None else f"usual {_percent(usual)}"


def _say_when(days: DayRange) -> str:
    named = name_days(days.first, days.last)
    if " to " in named:
        return f"from {named}"
    return f"on {named}" if days.first == days.last else f"in {named}"


def _percent(share: float | None) -> str:
    if share is None:
        return "some"
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
