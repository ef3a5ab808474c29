"""Whether an answer may replace what is stored of a wiki: held against it before a single month is overwritten.

Recorded restatements of 21 Wikipedias, 2011 against 2023, keep 93 % and more of a wiki's edits in 20 cases and 34 % in
one, and add at most 29 %: what goes far beyond is refused as a whole. Wikimedia may mean it all the same: the same
answer is believed once a later month is published, unless it has nothing left of what there was.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.months import format_month, shift_month

MOST_VANISHED = 0.30
"""Up to this share of all that is known of a wiki may vanish."""
MOST_GROWN = 1.0
"""The stored months may become more by up to this share of all that is known: they may double."""
MOST_TIMES = 100
"""A month may be so many times as great as the greatest that is known."""
MOST_MOVED = 12
"""By up to so many months an answer may turn out to be moved."""
SAME = 0.05
"""Two answers are the same where their months differ by no more than this share of all."""

SPLIT = (Series.USER_EDITS, Series.ANONYMOUS_EDITS)
"""Who made the edits: parts of the total."""
_LEAST = {one: 1000 if one in {Series.EDITS, *SPLIT} else 100 for one in Series}
"""In its last stored year, for a wiki to be big."""
_FEWEST_MOVED = 3
"""Fewer months than this that are as others were are by chance."""
_MOVED_TIMES = 10
"""An answer that is so many times nearer to the known months moved than to them as they are is a moved one."""
_UNITS = {
    Series.EDITS: "edits",
    Series.USER_EDITS: "edits by registered people",
    Series.ANONYMOUS_EDITS: "edits by logged-out people",
    Series.EDITORS: "editors a month, added up,",
    Series.USER_EDITORS: "registered editors a month, added up,",
    Series.EDITORS_5_24: "editors of 5 to 24 edits a month, added up,",
    Series.EDITORS_25_99: "editors of 25 to 99 edits a month, added up,",
    Series.EDITORS_100: "editors of 100 and more edits a month, added up,",
    Series.NEW_USERS: "new accounts",
    Series.NEW_PAGES: "new pages",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the answer of one series is refused.

    Parameters
    ----------
    reason
        With figures; without the wiki's name.
    total_before
        The stored months added up.
    total_after
        The same months of the answer added up; a month that it lacks adds nothing.
    final
        Whether nothing is left: then no later answer is believed for being the same.
    """

    reason: str
    total_before: int
    total_after: int
    final: bool = False


def judge_answers(
    stored: Mapping[Series, MonthlyCounts], answers: Mapping[Series, MonthlyCounts]
) -> dict[Series, Refusal]:
    """Find the series of one wiki whose answers are implausible beside what is stored.

    Parameters
    ----------
    stored
        Of each series, the months that the answers could have; absent or empty where nothing is stored.
    answers
        Of each series that was answered.
    """
    refused = {
        series: refusal
        for series, answer in answers.items()
        if (refusal := judge_series(series, stored.get(series, {}), answer)) is not None
    }
    if not refused and not _fits(stored, answers):
        for part in answers.keys() & set(SPLIT):
            known = stored.get(part, {})
            reason = "registered and logged-out people together would have made far more edits than there are"
            refused[part] = Refusal(reason, sum(known.values()), _add_up(answers[part], known))
    return refused


def find_followers(refused: Collection[Series], answered: Collection[Series]) -> dict[Series, str]:
    """Find the parts of the split that cannot be stored because of another series, and say why: they must add up."""
    rest = set(SPLIT) & set(answered) - set(refused)
    if Series.EDITS in refused:
        return dict.fromkeys(rest, "it would not add up, since the total is refused")
    if set(SPLIT) & set(refused):
        return dict.fromkeys(rest, "it would not add up, since the other part of the split is refused")
    return {}


def judge_series(series: Series, stored: MonthlyCounts, answer: MonthlyCounts) -> Refusal | None:
    """Hold one series against its stored months; None where it may replace them.

    A wiki of 1,000 edits (100 editors a month added up, accounts or pages) and more in its last stored year is refused
    where over 30 % of all its edits vanish, where months of as many together become 0, or where the stored months more
    than double; a smaller one only where nothing is left of what there was. A month of over 100 × the greatest known
    one, unless it lies before the first of them, is refused of any wiki, and so is an answer that is what is known,
    moved by some months.
    Where nothing is stored, or only zeros, everything is plausible.
    """
    before = sum(stored.values())
    if not before:
        return None
    after = _add_up(answer, stored)
    unit, least = _UNITS[series], _LEAST[series]
    if not after:
        what = "all its counts are 0" if any(month in answer for month in stored) else "it is empty"
        return Refusal(f"{what}, and {before:,} {unit} are known", before, after, final=True)
    greatest = max(stored.values())
    # Of what was before the first known month nothing is known: it may have been anything.
    first = min(stored)
    furthest = max((month for month in answer if month >= first), key=answer.__getitem__)
    if answer[furthest] > MOST_TIMES * max(greatest, 10 * least):
        what = f"{answer[furthest]:,} {unit} in {format_month(furthest)}"
        return Refusal(f"{what}, and no month had more than {greatest:,}", before, after)
    if moved := _find_move(stored, answer):
        months = "a month" if abs(moved) == 1 else f"{abs(moved)} months"
        then = max(month for month in stored if shift_month(month, moved) in answer)
        what = f"it is what is known moved by {months}: {format_month(then)} stands at"
        return Refusal(f"{what} {format_month(shift_month(then, moved))}", before, after)
    if _add_up_last_year(stored) < least:
        return None
    return _judge_big(series, stored, answer, least)


