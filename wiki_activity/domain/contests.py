"""Contests and campaigns that come back each year: when they usually are, and where their edits land.

None of it says that one is on: a wiki's own past has to show that it takes part (:func:`find_expected`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

COMMONS: Final = "commons.wikimedia.org"
_WIKIDATA: Final = "www.wikidata.org"
_WIKIPEDIAS: Final = ".wikipedia.org"
_LEAST_YEARS: Final = 2


@dataclass(frozen=True, slots=True)
class Contest:
    """One of them.

    Parameters
    ----------
    name
        For readers.
    months
        Numbers of the months in which it usually is.
    since
        Its first year.
    url
        A page about it.
    where
        The wiki that its edits land on, or how the names of such wikis end.
    hashtags
        By which its edits are known, lower case; many are counted without any.
    """

    name: str
    months: frozenset[int]
    since: int
    url: str
    where: str = _WIKIPEDIAS
    hashtags: frozenset[str] = frozenset()

    def lands_on(self, project: str) -> bool:
        """Tell whether its edits land on a wiki; its pages may announce it on many others."""
        return project.endswith(self.where)


def _meta(page: str) -> str:
    return f"https://meta.wikimedia.org/wiki/{page}"


def _commons(page: str) -> str:
    return f"https://{COMMONS}/wiki/Commons:{page}"


CONTESTS: Final = (
    Contest("#1Lib1Ref", frozenset({1, 2, 5, 6}), 2016, _meta("The_Wikipedia_Library/1Lib1Ref"),
            hashtags=frozenset({"1lib1ref", "1bib1ref"})),
    Contest("Wikipedia’s birthday", frozenset({1}), 2002, _meta("Wikipedia_Day")),
    Contest("Feminism and Folklore", frozenset({2, 3}), 2020, _meta("Feminism_and_Folklore")),
    Contest("Art+Feminism", frozenset({3}), 2014, _meta("Art%2BFeminism"),
            hashtags=frozenset({"artandfeminism", "art+feminism"})),
    Contest("WikiGap", frozenset({3}), 2018, _meta("WikiGap"), hashtags=frozenset({"wikigap"})),
    Contest("Wikimedia CEE Spring", frozenset({3, 4, 5}), 2015, _meta("Wikimedia_CEE_Spring"),
            hashtags=frozenset({"ceespring", "cee_spring"})),
    Contest("Wikipedia Pages Wanting Photos", frozenset({7, 8}), 2020, _meta("Wikipedia_Pages_Wanting_Photos"),
            hashtags=frozenset({"wpwp", "wpwpcampaign"})),
    Contest("Wikipedia Asian Month", frozenset({11}), 2015, _meta("Wikipedia_Asian_Month")),
    Contest("Wikidata’s birthday", frozenset({10}), 2012, "https://www.wikidata.org/wiki/Wikidata:Birthday", _WIKIDATA),
    Contest("Wiki Loves Folklore", frozenset({2, 3}), 2019, _commons("Wiki_Loves_Folklore"), COMMONS),
    Contest("Wiki Loves Africa", frozenset({2, 3, 4}), 2014, _commons("Wiki_Loves_Africa"), COMMONS),
    Contest("Wiki Loves Earth", frozenset({5, 6, 7}), 2013, _commons("Wiki_Loves_Earth"), COMMONS),
    Contest("Wiki Loves Monuments", frozenset({9}), 2010, _commons("Wiki_Loves_Monuments"), COMMONS),
)  # fmt: skip
"""In the order of the year, those of Commons last."""


@dataclass(frozen=True, slots=True)
class ExpectedContest:
    """A contest, and the months of earlier years in which this wiki showed it, oldest first.

    Parameters
    ----------
    tagged
        Whether edits carried its hashtag then; else the wiki was merely busy in the same month of these years.
    """

    contest: Contest
    before: tuple[date, ...]
    tagged: bool


def find_expected(
    project: str, month: date, hashtags: Mapping[date, Collection[str]], peaks: Collection[date]
) -> list[ExpectedContest]:
    """Find the contests that a wiki's own earlier years let one expect in a month.

    Parameters
    ----------
    hashtags
        By month, what edits of its peaks carried, lower case.
    peaks
        Months in which it was unusually busy.
    """
    found = []
    for contest in CONTESTS:
        if month.month not in contest.months or month.year < contest.since or not contest.lands_on(project):
            continue
        tagged = tuple(
            sorted(
                at
                for at, tags in hashtags.items()
                if at.year < month.year and at.month in contest.months and not contest.hashtags.isdisjoint(tags)
            )
        )
        same = {at for at in peaks if at.month == month.month and contest.since <= at.year < month.year}
        if tagged:
            found.append(ExpectedContest(contest, tagged, tagged=True))
        elif len(same) >= _LEAST_YEARS:
            found.append(ExpectedContest(contest, tuple(sorted(same)), tagged=False))
    return found
