"""What a report is about, read from its address and written back: wikis, months, the programme's own numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.months import EARLIEST_MONTH, MonthError, format_month, list_months, parse_month
from wiki_activity.domain.notes import end_of_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.meant_wikis import MeantWikis
from wiki_activity.explorer.problems import quote_value

DAY_KEYS = ("from_day", "to_day")
"""The form's days, which go before its months; addresses that we write have both in `from` and `to`."""
KEYS = frozenset({"wiki", "family", "language", "from", "to", *DAY_KEYS, "edits", "people", "pages"})
MOST_WIKIS = 200
"""Named one by one; a family may have more."""
MOST_MONTHS = 120
MOST_DAYS = 366
_MOST = 10**12
_DIGITS = len(str(_MOST))


@dataclass(frozen=True, slots=True)
class ReportState:
    """What a report is about.

    Parameters
    ----------
    wikis
        Named one by one, at most `MOST_WIKIS`; empty where a group is meant.
    family, language
        All of a family, all of a language, or both.
    first, last
        Months, both included; where it is about days, those that contain them.
    edits, people, pages
        The programme's own numbers; None where they are not given.
    days
        The days that it is about; None where it is about whole months.
    """

    wikis: tuple[str, ...]
    family: str | None
    language: str | None
    first: date
    last: date
    edits: int | None = None
    people: int | None = None
    pages: int | None = None
    days: DayRange | None = None

    @property
    def months(self) -> list[date]:
        """The months, oldest first."""
        return list_months(self.first, self.last)

    def query(self) -> str:
        """Return what the address holds, in one order."""
        said: list[tuple[str, str]] = [("wiki", one) for one in self.wikis]
        first, last = (
            (format_month(self.first), format_month(self.last))
            if self.days is None
            else (self.days.first.isoformat(), self.days.last.isoformat())
        )
        rest = {"family": self.family, "language": self.language, "from": first, "to": last,
                "edits": self.edits, "people": self.people, "pages": self.pages}  # fmt: skip
        return urlencode(said + [(name, str(value)) for name, value in rest.items() if value is not None])

    def by_months(self) -> "ReportState":
        """Return the same about the whole months that contain its days."""
        return replace(self, days=None)

    def address(self, path: str = "/report") -> str:
        """Return the address of the report, or of a file of it."""
        return f"{path}?{self.query()}"

    def choose(self, catalogue: Catalogue) -> list[Wiki]:
        """Return its wikis, biggest first."""
        if self.wikis:
            return [wiki for name, wiki in catalogue.wikis.items() if name in set(self.wikis)]
        if self.family is None and self.language is None:
            return []
        return [
            wiki
            for wiki in catalogue.wikis.values()
            if self.family in {None, wiki.family} and self.language in {None, wiki.language}
        ]

    def name(self, wikis: Sequence[Wiki]) -> str:
        """Name what it is about, for readers."""
        if len(wikis) == 1:
            return wikis[0].name
        if self.wikis or not wikis:
            return f"{len(wikis)} wikis"
        family = wording.FAMILIES.get(self.family or "", self.family or "wiki")
        return f"every {family} in {self.language}" if self.language else f"every {family}"


def read_report_state(query: QueryParams, catalogue: Catalogue, newest: date) -> tuple[ReportState, tuple[str, ...]]:
    """Read what is asked for; what cannot be used is left out or gives way to the newest month, with a notice."""
    notices: list[str] = []
    texts = [query.get(key, "") for key in DAY_KEYS]
    if not any(texts):
        texts = [query.get(key, "") for key in ("from", "to")]
    days = _read_days(texts, notices) if any(is_day(text) for text in texts) else None
    first, last = _read_months(texts, newest, notices) if days is None else contain(days)
    families = {wiki.family for wiki in catalogue.wikis.values()}
    languages = {wiki.language for wiki in catalogue.wikis.values()}
    state = ReportState(
        wikis=_read_wikis(query.getlist("wiki"), catalogue, notices),
        family=_read_choice(query.get("family", ""), "family", families, notices),
        language=_read_choice(query.get("language", ""), "language", languages, notices),
        first=first,
        last=last,
        edits=_read_number(query.get("edits", ""), "edits", notices),
        people=_read_number(query.get("people", ""), "people", notices),
        pages=_read_number(query.get("pages", ""), "pages", notices),
        days=days,
    )
    return state, tuple(notices)


