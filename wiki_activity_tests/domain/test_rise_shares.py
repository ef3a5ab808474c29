"""Shares of a rise, told from blocks of revisions, against months of which all is known."""

import random
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.revision_blocks import BLOCK, Blocks, count_blocks, place_blocks
from wiki_activity.domain.revision_labels import NEW_ACCOUNT, Account, Revision
from wiki_activity.domain.rise_shares import Rise, estimate_share

START = datetime(2024, 6, 1, tzinfo=UTC)
UNTIL = datetime(2024, 7, 1, tzinfo=UTC)
MONTH = (START, UNTIL)
TAG = frozenset({"wpwp"})
NO_TAG: frozenset[str] = frozenset()
USUAL = count_blocks([[Revision(START, "somebody", 0, (), NO_TAG)] * BLOCK], {0}, {}, MONTH)


def revision(at: datetime, user: str | None = "A", tags: tuple[str, ...] = (), *, marked: bool = False) -> Revision:
    return Revision(at, user, 0, tags, TAG if marked else NO_TAG)


@dataclass(frozen=True)
class Month:
    """A month of June with a campaign in it: its revisions, and the part of the rise that carries the hashtag."""

    revisions: list[Revision]
    usual_day: float
    truth: float

    @property
    def days(self) -> dict[date, int]:
        return dict(Counter(one.at.date() for one in self.revisions))

    @property
    def rise(self) -> Rise:
        return Rise(len(self.revisions), 30 * self.usual_day, self.days, 30, bots=False)

    def sample(self) -> Blocks:
        moments = [one.at for one in self.revisions]
        begins = place_blocks(self.days, self.usual_day, 3, "hi.wikipedia.org 2024-06")
        blocks = [self.revisions[bisect_left(moments, begin) :][:BLOCK] for begin in begins]
        return count_blocks(blocks, {0}, {}, MONTH)


def make_month(seed: int, usual_day: int, times: float, days_on: int, carried: float) -> Month:
    """Make it: people edit by day more than by night, and those of the campaign in runs of up to seven."""
    chance = random.Random(seed)
    found = []
    for day in range(30):
        edits = range(int(chance.gauss(usual_day, 2 * usual_day**0.5)))
        found += [revision(_moment(chance, day), f"usual {chance.randrange(40)}") for _ in edits]
    begins, extra, marked = chance.randrange(31 - days_on), int((times - 1) * usual_day * 30 / days_on), 0
    for day in range(begins, begins + days_on):
        left = extra
        while left > 0:
            run, at, carries = min(left, chance.randrange(1, 8)), _moment(chance, day), chance.random() < carried
            user = f"campaign {chance.randrange(30)}"
            found += [
                revision(
                    min(at + timedelta(minutes=n), START + timedelta(days=day + 1, seconds=-1)), user, marked=carries
                )
                for n in range(run)
            ]
            marked += carries * run
            left -= run
    rise = len(found) - 30 * usual_day
    return Month(sorted(found, key=lambda one: one.at), usual_day, min(1.0, marked / rise))


def _moment(chance: random.Random, day: int) -> datetime:
    return START + timedelta(days=day, seconds=chance.triangular(0, 86_399, 60_000))


@pytest.mark.parametrize(
    ("usual_day", "times", "days_on", "carried"),
    [
        (60, 2, 10, 0.8),
        (60, 2, 30, 0.4),
        (300, 1.5, 7, 0.6),
        (300, 3, 30, 0.4),
        (2000, 1.4, 20, 0.8),
        (2000, 2, 5, 0.4),
    ],
)
def test_shares_are_found_from_three_blocks(usual_day: int, times: float, days_on: int, carried: float) -> None:
    errors = []
    for seed in range(10):
        month = make_month(seed, usual_day, times, days_on, carried)
        found = estimate_share("#wpwp", month.rise, month.sample(), USUAL)
        assert found is not None
        errors.append(abs(found.share - month.truth))

    assert sum(error <= 0.15 for error in errors) >= 9, errors


