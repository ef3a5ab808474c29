"""Imports: pages brought in from another wiki, each of which leaves an edit and an entry of a log."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from wiki_activity.domain.revision_labels import IMPORT, Revision

_FEW_DAYS: Final = 5
_FEW_PEOPLE: Final = 3
"""The right to import is given to few."""
_LEAST_PART: Final = 0.25
_APART: Final = timedelta(seconds=1)
"""The edit and the entry are written one after the other."""


@dataclass(frozen=True, slots=True)
class Import:
    """An entry of the log of imports: when, UTC, by whom, in which namespace. Never kept."""

    at: datetime
    user: str
    namespace: int


def may_be_imports(
    days: Mapping[date, int],
    usual_day: float,
    blocks: Iterable[Sequence[Revision]],
    content: Collection[int],
) -> bool:
    """Tell whether a rise has the form of imports: half of it on five days, and three people with a quarter of a block.

    Parameters
    ----------
    days, usual_day
        Edits of each day of the month, and of a usual one.
    blocks
        Revisions of the month.
    """
    above = sorted((max(0.0, count - usual_day) for count in days.values()), reverse=True)
    is_burst = sum(above[:_FEW_DAYS]) >= sum(above) / 2
    return is_burst and any(part_of_few(block, content) >= _LEAST_PART for block in blocks)


def part_of_few(block: Sequence[Revision], content: Collection[int]) -> float:
    """Return which part of the edits of content three accounts made, bots among them; 0 where there are none."""
    users = Counter(one.user for one in block if one.namespace in content)
    return sum(edits for _, edits in users.most_common(_FEW_PEOPLE)) / users.total() if users else 0.0


def label_imports(revisions: Iterable[Revision], imports: Iterable[Import]) -> list[Revision]:
    """Label the edits that imports left: by the same account, and within a second of an entry."""
    moments = {
        (one.user, one.namespace, one.at + apart) for one in imports for apart in (-_APART, timedelta(0), _APART)
    }
    return [
        replace(one, labels=one.labels | {IMPORT}) if (one.user, one.namespace, one.at) in moments else one
        for one in revisions
    ]
