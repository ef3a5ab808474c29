"""What a page of many wikis shows, read from its address and written back into links: the address is the state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import MonthError, format_month, parse_month
from wiki_activity.domain.names import is_group
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.pages.meant_wikis import MeantWikis
from wiki_activity.explorer.problems import quote_value

MOST_NAMED: Final = 200
"""Wikis and groups that one request may name."""
MOST_TOGETHER: Final = 12
"""Wikis on one chart."""
PAGE: Final = 100
"""Small drawings on one page."""
_LONGEST_NAME = 80

KEYS: Final = ("metric", "sort", "page", "vs", "as", "at", "from", "to")
"""Of addresses; any other leads to the same without it."""

Choice = TypeVar("Choice", bound=StrEnum)


class MemberSort(StrEnum):
    """In which order the wikis stand."""

    STOOD_OUT = "stood_out"
    SIZE = "size"
    NAME = "name"


class Measure(StrEnum):
    """How wikis of different sizes are laid out on one chart."""

    INDEX = "index"
    """100 in a month that is chosen."""
    SHARE = "share"
    """In percent of all the page's wikis together."""
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class GroupState:
    """What is shown.

    Parameters
    ----------
    path
        Of the page.
    names
        The wikis and groups (`lang:hi`, `family:wikisource`) that the address names; of `/mine` alone.
    metric, sort, measure
        As chosen.
    page
        Of the small drawings, from 1 on.
    together
        Wikis on one chart; none for the biggest ones.
    base
        The month that is 100; None for the first one shown.
    first, last
        Months, both included; None for five years, up to the newest.
    """

    path: str
    names: tuple[str, ...] = ()
    metric: Metric = Metric.EDITS
    sort: MemberSort = MemberSort.STOOD_OUT
    page: int = 1
    together: tuple[str, ...] = ()
    measure: Measure = Measure.INDEX
    base: date | None = None
    first: date | None = None
    last: date | None = None

    def address(self, **changes: object) -> str:
        """Return the address of this state, or of one that differs in some fields; defaults are left out."""
        state = replace(self, **changes)  # type: ignore[arg-type]
        query = "&".join(filter(None, (_write_names(state.names), urlencode(state.query("wiki")))))
        return f"{self.path}?{query}" if query else self.path

    def query(self, *but: str) -> list[tuple[str, str]]:
        """Return what an address holds after its question mark, in one order; some keys may be left out."""
        said = [("wiki", name) for name in self.names if "wiki" not in but]
        said += [("metric", self.metric.value)] * (self.metric is not Metric.EDITS)
        said += [("sort", self.sort.value)] * (self.sort is not MemberSort.STOOD_OUT)
        said += [("page", str(self.page))] * (self.page > 1)
        said += [("vs", name) for name in self.together]
        said += [("as", self.measure.value)] * (self.measure is not Measure.INDEX)
        months = {"at": self.base, "from": self.first, "to": self.last}
        said += [(key, format_month(month)) for key, month in months.items() if month is not None]
        return [(key, value) for key, value in said if key not in but]


def read_group_state(
    query: QueryParams, path: str, names: Sequence[str], members: Mapping[str, object], notices: list[str]
) -> GroupState:
    """Read a state; what cannot be used gives way to its default with a notice.

    Parameters
    ----------
    query
        What came after the question mark.
    path, names
        As in :class:`GroupState`.
    members
        The wikis of the page.
    notices
        Gets a sentence for each thing that was not taken as written.
    """
    first, last = (_read_month(query.get(key, ""), notices) for key in ("from", "to"))
    if first is not None and last is not None and last < first:
        notices.append(f"The range from {format_month(first)} to {format_month(last)} is reversed; it was left out.")
        first = last = None
    wanted = list(dict.fromkeys(filter(None, query.getlist("vs"))))
    together = [name for name in wanted if name in members]
    strangers = len(wanted) - len(together)
    if strangers:
        notices.append(f"{quote_value(next(one for one in wanted if one not in members))} is none of these wikis.")
    if len(together) > MOST_TOGETHER:
        notices.append(f"At most {MOST_TOGETHER} wikis fit on one chart; the first {MOST_TOGETHER} are shown.")
    return GroupState(
        path=path,
        names=tuple(names),
        metric=_read_choice(query, "metric", Metric.EDITS, notices),
        sort=_read_choice(query, "sort", MemberSort.STOOD_OUT, notices),
        page=_read_page(query.get("page", ""), len(members), notices),
        together=tuple(together[:MOST_TOGETHER]),
        measure=_read_choice(query, "as", Measure.INDEX, notices),
        base=_read_month(query.get("at", ""), notices),
        first=first,
        last=last,
    )


