"""The edits of the simulated wikis, day by day, made anew from the seed to the numbers of each month's plan."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.domain.months import EARLIEST_MONTH
from wiki_activity.simulator.activity import EDITOR_TYPES, HORIZON
from wiki_activity.simulator.evidence.carrying import Crowd, choose_crowd, draw_carrying
from wiki_activity.simulator.evidence.causes import CauseKind, Causes, PlantedCause
from wiki_activity.simulator.evidence.cohorts import DAY_SECONDS, LONGEST_STAY_DAYS, Cohort, make_cohort
from wiki_activity.simulator.evidence.pages import Pages, find_existing
from wiki_activity.simulator.evidence.people import (
    GROUP_BOTS_FROM,
    MONTH_OF_ACCOUNTS,
    NAME_BOTS_FROM,
    begin_month,
)
from wiki_activity.simulator.evidence.plan import CONTENT, OTHER, MonthPlan, make_plan
from wiki_activity.simulator.publication import Publication, number_month
from wiki_activity.simulator.wiki_catalogue import SimulatedWiki

REVISIONS_A_DAY: Final = 2_000_000
"""Room for ids of revisions."""
_KEPT_EDITS: Final = 2_000_000
_NEWCOMERS_AT_MOST: Final = 0.5
"""Share of a day's usual edits of accounts that new ones may have."""
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DayEdits:
    """The edits of one wiki on one day by time; all arrays have one entry for each.

    Parameters
    ----------
    plan
        Of the month.
    time
        Epoch seconds.
    kind, pages, part
        Type of editor, class of page and part, as in the plan.
    user, page
        Numbers as in `people` and `pages`.
    noise
        From this follows all else of an edit.
    exists
        Whether the page was not deleted since.
    first_revision
        Id of the first edit; the others follow it.
    """

    plan: MonthPlan
    time: Numbers
    kind: NDArray[np.int8]
    pages: NDArray[np.int8]
    part: NDArray[np.int8]
    user: Numbers
    page: Numbers
    noise: Numbers
    exists: NDArray[np.bool_]
    first_revision: int


