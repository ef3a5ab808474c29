"""What a wiki does in any month is told of none: the truth is known, and little of the rise is told of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.findings import Finding, FindingKind, Source
from wiki_activity.domain.revision_blocks import BLOCK, count_blocks
from wiki_activity.domain.revision_labels import Revision
from wiki_activity.evidence.measuring import find as measure
from wiki_activity.wikimedia.action_api import Revisions
from wiki_activity.wikimedia.top_lists import TopPage
from wiki_activity_tests.evidence.fakes import NOW, FakeWikimedia
from wiki_activity_tests.explorer.stored import SHARED

HI = "hi.wikipedia.org"
BEGAN = datetime(2024, 9, 1, tzinfo=UTC)
"""Half a year before the peak."""


def find(engine: Engine, wikimedia: FakeWikimedia, kind: FindingKind, month: date = SHARED) -> list[Finding]:
    return [one for one in wikimedia.explainer(engine).explain(HI, month).findings if one.kind is kind]


@pytest.mark.parametrize(("tag", "hashtag"), [("HotCat", ""), ("OAuth CID: 7", ""), ("", "suggestededit")])
def test_a_habit_of_half_a_year_made_no_rise(engine: Engine, wikimedia: FakeWikimedia, tag: str, hashtag: str) -> None:
    """Four of ten edits are made so since September, whatever else happens; a rise of others' edits has none."""
    asked: list[datetime] = []

    def get_revisions(_: str, first: datetime, until: datetime, goes_on: str | None = None) -> Revisions:
        asked.append(first)
        found = []
        for number in range(BLOCK):
            at = first + timedelta(seconds=40 * number)
            rise = first.year == SHARED.year and number % 3 != 0
            marked = at >= BEGAN and not rise and number % 5 < 2
            found.append(
                Revision(
                    at,
                    f"Account {number % 40}",
                    0,
                    (tag,) if marked and tag else (),
                    frozenset({hashtag}) if marked and hashtag else frozenset(),
                )
            )
        return Revisions(tuple(one for one in found if one.at <= until), None)

    wikimedia.get_revisions = get_revisions  # type: ignore[method-assign]
    found = wikimedia.explainer(engine).explain(HI, SHARED).findings

    assert [one for one in found if one.kind in {FindingKind.TOOL, FindingKind.HASHTAG}] == []
    assert min(asked) < BEGAN < sorted(asked)[1], "also a time was looked at that is near"


def test_a_bot_that_has_run_for_months_made_no_rise(engine: Engine, wikimedia: FakeWikimedia) -> None:
    month = date(2021, 4, 1)
    wikimedia.get_top_bots = lambda _, of: {"ExampleBot": 100_000 if of >= date(2020, 12, 1) else 0}  # type: ignore[method-assign]

    assert find(engine, wikimedia, FindingKind.BOT_TASK, month) == []


def test_the_busiest_ten_make_as_much_of_the_rise_as_of_other_edits(engine: Engine, wikimedia: FakeWikimedia) -> None:
    """They make three of ten edits in any month, and the wiki is not as large as it was a year before, or larger."""
    wikimedia.hashtag = ""
    question = wikimedia.explainer(engine).explain(HI, SHARED).question
    assert question.year_before is not None
    for times in (0.5, 2.0):
        asked = replace(question, year_before=question.year_before * times)
        top, before = ([int(count * 0.03)] * 10 for count in (question.value, question.year_before * times))
        (found,) = measure(asked, {Source.EDITORS: {"top": top, "before": before}}, {Source.EDITORS: NOW})
        assert found.share == pytest.approx(0.3, abs=0.01)


def test_how_much_ten_people_make_is_not_told_where_nothing_is_known_of_a_year_before(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    wikimedia.hashtag = ""
    wikimedia.get_top_editors = lambda _, month: [9_000] * 10 if month == SHARED else []  # type: ignore[method-assign]

    assert find(engine, wikimedia, FindingKind.FEW_PEOPLE) == []


def test_a_page_that_is_edited_as_much_each_year_made_no_rise(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.hashtag = ""
    many = 40_000

    def get_top_pages(_: str, month: date) -> list[TopPage]:
        pages = [TopPage(f"Deaths in {month.year}", many)]
        return [*pages, TopPage("A storm", many // 2)] if month == SHARED else pages

    wikimedia.get_top_pages = get_top_pages  # type: ignore[method-assign]
    wikimedia.get_most_viewed = get_top_pages  # type: ignore[method-assign]
    explained = wikimedia.explainer(engine).explain(HI, SHARED)

    news = [one for one in explained.findings if one.kind is FindingKind.NEWS]
    assert [one.subject for one in news] == ["A storm"]
    rise = explained.question.value - explained.question.expected
    assert news[0].share == pytest.approx(many / 2 / rise)


def make(users: Sequence[str | None], label: str = "wpwp") -> list[Revision]:
    at = datetime(2024, 3, 5, tzinfo=UTC)
    return [Revision(at + timedelta(minutes=n), user, 0, (), frozenset({label})) for n, user in enumerate(users)]


MONTH = (datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "users", [["~2026-12345-67", "~2026-12345-68", "10.0.0.1", "::1:2"], ["A", "B", None, "10.0.0.1"], [None] * 4]
)
def test_a_hashtag_of_one_or_two_accounts_is_counted_nowhere_whatever_others_are_logged_out(
    users: list[str | None],
) -> None:
    assert count_blocks([make(users)], (0,), {}, MONTH).accounts == {}


def test_a_hashtag_that_is_known_to_be_of_many_is_usual_with_two_accounts() -> None:
    blocks = count_blocks([make(["A", "B"])], (0,), {}, MONTH, common={"#wpwp"})

    assert blocks.blocks[0].by_label == {"#wpwp": (2, 0)}
