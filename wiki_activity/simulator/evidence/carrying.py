"""Who makes the edits that carry a cause, and on which pages."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wiki_activity.simulator.activity import EDITOR_TYPES
from wiki_activity.simulator.evidence.causes import NEW_ACCOUNTS, CauseKind, PlantedCause
from wiki_activity.simulator.evidence.cohorts import Cohort
from wiki_activity.simulator.evidence.pages import NAMESPACE, OF_CAUSES, PAGES_OF_CAUSE, number_cause_page
from wiki_activity.simulator.evidence.people import GROUP_BOTS_FROM, MONTH_OF_ACCOUNTS, UNFLAGGED_FROM
from wiki_activity.simulator.evidence.plan import CONTENT, MonthPlan

Numbers = NDArray[np.int64]
_LOGGED_OUT_FROM: Final = 300_000
_CROWDS: Final = {
    # how many take part: the edits to this power, and at least so many
    CauseKind.FEW_PEOPLE: (0.0, 4),
    CauseKind.TOOLS: (0.45, 12),
    CauseKind.BOT_TASK: (0.0, 1),
    CauseKind.FLAGGED_BOT_TASK: (0.0, 1),
    CauseKind.IMPORT: (0.0, 2),
    CauseKind.TRANSLATION: (0.5, 6),
    CauseKind.NEWS: (0.8, 15),
    CauseKind.REVERTS: (0.7, 10),
}
_USUAL_CROWD: Final = (0.6, 12)
_NEW_PAGES: Final = {CauseKind.CAMPAIGN_HASHTAG: 0.3, CauseKind.REVERTS: 0.2, CauseKind.CAMPAIGN: 0.8}
"""Share of the edits to content on pages that there would not be without the cause."""
_ONLY_OWN_PAGES: Final = frozenset({CauseKind.TRANSLATION, CauseKind.IMPORT})


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who takes part in a cause.

    Parameters
    ----------
    month, part
        Month from 2001-01, and the part in its plan.
    residents
        Accounts that were there before.
    newcomers, registered
        Those made for it, by the time of their registration, which is in epoch seconds.
    logged_out
        How many are logged out.
    """

    month: int
    part: int
    residents: Numbers
    newcomers: Numbers
    registered: Numbers
    logged_out: int


def choose_crowd(
    plan: MonthPlan, place: int, *, month: int, residents: int, cohort: Cohort, rng: np.random.Generator
) -> Crowd:
    """Choose who takes part in the cause at a place of a plan, of so many residents and a month's new accounts."""
    cause = plan.causes[place]
    edits = plan.counts[:, :, place + 1].sum(axis=(1, 2))
    power, least = _CROWDS.get(cause.kind, _USUAL_CROWD)
    people = cause.people or max(least, int(edits[0] ** power))
    came = np.flatnonzero(cohort.of_cause == place + 1)
    if cause.people:
        # So many and no more, new accounts among them.
        came = came[: int(NEW_ACCOUNTS.get(cause.kind, 0.0) * people)]
        people = max(1, people - len(came))
    if cause.kind is CauseKind.BOT_TASK:
        chosen = np.array([UNFLAGGED_FROM + 10 * month + place])
    else:
        chosen = 1 + rng.choice(max(residents, 2 * people), people, replace=False)
    return Crowd(
        month=month,
        part=place + 1,
        residents=chosen,
        newcomers=cohort.accounts[came],
        registered=cohort.registered[came],
        logged_out=max(least, int(edits[EDITOR_TYPES.index("anonymous")] ** power)),
    )


def draw_carrying(
    cause: PlantedCause,
    crowd: Crowd,
    row_and_class: tuple[int, int],
    times: Numbers,
    *,
    usual_pages: Numbers,
    rng: np.random.Generator,
) -> tuple[Numbers, Numbers]:
    """Draw the users and the pages of the edits of one type of editor and one class of page, by their times."""
    row, which = row_and_class
    if EDITOR_TYPES[row] == "anonymous":
        places = (crowd.logged_out * rng.random(len(times)) ** 1.3).astype(np.int64)
        users = -(crowd.month * MONTH_OF_ACCOUNTS + _LOGGED_OUT_FROM + places)
    elif EDITOR_TYPES[row] == "group-bot":
        users = np.full(len(times), GROUP_BOTS_FROM + 20 + crowd.month % 30)
    else:
        users = _draw_accounts(cause, crowd, times, rng)
    draw_pages = _draw_content if which == CONTENT else _draw_other
    return users, draw_pages(cause, crowd, usual_pages, rng)


def _draw_accounts(cause: PlantedCause, crowd: Crowd, times: Numbers, rng: np.random.Generator) -> Numbers:
    power = 1.0 if cause.kind in {CauseKind.FEW_PEOPLE, CauseKind.NEWS} else 1.6
    users = crowd.residents[(len(crowd.residents) * rng.random(len(times)) ** power).astype(np.int64)]
    there = np.searchsorted(crowd.registered, times)
    new = (rng.random(len(times)) < min(0.9, 0.2 + NEW_ACCOUNTS.get(cause.kind, -1.0))) & (there > 0)
    users[new] = crowd.newcomers[(there[new] * rng.random(int(new.sum()))).astype(np.int64)]
    return users


def _draw_content(cause: PlantedCause, crowd: Crowd, usual: Numbers, rng: np.random.Generator) -> Numbers:
    count = len(usual)
    if cause.kind is CauseKind.NEWS:
        return number_cause_page(0, crowd.month, crowd.part, rng.choice(5, count, p=(0.92, 0.03, 0.02, 0.02, 0.01)))
    if cause.kind in {CauseKind.BOT_TASK, CauseKind.FLAGGED_BOT_TASK, CauseKind.TOOLS}:
        # Tools go through pages one by one, not after how busy these are.
        return usual // NAMESPACE * NAMESPACE + rng.integers(0, OF_CAUSES // 100, count)
    own = 1 + (min(PAGES_OF_CAUSE - 1, max(40, count * 20)) * rng.random(count)).astype(np.int64)
    share = 1.0 if cause.kind in _ONLY_OWN_PAGES else _NEW_PAGES.get(cause.kind, 0.0)
    chosen = rng.random(count) < share
    return np.where(chosen, number_cause_page(0, crowd.month, crowd.part, own), usual)


def _draw_other(cause: PlantedCause, crowd: Crowd, usual: Numbers, rng: np.random.Generator) -> Numbers:
    count = len(usual)
    own = 1 + (2000 * rng.random(count)).astype(np.int64)
    talk = number_cause_page(1, crowd.month, crowd.part, own)
    if cause.kind in {CauseKind.CAMPAIGN_HASHTAG, CauseKind.CAMPAIGN, CauseKind.PROGRAMME}:
        project = number_cause_page(4, crowd.month, crowd.part, np.zeros(count, dtype=np.int64))
        about = rng.random(count)
        templates = cause.kind is CauseKind.CAMPAIGN
        return np.where(about < 0.04, project, np.where(templates | (about > 0.9), talk, usual))
    if cause.kind is CauseKind.REVERTS:
        return np.where(rng.random(count) < 0.3, talk, usual)
    return usual
