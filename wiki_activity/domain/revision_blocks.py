"""Blocks of revisions: where in a month to take them, and what of them is counted before the accounts are forgotten."""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self

from wiki_activity.domain.findings import LEAST_ACCOUNTS, SMALL_GROUP
from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.domain.revision_labels import (
    Account,
    Revision,
    find_first_new,
    is_bot,
    list_labels,
    points_at_people,
)

BLOCK: Final = 500
"""Revisions in one answer."""
_MOST_LABELS: Final = 200


@dataclass(frozen=True, slots=True)
class Block:
    """What was counted of one block.

    Parameters
    ----------
    first, last
        UTC, of its revisions; the same where it holds fewer than two.
    people, bots
        Edits of content pages by either; who is marked as a bot is one.
    by_label
        Of these, the edits that have a label, by people and by bots.
    busiest
        Of those by people, the edits of the ten who have most.
    """

    first: datetime
    last: datetime
    people: int
    bots: int
    by_label: Mapping[str, tuple[int, int]]
    busiest: int = 0

    def days(self) -> float:
        """Return how long it is."""
        return (self.last - self.first) / timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks of one month, counted.

    Parameters
    ----------
    blocks
        Oldest first.
    accounts
        By label, how many accounts had it; hashtags of fewer than three are left out.
    whole
        Whether nothing of the month is missing from them.
    """

    blocks: tuple[Block, ...]
    accounts: Mapping[str, int] = field(default_factory=dict)
    whole: bool = False

    def save(self) -> dict[str, Any]:
        """Return it as plain lists and numbers."""
        return {
            "whole": self.whole,
            "accounts": dict(self.accounts),
            "blocks": [
                [one.first.timestamp(), one.last.timestamp(), one.people, one.bots, dict(one.by_label), one.busiest]
                for one in self.blocks
            ],
        }

    def without(self, labels: Collection[str]) -> "Blocks":
        """Return them without some labels."""
        blocks = tuple(
            replace(one, by_label={label: counts for label, counts in one.by_label.items() if label not in labels})
            for one in self.blocks
        )
        accounts = {label: count for label, count in self.accounts.items() if label not in labels}
        return Blocks(blocks, accounts, self.whole)

    def set_people(self, label: str, edits: Sequence[int], accounts: int) -> "Blocks":
        """Return them with other numbers of edits by people that have a label, block by block, and of its accounts."""
        blocks = tuple(
            replace(one, by_label={**one.by_label, label: (min(count, one.people), 0)})
            for one, count in zip(self.blocks, edits, strict=True)
        )
        return replace(self, blocks=blocks, accounts={**self.accounts, label: accounts})

    def multiply(self, label: str, times: float) -> "Blocks":
        """Return them with so many times the edits by people that have a label."""
        edits = [round(times * one.by_label.get(label, (0, 0))[0]) for one in self.blocks]
        return self.set_people(label, edits, self.accounts.get(label, 0))

    def add(self, label: str, others: "Blocks") -> "Blocks":
        """Return them with a label of other ones of the same revisions."""
        if label not in others.accounts:
            return self
        blocks = tuple(
            replace(one, by_label={**one.by_label, label: other.by_label.get(label, (0, 0))})
            for one, other in zip(self.blocks, others.blocks, strict=True)
        )
        return replace(self, blocks=blocks, accounts={**self.accounts, label: others.accounts[label]})

    def busiest_part(self) -> float | None:
        """Return the part of people's edits that the ten busiest of each block made; None where there are none."""
        people = sum(one.people for one in self.blocks)
        return sum(one.busiest for one in self.blocks) / people if people else None

    @classmethod
    def restore(cls, saved: Mapping[str, Any]) -> Self:
        """Take back what was saved."""
        blocks = tuple(
            Block(
                datetime.fromtimestamp(first, UTC),
                datetime.fromtimestamp(last, UTC),
                people,
                bots,
                {label: (counts[0], counts[1]) for label, counts in by_label.items()},
                *busiest,
            )
            for first, last, people, bots, by_label, *busiest in saved["blocks"]
        )
        return cls(blocks, saved["accounts"], saved["whole"])


