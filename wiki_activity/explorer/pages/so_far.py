"""The running month on a wiki's page: in a sentence, what has to be said beside it, and a drawing."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from wiki_activity.domain.month_so_far import Basis, MonthSoFar
from wiki_activity.domain.months import name_month
from wiki_activity.explorer.rendering import format_moment

WIDTH = 1000
HEIGHT = 90
_TOP = 6


@dataclass(frozen=True, slots=True)
class SoFarView:
    """What the template shows.

    Parameters
    ----------
    heading, sentence, remarks, usual_words
        In words.
    last_day
        The day of now.
    line, usual
        Paths in a box of `WIDTH` × `HEIGHT` from the month's begin to now: edits so far, to be drawn dotted, and the
        usual way; empty where it is not known.
    rows
        The days so far, newest first, and the edits up to the end of each.
    """

    heading: str
    sentence: str
    remarks: tuple[str, ...]
    line: str
    usual: str
    usual_words: str
    last_day: int
    rows: tuple[tuple[int, int], ...]


def describe_so_far(so_far: MonthSoFar, *, namespaces_known: bool) -> SoFarView:
    """Return what a wiki's page says of the month that has not ended."""
    month = name_month(so_far.month).split()[0]
    line, usual = draw_so_far(so_far, WIDTH, HEIGHT, _TOP)
    return SoFarView(
        heading=f"{month} so far",
        sentence=_write_sentence(so_far, month),
        remarks=tuple(_list_remarks(so_far, namespaces_known=namespaces_known)),
        line=line,
        usual=usual,
        usual_words=_tell_usual(so_far),
        last_day=so_far.until.day,
        rows=tuple(enumerate(so_far.by_day, 1))[so_far.unseen_days :][::-1],
    )


def _write_sentence(so_far: MonthSoFar, month: str) -> str:
    day, times = so_far.until.day, so_far.times
    edits, word = f"{so_far.edits:,}", "edit" if so_far.edits == 1 else "edits"
    if so_far.hours_missing and times is not None:
        return (
            f"{month} so far: at least {edits} {word} without bots by day {day}, "
            f"about {format_times(times)}× the usual by this day."
        )
    if so_far.hours_missing:
        return f"{month} so far: at least {edits} {word} without bots by day {day}."
    if times is not None:
        return (
            f"{month} so far: {edits} {word} without bots by day {day}, "
            f"about {format_times(times)}× the usual by this day."
        )
    return f"{month} so far: {edits} {word} without bots by day {day}."


def _tell_usual(so_far: MonthSoFar) -> str:
    return f"the usual way, to {so_far.usual_by_day[-1]:,.0f} at the month’s end" if so_far.usual_by_day else ""


def format_times(times: float) -> str:
    """Write how many times the usual it is, `1.7`; large ones without a fraction."""
    return f"{times:.1f}" if times < 9.95 else f"{times:,.0f}"


def _list_remarks(so_far: MonthSoFar, *, namespaces_known: bool) -> list[str]:
    source = (
        f"Counted from the live stream up to {format_moment(so_far.until)}. It is not judged as a month: "
        "Wikimedia’s own count comes once the month is over."
    )
    remarks = [source]
    if so_far.hours_missing:
        remarks.append(
            f"{so_far.hours_missing:,} of its {so_far.hours:,} hours {'was' if so_far.hours_missing == 1 else 'were'} "
            "not seen whole, so there may be more edits"
            f"{'; for the comparison these hours are taken out' if so_far.times is not None else ''}."
        )
    if so_far.basis is Basis.DAYS:
        remarks.append(f"The usual is the median of {so_far.months} earlier months of the stream, each up to this day.")
    elif so_far.basis is Basis.MONTHS and so_far.share is not None:
        remarks.append(
            "The stream was not counted for two whole months yet: the usual comes from Wikimedia’s monthly counts, "
            f"of which the stream had {100 * so_far.share:.0f} % in a month that both counted."
        )
    else:
        remarks.append(
            "What is usual by this day is not known yet: the stream has to be counted for two whole months, or for one "
            "that Wikimedia has published too."
        )
    if not namespaces_known:
        remarks.append("Articles alone are counted: this wiki has not said yet what else it calls content.")
    return remarks


def draw_so_far(so_far: MonthSoFar, width: int, height: int, margin: int) -> tuple[str, str]:
    """Draw edits from the month's begin to now, and the usual way, as paths in a box; the latter may be empty."""
    begin = datetime.combine(so_far.month, time(), UTC)
    now = (so_far.until - begin) / timedelta(days=1)
    top = max(so_far.edits, so_far.usual or 0, 1)

    def place(day: float, edits: float) -> str:
        return f"{day / now * width:.1f} {height - edits / top * (height - margin):.1f}"

    ends = [min(day, now) for day in range(1, len(so_far.by_day) + 1)]
    # Nothing is drawn of days that were not seen.
    ways = list(zip(ends, so_far.by_day, strict=True))[so_far.unseen_days :]
    points = [place(min(so_far.unseen_days, now), 0), *(place(day, edits) for day, edits in ways)]
    if so_far.usual is None:
        return "M" + "L".join(points), ""
    usual = [place(day, edits) for day, edits in enumerate((0, *so_far.usual_by_day)) if day < now]
    return "M" + "L".join(points), "M" + "L".join([*usual, place(now, so_far.usual)])
