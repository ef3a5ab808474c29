"""What readers were told of a month, and whether that has changed so much since that they have to be told again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from wiki_activity.domain.digest import Digest
from wiki_activity.domain.peaks import Peak

MATERIAL_CHANGE: Final = 0.25
"""A peak whose ratio to what was expected changes by more than this share is told again."""


@dataclass(frozen=True, slots=True)
class ToldPeak:
    """One peak, as far as readers were told of it."""

    project: str
    metric: str
    value: float
    expected: float

    @property
    def size(self) -> float:
        """How many times the expected value it was; where nothing was expected, the value itself."""
        return self.value / self.expected if self.expected > 0 else self.value


@dataclass(frozen=True, slots=True)
class ToldMonth:
    """What readers were last told of a month.

    Parameters
    ----------
    month
        Which one.
    watchlist
        Projects that were looked at; None where all were, and only the biggest peaks were listed.
    peaks
        By project, of all that stood out, also of those that had begun to earlier.
    listed
        Projects that were named.
    """

    month: date
    watchlist: frozenset[str] | None
    peaks: Mapping[str, ToldPeak]
    listed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Correction:
    """What has to be told again of a month.

    Parameters
    ----------
    month
        Which one.
    appeared
        Peaks that readers were not told of.
    vanished
        Peaks that they were told of, and that are none.
    changed
        Peaks that they were told of, with what they were told.
    """

    month: date
    appeared: tuple[Peak, ...]
    vanished: tuple[ToldPeak, ...]
    changed: tuple[tuple[Peak, ToldPeak], ...]

    def __bool__(self) -> bool:
        return bool(self.appeared or self.vanished or self.changed)


def note_told(digest: Digest, watchlist: Iterable[str] | None) -> ToldMonth:
    """Note what a digest tells."""
    return ToldMonth(
        month=digest.month,
        watchlist=None if watchlist is None else frozenset(watchlist),
        peaks={one.project: _note(one) for one in digest.standing},
        listed=frozenset(one.project for one in digest.listed),
    )


def find_correction(told: ToldMonth, digest: Digest, watchlist: Iterable[str] | None) -> Correction:
    """Find what of a month has changed materially since readers were told of it; an empty one where nothing has.

    Wikis that were on the watchlist then and are now are compared. Where there is none, that is what was listed then
    or would be now.

    Parameters
    ----------
    told
        What they were last told.
    digest
        The same month as it is now.
    watchlist
        Projects that are looked at now; None where all are.
    """
    ours = None if watchlist is None else frozenset(watchlist)
    if (ours is None) != (told.watchlist is None):
        return Correction(told.month, (), (), ())
    now = {one.project: one for one in digest.standing}
    both = None if ours is None or told.watchlist is None else ours & told.watchlist

    def counts(project: str) -> bool:
        return both is None or project in both

    appeared = [one for one in digest.listed if one.project not in told.peaks and counts(one.project)]
    known = [told.peaks[project] for project in sorted(told.listed) if project in told.peaks and counts(project)]
    return Correction(
        month=told.month,
        appeared=tuple(appeared),
        vanished=tuple(one for one in known if one.project not in now),
        changed=tuple(
            (now[one.project], one)
            for one in known
            if one.project in now and _differs(one.size, _note(now[one.project]).size)
        ),
    )


def _note(peak: Peak) -> ToldPeak:
    return ToldPeak(peak.project, peak.metric.value, peak.value, peak.expected)


def _differs(old: float, new: float) -> bool:
    return abs(new - old) > MATERIAL_CHANGE * old