def place_blocks(days: Mapping[date, int], usual: float, blocks: int, seed: str) -> list[datetime]:
    """Choose where blocks begin, so that each speaks for as much of what was more than usual.

    Days take their turn by their edits above the usual ones; within its day a block begins anywhere, by chance that is
    the same each time.

    Parameters
    ----------
    days
        Edits of each day of the month; an absent one had none.
    usual
        Edits of a usual day.
    blocks
        How many.
    seed
        Which wiki and month.

    Returns
    -------
    list[datetime]
        UTC, oldest first; empty where no day was above the usual one.
    """
    ordered = sorted(days)
    above = [max(0.0, days[day] - usual) for day in ordered]
    sums = list(itertools.accumulate(above))
    if not sums or sums[-1] <= 0:
        return []
    found = []
    for number in range(blocks):
        at = next(place for place, so_far in enumerate(sums) if so_far >= (number + 0.5) / blocks * sums[-1])
        day = ordered[at]
        # All of a day that fits into a block, else anywhere in it.
        reach = max(0.0, 1 - BLOCK / max(days[day], 1))
        part = reach * int.from_bytes(hashlib.sha256(f"{seed} {number}".encode()).digest()[:4]) / 2**32
        found.append(datetime.combine(day, time(), UTC) + timedelta(days=part))
    return sorted(set(found))


def count_blocks(
    blocks: Iterable[Sequence[Revision]],
    content: Collection[int],
    accounts: Mapping[str, Account],
    month: tuple[datetime, datetime],
    *,
    whole: bool = False,
    common: Collection[str] = (),
) -> Blocks:
    """Count what revisions have in common, and forget whose they were.

    Parameters
    ----------
    blocks
        Revisions in the order of time; those of other namespaces than the content's are left out, and so are those of
        two blocks that both have them.
    content
        Numbers of the namespaces whose pages are content.
    accounts
        What is known of accounts; one that is absent is taken for no bot, and for a new one where its number is higher
        than that of another new one: a wiki numbers accounts as they come.
    month
        UTC, from and until: an account is new that was registered in it.
    whole
        Whether they are all of the month.
    common
        Labels that enough accounts are known to have, in another time.
    """
    kept: list[tuple[list[Revision], list[set[str]]]] = []
    who: dict[str, set[str | None]] = defaultdict(set)
    begin, blocks = month[0], list(blocks)
    first_new = find_first_new((one for block in blocks for one in block), accounts, month)
    for block in blocks:
        mine = [one for one in block if begin <= one.at < month[1] and one.namespace in content]
        if not mine:
            continue
        begin = max(one.at for one in mine) + timedelta(seconds=1)
        labels = [list_labels(one, accounts, first_new) for one in mine]
        kept.append((mine, labels))
        for revision, found in zip(mine, labels, strict=True):
            # Who is logged out may be one person under many names, and so may who was removed.
            user = None if is_logged_out(revision.user) else revision.user
            for label in found:
                who[label].add(user)
    counted_of = {label: len(users - {None}) for label, users in who.items()}
    many = {
        label
        for label, accounts_of in counted_of.items()
        if accounts_of >= LEAST_ACCOUNTS or label in common or not points_at_people(label)
    }
    total = Counter(label for _, labels in kept for found in labels for label in found if label in many)
    told = {label for label, _ in total.most_common(_MOST_LABELS)}
    counted = tuple(_count(mine, labels, told, accounts) for mine, labels in kept)
    return Blocks(counted, {label: counted_of[label] for label in sorted(told)}, whole)


def _count(
    revisions: Sequence[Revision],
    labels: Sequence[set[str]],
    told: Collection[str],
    accounts: Mapping[str, Account],
) -> Block:
    by_label: dict[str, list[int]] = {}
    sums, by_person = [0, 0], Counter[str]()
    for revision, found in zip(revisions, labels, strict=True):
        side = is_bot(revision.user, accounts)
        sums[side] += 1
        if not side and revision.user is not None:
            by_person[revision.user] += 1
        for label in found & set(told):
            by_label.setdefault(label, [0, 0])[side] += 1
    first, last = min(one.at for one in revisions), max(one.at for one in revisions)
    counted = {label: (n[0], n[1]) for label, n in sorted(by_label.items())}
    busiest = sum(edits for _, edits in by_person.most_common(SMALL_GROUP))
    return Block(first, last, sums[0], sums[1], counted, busiest)