def is_day(text: str) -> bool:
    """Tell whether a text is written as a day, `2026-10-05`, there be such a day or not."""
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip(), re.ASCII) is not None


def parse_edge(text: str, *, last: bool) -> date:
    """Read a day, or of a month its first or last day.

    Raises
    ------
    ValueError
        If it is neither, or before 2001.
    """
    if not is_day(text):
        month = parse_month(text)
        return end_of_month(month) if last else month
    day = date.fromisoformat(text.strip())
    if day < EARLIEST_MONTH:
        msg = f"{day} is before {EARLIEST_MONTH}"
        raise ValueError(msg)
    return day


def contain(days: DayRange) -> tuple[date, date]:
    """Return the first and the last month that contain some of the days."""
    return days.first.replace(day=1), days.last.replace(day=1)


def _read_days(texts: Sequence[str], notices: list[str]) -> DayRange | None:
    """Read two days, one of which may be a month or be missing; None where neither is a day that there is."""
    found: list[date | None] = []
    for at, text in enumerate(texts):
        try:
            found.append(parse_edge(text, last=at == 1) if text else None)
        except ValueError:
            notices.append(
                f"{quote_value(text)} is no day from 2001-01-01 on, written like 2025-11-09; it was left out."
            )
            found.append(None)
    first, last = found[0] or found[1], found[1] or found[0]
    if first is None or last is None:
        return None
    if last < first:
        notices.append(f"The range from {first} to {last} is backwards; it was turned round.")
        first, last = last, first
    if (last - first).days >= MOST_DAYS:
        notices.append(f"A report by day is on {MOST_DAYS} days at most; it begins with {first}.")
        last = first + timedelta(days=MOST_DAYS - 1)
    return DayRange(first, last)


def _read_months(texts: Sequence[str], newest: date, notices: list[str]) -> tuple[date, date]:
    # A day that there is not was told of before.
    first, last = (None if is_day(text) else _read_month(text, notices) for text in texts)
    begin = next(one for one in (first, last, newest) if one is not None)
    last = next(one for one in (last, first, newest) if one is not None)
    first = begin
    if last < first:
        notices.append(
            f"The range from {format_month(first)} to {format_month(last)} is backwards; it was turned round."
        )
        first, last = last, first
    if len(list_months(first, last)) > MOST_MONTHS:
        notices.append(f"A report is on {MOST_MONTHS} months at most; it begins with {format_month(first)}.")
        last = list_months(first, last)[MOST_MONTHS - 1]
    return first, last


def _read_wikis(texts: Sequence[str], catalogue: Catalogue, notices: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    meant = MeantWikis(catalogue, notices)
    for text in filter(None, (text.strip() for text in texts[: 2 * MOST_WIKIS])):
        wiki = catalogue.resolve(text) or catalogue.resolve_code(text) or meant.find(text)
        if wiki is None:
            notices.append(f"There is no wiki {quote_value(text)}; it was left out.")
        else:
            found[wiki.project] = None
    if len(found) > MOST_WIKIS or len(texts) > 2 * MOST_WIKIS:
        notices.append(f"A report names {MOST_WIKIS} wikis at most; the first {MOST_WIKIS} are in it.")
    return tuple(found)[:MOST_WIKIS]


def _read_choice(text: str, key: str, known: set[str], notices: list[str]) -> str | None:
    if text and text not in known:
        notices.append(f"There is no {key} {quote_value(text)}; it was left out.")
        return None
    return text or None


def _read_month(text: str, notices: list[str]) -> date | None:
    if not text:
        return None
    try:
        return parse_month(text)
    except MonthError:
        notices.append(f"{quote_value(text)} is no month from 2001-01 on, written like 2025-11; it was left out.")
        return None


def _read_number(text: str, key: str, notices: list[str]) -> int | None:
    digits = text.replace(",", "").replace(" ", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS) or int(digits) > _MOST:
        notices.append(f"{quote_value(text)} is no number of {key}; it was left out.")
        return None
    return int(digits)
