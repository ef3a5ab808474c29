"""The top lists of the simulated metrics service: pages and editors by edits, and pages by views."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.months import shift_month
from wiki_activity.simulator.activity import EDITOR_TYPES
from wiki_activity.simulator.evidence.causes import CauseKind
from wiki_activity.simulator.evidence.edits import DayEdits, EditSource
from wiki_activity.simulator.evidence.pages import number_cause_page
from wiki_activity.simulator.evidence.plan import CONTENT, OTHER
from wiki_activity.simulator.evidence.revisions import RevisionReader
from wiki_activity.simulator.publication import number_month

ROWS: Final = 100
VIEWED_ROWS: Final = 1000
_MOST_EDITS: Final = 8_000_000
"""Of a month: only Wikidata and Commons have more."""
_KEPT_LISTS: Final = 256
_CLASSES: Final = {"content": (CONTENT,), "non-content": (OTHER,), "all-page-types": (CONTENT, OTHER)}
Row = dict[str, Any]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list is asked for: of a wiki's column, a month or a day of it, and types of editors and pages."""

    column: int
    month: date
    day: int | None
    editor_type: str
    page_type: str


@dataclass(frozen=True, slots=True)
class TopLists:
    """Makes top lists, and keeps the newest ones of one edition; several threads may ask.

    Parameters
    ----------
    source
        Makes the edits.
    """

    source: EditSource
    _kept: OrderedDict[tuple[object, ...], list[Row]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def list_pages(self, asked: Asked) -> list[Row]:
        """List pages by edits; those that were deleted since are left out, as are their editors in the other list."""
        return self._keep("pages", asked)

    def list_editors(self, asked: Asked) -> list[Row]:
        """List editors by edits; addresses have no name, temporary accounts do."""
        return self._keep("editors", asked)

    def list_views(self, column: int, month: date) -> list[Row]:
        """List articles by views in a month."""
        reader = RevisionReader(self.source, column)
        size = reader.pages.wiki.size
        views = {(place * 7919) % 5_000: 40 * size / (place + 3) ** 0.7 for place in range(VIEWED_ROWS)}
        for place, cause in enumerate(self.source.causes.list_month(reader.pages.wiki.host, month)):
            if cause.kind is CauseKind.NEWS:
                seen = number_cause_page(0, number_month(month), place + 1, np.arange(3))
                views |= {int(page): 30 * size / (1 + at) for at, page in enumerate(seen)}
        named = {reader.name_page(page, canonical=True): round(count) for page, count in views.items()}
        named |= {"Main Page": round(90 * size), "Special:Search": round(60 * size)}
        ranked = sorted(named.items(), key=lambda one: (-one[1], one[0]))[:VIEWED_ROWS]
        return [
            {"article": title.replace(" ", "_"), "views": count, "rank": place + 1}
            for place, (title, count) in enumerate(ranked)
        ]

    def is_too_long(self, asked: Asked) -> bool:
        """Tell whether a list is of more edits than the service can go through in its five seconds."""
        total = int(self.source.publication.total_month(asked.column, number_month(asked.month)).sum())
        return total > _MOST_EDITS * (1 if asked.day is None else 31)

    def _keep(self, what: str, asked: Asked) -> list[Row]:
        key = what, asked, self.source.publication.edition
        with self._lock:
            if key not in self._kept:
                # Who asks for one of them asks for the other one soon, and the days are at hand.
                edition = self.source.publication.edition
                pages, users = self._count(asked)
                self._kept["pages", asked, edition] = self._list_pages(asked, *pages)
                self._kept["editors", asked, edition] = self._list_editors(asked, *users)
                while len(self._kept) > _KEPT_LISTS:
                    self._kept.popitem(last=False)
            return self._kept[key]

    def _list_pages(self, asked: Asked, pages: Numbers, counts: Numbers) -> list[Row]:
        reader = RevisionReader(self.source, asked.column)
        return [
            {"page_title": reader.name_page(int(page), canonical=True).replace(" ", "_"), "edits": int(count)}
            | {"rank": place + 1}
            for place, (page, count) in enumerate(zip(pages, counts, strict=True))
        ]

    def _list_editors(self, asked: Asked, users: Numbers, counts: Numbers) -> list[Row]:
        reader = RevisionReader(self.source, asked.column)
        names = [reader.name_user(int(user)) for user in users]
        return [
            {"user_text": name if user > 0 or name.startswith("~") else None, "edits": int(count), "rank": place + 1}
            for place, (user, name, count) in enumerate(zip(users, names, counts, strict=True))
        ]

    def _count(self, asked: Asked) -> tuple[tuple[Numbers, Numbers], tuple[Numbers, Numbers]]:
        """Return which pages, and who, have the most edits, and how many, the most first."""
        pages, users = [], []
        for day in self._walk(asked):
            chosen = _choose(day, asked)
            pages.append(np.unique(day.page[chosen], return_counts=True))
            users.append(np.unique(day.user[chosen], return_counts=True))
        return _add_up(pages), _add_up(users)

    def _walk(self, asked: Asked) -> Iterator[DayEdits]:
        if asked.day is not None:
            yield self.source.list_day(asked.column, asked.month.replace(day=asked.day))
            return
        for day in range((shift_month(asked.month, 1) - asked.month).days):
            yield self.source.list_day(asked.column, asked.month + timedelta(days=day))


def _choose(day: DayEdits, asked: Asked) -> NDArray[np.bool_]:
    chosen = day.exists & np.isin(day.pages, _CLASSES[asked.page_type])
    if asked.editor_type != "all-editor-types":
        chosen &= day.kind == EDITOR_TYPES.index(asked.editor_type)
    return chosen


def _add_up(counted: list[tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
    """Add up the counts of days; returns those with the most, and their counts."""
    keys, places = np.unique(np.concatenate([one[0] for one in counted]), return_inverse=True)
    totals = np.bincount(places, np.concatenate([one[1] for one in counted])).astype(np.int64)
    order = np.lexsort((keys, -totals))[:ROWS]
    return keys[order], totals[order]
