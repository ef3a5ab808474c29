"""The days of a report: their totals where all of them are known of every wiki, else what is known instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.months import name_days
from wiki_activity.domain.report import CountsOf, Line, add_up_days
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.known_days import DaySource, WikiKnownDays

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class ReportDays:
    """What is known of a report's days.

    Parameters
    ----------
    days
        Which.
    wikis
        Each wiki's days, by project.
    counts
        The counts of each wiki by day, of the days and those that they are held against.
    lacking
        Projects of which not all of the days are known.
    lines
        The totals; empty where any wiki lacks a day.
    """

    days: DayRange
    wikis: Mapping[str, WikiKnownDays]
    counts: Mapping[str, CountsOf]
    lacking: Sequence[str]
    lines: Sequence[Line]

    def tell_unknown(self, wikis: Sequence[Wiki]) -> list[str]:
        """Say since when days are known of the wikis that lack any; nothing where none does."""
        lacking = [wiki for wiki in wikis if wiki.project in set(self.lacking)]
        told = [_tell_known(wiki.name, self.wikis[wiki.project].find_known()) for wiki in lacking[:_MOST_NAMED]]
        if len(lacking) > _MOST_NAMED:
            told.append(f"Of {len(lacking) - _MOST_NAMED:,} more wikis not all of these days are known either.")
        return told

    def tell_sources(self) -> list[str]:
        """Say who counted the days, and those that they are held against."""
        if not self.lines:
            return []
        now, before = self._find_sources(self.days), set[DaySource]()
        for compared in (self.days.find_year_before(), self.days.find_weeks_before()):
            before |= self._find_sources(compared)
        told = [_TOLD[frozenset(now)]]
        if before - now or (len(now) > 1 and before):
            told.append(
                "Not all days that are compared were counted by the same: Wikimedia’s own counts and the live stream’s "
                "may differ by some percent."
            )
        return told

    def _find_sources(self, days: DayRange) -> set[DaySource]:
        listed = days.list()
        return {source for one in self.wikis.values() for day in listed if (source := one.source_of(day)) is not None}


_TOLD: Final[Mapping[frozenset[DaySource], str]] = {
    frozenset({DaySource.WIKIMEDIA}): "These days are Wikimedia’s own counts.",
    frozenset({DaySource.STREAM}): "These days are as the live stream had them: edits that were deleted since are in.",
    frozenset(DaySource): "Some of these days are Wikimedia’s own counts, and the others are as the live stream had "
    "them: edits that were deleted since are in those.",
}


def find_days(wikis: Mapping[str, WikiKnownDays], days: DayRange) -> ReportDays:
    """Find out what is known of the days of some wikis, by project; there must be one wiki and one day at least."""
    period = days.list()
    lacking = [name for name, one in wikis.items() if any(one.source_of(day) is None for day in period)]
    if lacking:
        return ReportDays(days, wikis, {name: one.read for name, one in wikis.items()}, lacking, ())
    needed = {*period, *days.find_year_before().list(), *days.find_weeks_before().list()}
    counts = {name: {day: one.read(day) for day in needed}.get for name, one in wikis.items()}
    return ReportDays(days, wikis, counts, (), add_up_days(counts, days))


def _tell_known(name: str, known: DayRange | None) -> str:
    if known is None:
        return (
            f"Days of {name} are not known: Wikimedia’s are kept of the wikis of this installation and of those that "
            "somebody with an account starred, and those of the live stream since it is watched."
        )
    first, last = (name_days(day, day) for day in (known.first, known.last))
    return (
        f"Not all of these days are known of {name}: its days are known from {first} to {last}, "
        "but for those of which the live stream was not watched from end to end."
    )