def _judge_big(series: Series, stored: MonthlyCounts, answer: MonthlyCounts, least: int) -> Refusal | None:
    unit, before, after = _UNITS[series], sum(stored.values()), _add_up(answer, stored)
    vanished = sum(max(0, count - answer.get(month, 0)) for month, count in stored.items())
    emptied = {month: count for month, count in stored.items() if count and answer.get(month) == 0}
    if vanished > MOST_VANISHED * before:
        what = f"{vanished / before:.0%} of {before:,} {unit} would vanish: {after:,} are left"
    elif (lost := sum(emptied.values())) >= least:
        months = f"{len(emptied)} months" if len(emptied) > 1 else "a month"
        what = f"{months} of {lost:,} {unit} would become 0, the newest {format_month(max(emptied))}"
    elif after - before > MOST_GROWN * before:
        what = f"{before:,} {unit} in the months that are known would become {after:,}"
    else:
        return None
    return Refusal(what, before, after)


def _find_move(stored: MonthlyCounts, answer: MonthlyCounts) -> int:
    """Find by how many months the answer is moved against what is stored, forwards if above 0; 0 where it is not.

    However small a wiki is, no restatement makes its months what their neighbours were; small ones besides are allowed.
    """
    known = {12 * month.year + month.month: count for month, count in stored.items()}
    found = {12 * month.year + month.month: count for month, count in answer.items()}
    if sum(found.get(at, count) != count for at, count in known.items()) < _FEWEST_MOVED:
        return 0
    moves = (by * sign for by in range(1, MOST_MOVED + 1) for sign in (1, -1))
    return next((by for by in moves if _is_moved(known, found, by)), 0)


def _is_moved(known: Mapping[int, int], found: Mapping[int, int], by: int) -> bool:
    both = [at for at in known if at + by in known and at + by in found]
    differing = sum(found[at + by] != known[at + by] for at in both)
    if differing < _FEWEST_MOVED or 2 * len(both) < len(known):
        return False
    as_it_is = sum(abs(found[at + by] - known[at + by]) for at in both)
    as_moved = sum(abs(found[at + by] - known[at]) for at in both)
    return _MOVED_TIMES * as_moved <= as_it_is


def is_same_again(refused: MonthlyCounts, newest_then: date | None, answer: MonthlyCounts) -> bool:
    """Tell whether an answer is what was refused when an earlier month was the newest, but for small restatements."""
    if newest_then is None or not answer or max(answer) <= newest_then:
        return False
    apart = sum(abs(count - answer.get(month, 0)) for month, count in refused.items())
    return apart <= SAME * sum(refused.values())


def _add_up(answer: MonthlyCounts, months: MonthlyCounts) -> int:
    return sum(answer.get(month, 0) for month in months)


def _add_up_last_year(stored: MonthlyCounts) -> int:
    begin = shift_month(max(stored), -11)
    return sum(count for month, count in stored.items() if month >= begin)


def _fits(stored: Mapping[Series, MonthlyCounts], answers: Mapping[Series, MonthlyCounts]) -> bool:
    """Tell whether the parts still add up to no more than the total, if they are stored and did so far."""
    total, share = stored.get(Series.EDITS), _share_of_people(stored)
    if not total or not share or _add_up_last_year(total) < _LEAST[Series.EDITS]:
        return True
    new = {one: {**stored.get(one, {}), **answers.get(one, {})} for one in (Series.EDITS, *SPLIT)}
    return _share_of_people(new) <= max(1.0, share) + MOST_VANISHED


def _share_of_people(counts: Mapping[Series, MonthlyCounts]) -> float:
    total = counts.get(Series.EDITS, {})
    user, anonymous = counts.get(Series.USER_EDITS, {}), counts.get(Series.ANONYMOUS_EDITS, {})
    known = [month for month in user if month in anonymous and month in total]
    edits = sum(total[month] for month in known)
    return sum(user[month] + anonymous[month] for month in known) / edits if edits else 0.0
