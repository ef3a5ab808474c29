"""What caused the simulated peaks: the truth that findings are judged against, set by hand or drawn from the seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.simulator.planting import PlantedPeak


class CauseKind(StrEnum):
    """What may have made a month busier."""

    CAMPAIGN_HASHTAG = "campaign_hashtag"
    CAMPAIGN = "campaign"
    PROGRAMME = "programme"
    BOT_TASK = "bot_task"
    FLAGGED_BOT_TASK = "flagged_bot_task"
    IMPORT = "import"
    TRANSLATION = "translation"
    NEWS = "news"
    REVERTS = "reverts"
    FEW_PEOPLE = "few_people"
    TOOLS = "tools"
    NEWCOMER_TASKS = "newcomer_tasks"
    MANY_ACCOUNTS = "many_accounts"
    NOTHING = "nothing"


LENGTHS: Final = {
    CauseKind.CAMPAIGN_HASHTAG: 20,
    CauseKind.CAMPAIGN: 24,
    CauseKind.PROGRAMME: 25,
    CauseKind.BOT_TASK: 6,
    CauseKind.FLAGGED_BOT_TASK: 6,
    CauseKind.IMPORT: 3,
    CauseKind.TRANSLATION: 20,
    CauseKind.NEWS: 4,
    CauseKind.REVERTS: 4,
    CauseKind.FEW_PEOPLE: 26,
    CauseKind.TOOLS: 12,
    CauseKind.NEWCOMER_TASKS: 26,
    CauseKind.MANY_ACCOUNTS: 7,
    CauseKind.NOTHING: 1,
}
"""Days from its first to its last one, unless they are given."""
NAMES: Final = {
    CauseKind.CAMPAIGN_HASHTAG: ("#WPWP", "#1Lib1Ref", "#WikiGap", "#WikiForHumanRights", "#VisibleWikiWomen"),
    CauseKind.CAMPAIGN: ("Wikipedia Asian Month", "Feminism and Folklore", "CEE Spring", "Women in Red"),
    CauseKind.PROGRAMME: ("Library Skills Course", "Medical Students Edit", "Museum Edit-a-thons"),
    CauseKind.BOT_TASK: ("Robot: adding missing references", "task 3: date format"),
    CauseKind.FLAGGED_BOT_TASK: ("Bot: moving categories", "Bot: archiving links"),
    CauseKind.IMPORT: ("en",),
    CauseKind.TRANSLATION: ("contenttranslation",),
    CauseKind.NEWS: ("Harbour bridge collapse", "Snap election", "Comet over the lake", "Death of a painter"),
    CauseKind.REVERTS: ("mw-reverted",),
    CauseKind.FEW_PEOPLE: ("a small group",),
    CauseKind.TOOLS: ("OAuth CID: 1805", "AWB", "OAuth CID: 1352", "HotCat"),
    CauseKind.NEWCOMER_TASKS: ("newcomer task",),
    CauseKind.MANY_ACCOUNTS: ("new accounts",),
    CauseKind.NOTHING: ("",),
}
RAISED_TYPES: Final = {CauseKind.FLAGGED_BOT_TASK: "group-bot", CauseKind.REVERTS: "anonymous"}
"""The type of editor whose edits a cause raises, where it is not `user`."""
CARRYING_TYPES: Final = {
    CauseKind.FLAGGED_BOT_TASK: ("group-bot",),
    CauseKind.REVERTS: ("user", "anonymous"),
    CauseKind.NEWS: ("user", "anonymous"),
}
"""Whose extra edits may carry it, where it is not `user` alone."""
ON_OTHER_PAGES: Final = frozenset(
    {
        CauseKind.CAMPAIGN_HASHTAG,
        CauseKind.CAMPAIGN,
        CauseKind.PROGRAMME,
        CauseKind.REVERTS,
        CauseKind.FEW_PEOPLE,
        CauseKind.MANY_ACCOUNTS,
    }
)
"""Causes of which also the extra edits of pages without content bear the mark."""
NEW_ACCOUNTS: Final = {
    CauseKind.CAMPAIGN_HASHTAG: 0.3,
    CauseKind.CAMPAIGN: 0.3,
    CauseKind.PROGRAMME: 0.5,
    CauseKind.NEWCOMER_TASKS: 0.4,
    CauseKind.MANY_ACCOUNTS: 0.8,
}
"""Share of the month's new accounts that come for the cause."""
_DRAWN: Final = {
    "bot_run": ((CauseKind.FLAGGED_BOT_TASK, 1.0),),
    "more_people": (
        (CauseKind.CAMPAIGN_HASHTAG, 0.25),
        (CauseKind.CAMPAIGN, 0.2),
        (CauseKind.PROGRAMME, 0.15),
        (CauseKind.NEWS, 0.15),
        (CauseKind.MANY_ACCOUNTS, 0.1),
        (CauseKind.NOTHING, 0.15),
    ),
    "same_people": (
        (CauseKind.FEW_PEOPLE, 0.25),
        (CauseKind.TOOLS, 0.2),
        (CauseKind.BOT_TASK, 0.15),
        (CauseKind.TRANSLATION, 0.15),
        (CauseKind.IMPORT, 0.1),
        (CauseKind.NOTHING, 0.15),
    ),
    "logged_out_wave": ((CauseKind.REVERTS, 0.5), (CauseKind.NEWS, 0.3), (CauseKind.NOTHING, 0.2)),
}


