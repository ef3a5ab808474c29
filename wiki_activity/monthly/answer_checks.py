"""Holding answers against what is stored: which series of a wiki may be stored, which are refused, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.plausibility import Refusal, find_followers, is_same_again, judge_answers
from wiki_activity.monthly.fetching import WikiAnswers
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.refusals import RefusedAnswer, Settled

REFUSED = "refused: "
"""How the error of a refused answer begins."""
_WHOLE = (Series.EDITS, Series.EDITORS, Series.USER_EDITORS)


@dataclass(frozen=True, slots=True)
class CheckedAnswers:
    """One wiki's answers, held against what is stored.

    Parameters
    ----------
    answers
        What may be stored, and the results as they are to be recorded.
    noted
        What is refused, and how earlier refusals ended.
    gone
        How Wikimedia answers of a wiki of which it had counts and has none now; None of any other wiki.
    barren
        Whether nothing was and nothing is known of it.
    """

    answers: WikiAnswers
    noted: tuple[RefusedAnswer, ...]
    gone: str | None
    barren: bool


def hold_answers(
    answers: WikiAnswers,
    stored: Mapping[Series, MonthlyCounts],
    before: Mapping[Series, RefusedAnswer],
    *,
    accepted: bool,
    now: datetime,
) -> CheckedAnswers:
    """Hold one wiki's answers against its stored counts; a series that is not found any more counts as refused.

    Parameters
    ----------
    answers
        As they came.
    stored
        By series, the months up to the last one that was asked for.
    before
        By series, what is refused so far: it is taken when it comes again with a later month.
    accepted
        Whether somebody wants the answers of this wiki taken, whatever they are.
    now
        UTC.
    """
    found = judge_answers(stored, answers.counts) | _find_lost(answers, stored)
    believed = {series for series in found if accepted or _comes_again(answers, series, found[series], before)}
    refused = {series: refusal for series, refusal in found.items() if series not in believed}
    errors = {series: f"{refusal.reason}; {_tell_way_out(answers.project)}" for series, refusal in refused.items()}
    errors |= find_followers(refused, answers.counts)

    noted = [_note(answers, series, refusal, now) for series, refusal in refused.items()]
    how = Settled.ACCEPTED if accepted else Settled.TAKEN
    settled = {series: (_note(answers, series, found[series], now), how) for series in believed}
    settled |= {
        series: (one, Settled.REPLACED)
        for series, one in before.items()
        if series in answers.counts and series not in errors and series not in believed
    }
    noted += [replace(one, settled=how, settled_at=now) for one, how in settled.values()]

    failed = {series: FetchResult(FetchStatus.FAILED, error=f"{REFUSED}{error}") for series, error in errors.items()}
    counts = {series: count for series, count in answers.counts.items() if series not in errors}
    barren = not any(any(count.values()) for count in (*answers.counts.values(), *stored.values()))
    return CheckedAnswers(
        answers=replace(answers, counts=counts, results=answers.results | failed),
        noted=tuple(noted),
        gone=_tell_gone(answers, stored, refused),
        barren=barren,
    )


def _find_lost(answers: WikiAnswers, stored: Mapping[Series, MonthlyCounts]) -> dict[Series, Refusal]:
    known = {
        series: sum(stored.get(series, {}).values())
        for series, result in answers.results.items()
        if result.status is FetchStatus.NO_DATA
    }
    return {
        series: Refusal(f"Wikimedia answers 404, and {total:,} are stored", total, 0, final=True)
        for series, total in known.items()
        if total
    }


def _comes_again(
    answers: WikiAnswers, series: Series, refusal: Refusal, before: Mapping[Series, RefusedAnswer]
) -> bool:
    earlier = before.get(series)
    if refusal.final or earlier is None:
        return False
    return is_same_again(earlier.answer, earlier.newest_month, answers.counts[series])


def _note(answers: WikiAnswers, series: Series, refusal: Refusal, now: datetime) -> RefusedAnswer:
    answer = answers.counts.get(series, {})
    return RefusedAnswer(
        project=answers.project,
        series=series,
        reason=refusal.reason,
        newest_month=max(answer, default=None),
        total_before=refusal.total_before,
        total_after=refusal.total_after,
        answer=answer,
        seen_at=now,
    )


def _tell_gone(
    answers: WikiAnswers, stored: Mapping[Series, MonthlyCounts], refused: Mapping[Series, Refusal]
) -> str | None:
    """Say how Wikimedia answers where nothing is left of each whole series that was asked for and is stored."""
    had = [series for series in _WHOLE if series in answers.results and any(stored.get(series, {}).values())]
    if not had or not all(series in refused and refused[series].final for series in had):
        return None
    counts = answers.counts.get(had[0])
    if counts is None:
        return "answer 404"
    return "are all 0" if counts else "are empty"


def _tell_way_out(project: str) -> str:
    return f"what was stored stays; `wiki-activity refresh --wiki {project} --accept {project}` takes it all the same"