def test_a_whole_month_is_not_estimated() -> None:
    month = make_month(1, 6, 4, 10, 0.8)
    whole = count_blocks([month.revisions], {0}, {}, MONTH, whole=True)
    found = estimate_share("#wpwp", month.rise, whole, Blocks(()))

    assert found is not None
    assert found.share == pytest.approx(month.truth, abs=0.01)
    assert found.margin == 0


def test_what_is_usual_is_no_part_of_the_rise() -> None:
    marked = [revision(START + timedelta(minutes=n), f"u{n % 9}", marked=n % 2 == 0) for n in range(BLOCK)]
    usual = count_blocks([marked], {0}, {}, MONTH)
    rise = Rise(2 * 43_200, 43_200, {START.date(): 2 * 1440}, 30, bots=False)
    found = estimate_share("#wpwp", rise, usual, usual)

    assert found is not None
    # Half of all edits carry it as they always do: half of the rise, which is no news but true.
    assert found.share == pytest.approx(0.5, abs=0.01)
    none = count_blocks([[revision(one.at, one.user) for one in marked]], {0}, {}, MONTH)
    less = estimate_share("#wpwp", rise, none, usual)
    assert less is not None
    assert less.share == 0


def test_nothing_is_told_where_there_is_nothing_to_tell_it_by() -> None:
    rise = Rise(200, 100, {}, 30, bots=False)

    assert estimate_share("#wpwp", rise, Blocks(()), USUAL) is None
    assert place_blocks({}, 10, 3, "x") == []
    assert place_blocks({START.date(): 5}, 10, 3, "x") == []


@given(st.dictionaries(st.dates(date(2024, 6, 1), date(2024, 6, 30)), st.integers(0, 10**6)), st.floats(0, 1e6))
def test_blocks_begin_within_busy_days(days: dict[date, int], usual: float) -> None:
    begins = place_blocks(days, usual, 3, "seed")

    assert begins == sorted(begins)
    assert all(days[one.date()] > usual for one in begins)
    assert bool(begins) == any(count > usual for count in days.values())


def test_hashtags_of_two_accounts_are_left_out_and_names_are_forgotten() -> None:
    shared = [revision(START + timedelta(minutes=n), f"account {n}", marked=True) for n in range(3)]
    own = [
        Revision(START + timedelta(minutes=9 + n), f"other {n % 2}", 0, ("OAuth CID: 7",), frozenset({"mine"}))
        for n in range(8)
    ]
    kept = str(count_blocks([shared + own], {0}, {}, MONTH).save())

    assert "#wpwp" in kept
    assert "mine" not in kept
    assert "OAuth" not in kept
    assert "account" not in kept.replace("accounts", "")
    assert "other" not in kept


def test_only_content_is_counted_and_bots_by_themselves() -> None:
    accounts = {"Bot": Account(is_bot=True, registered_at=None), "New": Account(False, START + timedelta(days=2))}
    block = [
        revision(START, "Bot"),
        replace(revision(START + timedelta(minutes=1), "New"), account_id=700),
        replace(revision(START + timedelta(minutes=1), "Later"), account_id=701),
        replace(revision(START + timedelta(minutes=1), "~2024-12345-6"), account_id=900),
        replace(revision(START + timedelta(minutes=1), "Before"), account_id=699),
        revision(START + timedelta(minutes=2), None),
        Revision(START + timedelta(minutes=3), "A", 4, (), TAG),
        revision(UNTIL, "A"),
    ]
    (counted,) = count_blocks([block], {0}, accounts, MONTH).blocks

    assert (counted.people, counted.bots) == (5, 1)
    assert counted.by_label == {NEW_ACCOUNT: (2, 0)}


def test_revisions_of_two_blocks_are_counted_once() -> None:
    block = [revision(START + timedelta(minutes=n)) for n in range(10)]
    counted = count_blocks([block[:8], block[4:]], {0}, {}, MONTH)

    assert sum(one.people for one in counted.blocks) == 10


def test_what_is_saved_is_what_comes_back() -> None:
    blocks = make_month(3, 60, 2, 10, 0.8).sample()

    assert Blocks.restore(blocks.save()) == blocks