@dataclass(frozen=True, slots=True)
class PlantedCause:
    """What a peak of one wiki and month is made of, in part.

    Parameters
    ----------
    project
        Host name.
    month
        First day.
    kind
        What it is.
    share
        Of the extra edits so many carry it; the others look like any edit.
    factor
        So many times the usual edits the month is to have; 1 leaves the counts as they are, so that the cause goes onto
        the peak that the simulator has there itself.
    name
        Hashtag, event, tag, page, language or summary, after the kind; empty takes a usual one.
    people
        So many take part; 0 is as many as is usual for the kind.
    first_day, last_day
        Days of the month; 0 leaves them to the seed.
    registered
        Whether a campaign or programme is known to Event registration or to the dashboard.
    coincident
        Community events registered for the wiki at the same time that did nothing.
    """

    project: str
    month: date
    kind: CauseKind
    share: float = 0.41
    factor: float = 1.0
    name: str = ""
    people: int = 0
    first_day: int = 0
    last_day: int = 0
    registered: bool = True
    coincident: int = 1

    def __post_init__(self) -> None:
        """Refuse what no month can be made of."""
        if not (0 <= self.share <= 1 and 1 <= self.factor <= 100 and self.people >= 0 and self.coincident >= 0):
            msg = f"a cause has a share of 0 to 1, a factor of 1 to 100 and no negative numbers: {self}"
            raise ValueError(msg)
        if not (0 <= self.first_day <= self.last_day <= 31 and (self.first_day > 0) == (self.last_day > 0)):
            msg = f"a cause has no days, or a first and a last one of 1 to 31: {self}"
            raise ValueError(msg)

    @property
    def raised_type(self) -> str:
        """The type of editor whose edits a factor raises."""
        return RAISED_TYPES.get(self.kind, "user")

    @property
    def carrying_types(self) -> tuple[str, ...]:
        """The types of editors among whose extra edits it is."""
        return CARRYING_TYPES.get(self.kind, ("user",))


class Causes:
    """All causes, by wiki and month.

    Parameters
    ----------
    seed
        The same seed draws the same causes.
    planted
        Set by hand; where there are some, none is drawn.
    peaks
        Of the simulator's own, each of which gets a cause.
    """

    def __init__(self, seed: int, planted: Sequence[PlantedCause], peaks: Sequence[PlantedPeak]) -> None:
        self._seed = seed
        by_hand: dict[tuple[str, date], list[PlantedCause]] = {}
        for cause in planted:
            by_hand.setdefault((cause.project, cause.month), []).append(cause)
        # Of thousands of peaks most are never asked about, so each cause is drawn when it is.
        self._peaks = {(peak.project, peak.month): (peak, place) for place, peak in enumerate(peaks)}
        self._causes = {
            key: tuple(self._complete(cause, place) for place, cause in enumerate(some))
            for key, some in by_hand.items()
        }
        for some in self._causes.values():
            if sum(cause.share for cause in some) > 1.0001:
                msg = f"the shares of the causes of one month add up to more than 1: {some}"
                raise ValueError(msg)

    def list_month(self, project: str, month: date) -> tuple[PlantedCause, ...]:
        """List the causes of one wiki and month, with all their fields filled in."""
        key = project, month
        if key not in self._causes:
            peak = self._peaks.get(key)
            self._causes[key] = () if peak is None else (self._complete(self._draw(*peak), 0),)
        return self._causes[key]

    def list_all(self) -> list[PlantedCause]:
        """List the causes by month, then by wiki."""
        keys = {*self._peaks, *self._causes}
        return [cause for key in sorted(keys, key=lambda key: key[::-1]) for cause in self.list_month(*key)]

    def _draw(self, peak: PlantedPeak, place: int) -> PlantedCause:
        rng = np.random.default_rng([self._seed, 31, place])
        kinds, chances = zip(*_DRAWN[peak.kind], strict=True)
        kind = CauseKind(rng.choice(kinds, p=chances))
        share = 0.0 if kind is CauseKind.NOTHING else round(float(rng.uniform(0.35, 0.9)), 2)
        return PlantedCause(peak.project, peak.month, kind, share, coincident=int(rng.integers(0, 3)))

    def _complete(self, cause: PlantedCause, place: int) -> PlantedCause:
        number = (cause.month.year - EARLIEST_MONTH.year) * 12 + cause.month.month
        rng = np.random.default_rng([self._seed, 32, number, place, *cause.project.encode()])
        length = (shift_month(cause.month, 1) - cause.month).days
        lasting = min(LENGTHS[cause.kind], length)
        first = cause.first_day or int(rng.integers(1, length - lasting + 2))
        names = NAMES[cause.kind]
        return PlantedCause(
            project=cause.project,
            month=cause.month,
            kind=cause.kind,
            share=0.0 if cause.kind is CauseKind.NOTHING else cause.share,
            factor=cause.factor,
            name=cause.name or names[int(rng.integers(len(names)))],
            people=cause.people,
            first_day=min(first, length),
            last_day=min(cause.last_day or first + lasting - 1, length),
            registered=cause.registered,
            coincident=cause.coincident,
        )