@dataclass(frozen=True, slots=True)
class NamedWikis:
    """The wikis that an address names.

    Parameters
    ----------
    names
        Projects and groups, each once, in the order written.
    projects
        All wikis that these mean, in the same order.
    notices
        What was not taken as written, in sentences.
    unknown
        Texts that name nothing.
    """

    names: tuple[str, ...]
    projects: tuple[str, ...]
    notices: tuple[str, ...]
    unknown: tuple[str, ...]


def find_named(written: Sequence[str], catalogue: Catalogue, *, guess: bool = True) -> NamedWikis:
    """Find the wikis that are meant: by address, database, old address or group; by `guess` also by a search."""
    names: dict[str, None] = {}
    notices: list[str] = []
    unknown: list[str] = []
    meant = MeantWikis(catalogue, notices, guess=guess)
    texts = list(dict.fromkeys(filter(None, (text.strip()[:_LONGEST_NAME] for text in written[:MOST_NAMED]))))
    if len(written) > MOST_NAMED:
        notices.append(f"One page may name {MOST_NAMED} wikis; the first {MOST_NAMED} are shown.")
    groups = list_groups(catalogue)
    for text in texts:
        plain = text.lower()
        if is_group(plain) and plain != "*":
            if plain in groups:
                names[plain] = None
            else:
                unknown.append(text)
            continue
        wiki = meant.find(text)
        if wiki is None:
            unknown.append(text)
        else:
            names[wiki.project] = None
    if unknown:
        more = f", nor {len(unknown) - 1:,} others that were named" if len(unknown) > 1 else ""
        notices.append(f"There is no wiki {quote_value(unknown[0])}{more}.")
    projects = dict.fromkeys(project for name in names for project in groups.get(name, (name,)))
    return NamedWikis(tuple(names), tuple(projects), tuple(notices), tuple(unknown))


def list_groups(catalogue: Catalogue) -> Mapping[str, Sequence[str]]:
    """List the projects of each group by its name: `lang:hi`, `family:wikisource`."""
    groups: dict[str, list[str]] = {}
    for wiki in catalogue.wikis.values():
        for name in (f"lang:{wiki.language}", f"family:{wiki.family}"):
            groups.setdefault(name, []).append(wiki.project)
    return groups


@lru_cache(maxsize=64)
def _write_names(names: tuple[str, ...]) -> str:
    # A page of many has them in each of its links.
    return urlencode([("wiki", name) for name in names], safe=":")


def _read_choice(query: QueryParams, key: str, default: Choice, notices: list[str]) -> Choice:
    text = query.get(key, "")
    choices = {one.value: one for one in type(default)}
    if text and text not in choices:
        notices.append(f"There is no {key} {quote_value(text)}; it can be {' or '.join(choices)}.")
    return choices.get(text, default)


def _read_month(text: str, notices: list[str]) -> date | None:
    if not text:
        return None
    try:
        return parse_month(text)
    except MonthError:
        notices.append(f"{quote_value(text)} is no month from 2001-01 on, written like 2024-05; it was left out.")
        return None


def _read_page(text: str, members: int, notices: list[str]) -> int:
    if not text:
        return 1
    pages = max(1, -(-members // PAGE))
    if text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= pages:
        return int(text)
    notices.append(f"There is no page {quote_value(text)}; the last one is {pages}. Shown is the first.")
    return 1
