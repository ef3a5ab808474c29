"""What a report is about, read from its address and written back: wikis, months, the programme's own numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from wiki_activity.domain.months import MonthError, format_month, list_months, parse_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.problems import quote_value

KEYS = frozenset({"wiki", "family", "language", "from", "to", "edits", "people", "pages"})
MOST_WIKIS = 200
"""Named one by one; a family may have more."""
MOST_MONTHS = 120
_MOST = 10**12


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
        Months, both included.
    edits, people, pages
        The programme's own numbers; None where they are not given.
    """

    wikis: tuple[str, ...]
    family: str | None
    language: str | None
    first: date
    last: date
    edits: int | None = None
    people: int | None = None
    pages: int | None = None

    @property
    def months(self) -> list[date]:
        """The months, oldest first."""
        return list_months(self.first, self.last)

    def query(self) -> str:
        """Return what the address holds, in one order."""
        said: list[tuple[str, str]] = [("wiki", one) for one in self.wikis]
        rest = {"family": self.family, "language": self.language, "from": format_month(self.first),
                "to": format_month(self.last), "edits": self.edits, "people": self.people,
                "pages": self.pages}  # fmt: skip
        return urlencode(said + [(name, str(value)) for name, value in rest.items() if value is not None])

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
    first, last = (_read_month(query.get(key, ""), notices) for key in ("from", "to"))
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
    )
    return state, tuple(notices)


def _read_wikis(texts: Sequence[str], catalogue: Catalogue, notices: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in filter(None, (text.strip() for text in texts[: 2 * MOST_WIKIS])):
        wiki = catalogue.resolve(text) or next(iter(catalogue.find(text[:40], 1)), None)
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
    """Read a month; of a day its month, since counts are monthly."""
    if not text:
        return None
    try:
        return parse_month(text[: len("2025-11")])
    except MonthError:
        notices.append(f"{quote_value(text)} is no month from 2001-01 on, written like 2025-11; it was left out.")
        return None


def _read_number(text: str, key: str, notices: list[str]) -> int | None:
    digits = text.replace(",", "").replace(" ", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 12) or int(digits) > _MOST:
        notices.append(f"{quote_value(text)} is no number of {key}; it was left out.")
        return None
    return int(digits)