class EditSource:
    """Makes the edits of one day after another; several threads may ask.

    Parameters
    ----------
    publication
        Has the counts.
    causes
        What made months busier.
    seed
        Same seed, same edits.
    """

    def __init__(self, publication: Publication, causes: Causes, seed: int) -> None:
        self.publication = publication
        self.causes = causes
        self.seed = seed
        self._lock = threading.RLock()
        self._days: OrderedDict[tuple[int, date], DayEdits] = OrderedDict()
        self._cohorts: OrderedDict[tuple[int, int], Cohort] = OrderedDict()
        self._edition = publication.edition

    def find_wiki(self, column: int) -> SimulatedWiki:
        """Return the wiki of a column."""
        return self.publication.wikis[column]

    def plan_month(self, column: int, month: int, totals: Numbers | None = None) -> MonthPlan:
        """Plan a month, counted from 2001-01; for other totals than its own (4, 2) if they are given."""
        if totals is None:
            totals = self.publication.total_month(column, month)
        first = begin_month(month)
        causes = self.causes.list_month(self.find_wiki(column).host, first)
        return make_plan(
            first, totals, self.publication.find_extra(column, month), causes, self.publication.key_of([column])
        )

    def list_day(self, column: int, day: date) -> DayEdits:
        """List the edits of a day."""
        with self._lock:
            if self._edition != self.publication.edition:
                self._days.clear()
                self._cohorts.clear()
                self._edition = self.publication.edition
            key = column, day
            if key not in self._days:
                self._days[key] = self._make_day(column, day)
                while len(self._days) > 1 and sum(len(one.time) for one in self._days.values()) > _KEPT_EDITS:
                    self._days.popitem(last=False)
            self._days.move_to_end(key)
            return self._days[key]

    def walk_days(self, column: int, start: float, end: float) -> Iterator[DayEdits]:
        """Walk over the days from an epoch second to another, backwards where the end is before the start."""
        first, last = (datetime.fromtimestamp(one, UTC).date() for one in (start, end))
        step = timedelta(days=1 if first <= last else -1)
        horizon = begin_month(HORIZON)
        for count in range(abs((last - first).days) + 1):
            day = first + count * step
            if EARLIEST_MONTH <= day < horizon:
                yield self.list_day(column, day)

    def find_cohort(self, column: int, month: int) -> Cohort:
        """Find the accounts made on a wiki in a month."""
        with self._lock:
            key = column, month
            if key not in self._cohorts:
                begin = int(datetime.combine(begin_month(month), datetime.min.time(), UTC).timestamp())
                plan = self.plan_month(column, month)
                accounts = self.publication.total_new_users(column, month)
                self._cohorts[key] = make_cohort(plan, begin, accounts, self._key(column, month))
                if len(self._cohorts) > 64:
                    self._cohorts.popitem(last=False)
            return self._cohorts[key]

    def _key(self, column: int, *more: int) -> list[int]:
        # A wiki's place may depend on how many there are, its name does not.
        return [self.seed, *self.find_wiki(column).host.encode(), *more]

    def _make_day(self, column: int, day: date) -> DayEdits:
        month = number_month(day)
        plan = self.plan_month(column, month)
        counts = plan.counts[:, :, :, day.day - 1]
        begin = int(datetime.combine(day, datetime.min.time(), UTC).timestamp())
        rng = np.random.default_rng(self._key(column, 42, month, day.day))
        kind, pages, part = np.unravel_index(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape)
        time = begin + rng.integers(0, DAY_SECONDS, len(kind))
        order = np.argsort(time, kind="stable")
        time, kind, pages, part = time[order], kind[order], pages[order], part[order]
        wiki_pages = Pages(self.find_wiki(column))
        page = np.zeros(len(time), dtype=np.int64)
        for which in (CONTENT, OTHER):
            chosen = pages == which
            page[chosen] = wiki_pages.draw(rng, int(chosen.sum()), content=which == CONTENT)
        user = self._draw_usual(column, month, kind, rng)
        usual = rng.permutation(np.flatnonzero((kind == 0) & (part == 0)))
        usual = usual[: int(_NEWCOMERS_AT_MOST * len(usual))]
        times, editors = self._find_newcomers(column, month, begin, len(usual))
        time[usual[: len(times)]], user[usual[: len(times)]] = times, editors
        for place, cause in enumerate(plan.causes):
            crowd = self._choose_crowd(column, month, plan, place)
            for row in range(len(EDITOR_TYPES)):
                for which in (CONTENT, OTHER):
                    chosen = np.flatnonzero((part == place + 1) & (kind == row) & (pages == which))
                    if len(chosen):
                        user[chosen], page[chosen] = draw_carrying(
                            cause, crowd, (row, which), time[chosen], usual_pages=page[chosen], rng=rng
                        )
        order = np.argsort(time, kind="stable")
        parts = part.astype(np.int8)[order]
        page = page[order]
        return DayEdits(
            plan=plan,
            time=time[order],
            kind=kind.astype(np.int8)[order],
            pages=pages.astype(np.int8)[order],
            part=parts,
            user=user[order],
            page=page,
            noise=rng.integers(0, 2**32, len(time)),
            exists=find_existing(page, _find_attacks(parts, plan.causes)),
            first_revision=(day - EARLIEST_MONTH).days * REVISIONS_A_DAY + 1,
        )

    def _draw_usual(self, column: int, month: int, kind: NDArray[np.intp], rng: np.random.Generator) -> Numbers:
        user = np.zeros(len(kind), dtype=np.int64)
        firsts = (1, 0, GROUP_BOTS_FROM, NAME_BOTS_FROM)
        for row, (name, first, power) in enumerate(zip(EDITOR_TYPES, firsts, (2.4, 1.3, 2.0, 2.0), strict=True)):
            chosen = kind == row
            most = max(1, int(self.publication.activity.editors[name][month, column]))
            places = (most * rng.random(int(chosen.sum())) ** power).astype(np.int64)
            user[chosen] = -(month * MONTH_OF_ACCOUNTS + 1 + places) if name == "anonymous" else first + places
        return user

    def _find_newcomers(self, column: int, month: int, begin: int, most: int) -> tuple[Numbers, Numbers]:
        """Find what accounts edit that were made in the last months, on the day that begins in an epoch second."""
        times, editors = [], []
        for back in range(min(month, LONGEST_STAY_DAYS // 30 + 1) + 1):
            cohort = self.find_cohort(column, month - back)
            first, last = np.searchsorted(cohort.edit_times, [begin, begin + DAY_SECONDS])
            times.append(cohort.edit_times[first:last])
            editors.append(cohort.editors[first:last])
        return np.concatenate(times)[:most], np.concatenate(editors)[:most]

    def _choose_crowd(self, column: int, month: int, plan: MonthPlan, place: int) -> Crowd:
        residents = max(1, int(self.publication.activity.editors["user"][month, column]))
        rng = np.random.default_rng(self._key(column, 43, month, place))
        return choose_crowd(
            plan, place, month=month, residents=residents, cohort=self.find_cohort(column, month), rng=rng
        )


def _find_attacks(part: NDArray[np.int8], causes: tuple[PlantedCause, ...]) -> NDArray[np.bool_]:
    attacks = [place + 1 for place, cause in enumerate(causes) if cause.kind is CauseKind.REVERTS]
    return np.isin(part, attacks)
