"""How much of a rise carries something, told from blocks of revisions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from wiki_activity.domain.revision_blocks import Block, Blocks

_OVERDISPERSION = 3.0
"""People edit in runs: a block of 500 revisions says as much of shares as some 170 that come by chance."""
_Z = 1.96
_MOST_MARGIN = 1.0
_SHORTEST = 1 / 1440
"""Days."""
_MOST_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Rise:
    """The rise of one count in one month.

    Parameters
    ----------
    value, expected
        Of the month.
    days
        Edits of each of its days, by those whom the count is of; empty where not known.
    length
        Days of the month.
    bots
        Whether the count has bots in it.
    """

    value: float
    expected: float
    days: Mapping[date, int]
    length: int
    bots: bool

    @property
    def size(self) -> float:
        """Edits above the expected."""
        return self.value - self.expected

    @property
    def usual_day(self) -> float:
        """Edits of a usual day."""
        return self.expected / self.length


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the rise, and within what it is right in 19 of 20 cases."""

    share: float
    margin: float


def estimate_share(label: str, rise: Rise, peak: Blocks, usual: Blocks) -> Share | None:
    """Estimate how much of a rise is made of edits with a label.

    A block of the month has, by its time, a usual number of edits, of which the usual part has the label, and others on
    top: what is beyond the usual number of labelled ones, in parts of what is beyond the usual number of edits, is the
    share. Blocks stand for as much of the rise each (`place_blocks`), so their mean is the month's. Where the blocks
    are the whole month nothing is estimated but the usual part.

    Parameters
    ----------
    label
        As `count_blocks` names them.
    rise
        Of the month, above zero.
    peak
        Blocks of the month.
    usual
        Blocks of a usual time.

    Returns
    -------
    Share | None
        None where there is nothing to tell it by.
    """
    usual_part, usual_variance = _read_usual(label, usual, bots=rise.bots)
    if peak.whole:
        total = sum(_count(one, bots=rise.bots) for one in peak.blocks)
        if not total:
            return None
        labelled = sum(_labelled(one, label, bots=rise.bots) for one in peak.blocks) * rise.value / total
        share = (labelled - usual_part * rise.expected) / rise.size
        spread = math.sqrt(usual_variance) * rise.expected / rise.size
        return Share(_clip(share), min(_MOST_MARGIN, _Z * spread))
    found = [one for block in peak.blocks if (one := _read_block(block, label, rise, usual_part, usual_variance))]
    if not found:
        return None
    weights = sum(one.weight for one in found)
    mean = sum(one.weight * one.share for one in found) / weights
    between = sum((one.weight / weights * (one.share - mean)) ** 2 for one in found)
    # Of few blocks, the distance from their own mean is too small.
    between *= len(found) / max(1, len(found) - 1)
    within = sum((one.weight / weights) ** 2 * one.variance for one in found)
    # A few blocks may all miss days that hold less of the rise than one of them stands for.
    missed = (mean / (2 * len(found) * math.sqrt(3))) ** 2
    # Edits above the usual day are more than the month's rise where other days were below it.
    above = sum(max(0.0, count - rise.usual_day) for count in rise.days.values())
    scale = max(1.0, above / rise.size)
    return Share(_clip(scale * mean), min(_MOST_MARGIN, _Z * scale * math.sqrt(max(between, within) + missed)))


def part_of(label: str, blocks: Blocks, *, bots: bool) -> float | None:
    """Return the part of all edits of some blocks that have a label; None where they have no edits."""
    total = sum(_count(one, bots=bots) for one in blocks.blocks)
    return sum(_labelled(one, label, bots=bots) for one in blocks.blocks) / total if total else None


@dataclass(frozen=True, slots=True)
class _BlockShare:
    """What one block says: a share of what is beyond the usual, its variance, and how much it stands for."""

    share: float
    variance: float
    weight: float


def _read_block(block: Block, label: str, rise: Rise, usual_part: float, usual_variance: float) -> _BlockShare | None:
    """Read the share of one block; None where it has no more edits than usual."""
    count = _count(block, bots=rise.bots)
    if not count:
        return None
    of_day, weight = rise.days.get(block.first.date(), 0), 1.0
    if block.days() < 1 and of_day > 0:
        # Hours differ within a day: the day as a whole says how much of it was more than usual, and a block of a busy
        # hour stands for more of its edits than one of the night.
        beyond = 1 - rise.usual_day / of_day
        weight = count / max(block.days(), _SHORTEST) / of_day
    else:
        beyond = 1 - rise.usual_day * block.days() / count
    if beyond <= 0:
        return None
    part = _labelled(block, label, bots=rise.bots) / count
    variance = _OVERDISPERSION * max(part * (1 - part), 1 / count) / count
    share = (part - usual_part * (1 - beyond)) / beyond
    return _BlockShare(share, (variance + usual_variance * (1 - beyond) ** 2) / beyond**2, min(weight, _MOST_WEIGHT))


def _read_usual(label: str, usual: Blocks, *, bots: bool) -> tuple[float, float]:
    """Read the usual part where it was greatest, and its variance: what began since the year before is usual by now."""
    parts = [
        (_labelled(one, label, bots=bots) / total, total) for one in usual.blocks if (total := _count(one, bots=bots))
    ]
    part, total = max(parts, default=(0.0, 0))
    return part, _OVERDISPERSION * max(part * (1 - part), 1 / total) / total if total else 0.0


def _count(block: Block, *, bots: bool) -> int:
    return block.people + block.bots if bots else block.people


def _labelled(block: Block, label: str, *, bots: bool) -> int:
    people, by_bots = block.by_label.get(label, (0, 0))
    return people + by_bots if bots else people


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))


def list_labels(blocks: Sequence[Block]) -> set[str]:
    """Return every label of some blocks."""
    return set().union(*(one.by_label for one in blocks))
