"""Imports, contests without a hashtag and programmes are told by what they did; who cannot say more is not asked."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.findings import Finding, FindingKind, Source
from wiki_activity.domain.imports import Import
from wiki_activity.domain.revision_blocks import BLOCK
from wiki_activity.domain.revision_labels import Revision
from wiki_activity.evidence.measuring import find as measure
from wiki_activity.evidence.questions import Question
from wiki_activity.evidence.sources import Asking
from wiki_activity.storage.database import writing
from wiki_activity.storage.evidence_table import read_answers
from wiki_activity.storage.history_table import Span, store_history
from wiki_activity.wikimedia.action_api import Revisions
from wiki_activity.wikimedia.dashboard import Course
from wiki_activity.wikimedia.top_lists import TopPage
from wiki_activity_tests.evidence.fakes import NOW, FakeWikimedia
from wiki_activity_tests.explorer.stored import SHARED

HI = "hi.wikipedia.org"
CONTEST = "Asian Month 2025"


def explain(engine: Engine, wikimedia: FakeWikimedia) -> tuple[Finding, ...]:
    return wikimedia.explainer(engine).explain(HI, SHARED).findings


def question(engine: Engine, wikimedia: FakeWikimedia) -> Question:
    return wikimedia.explainer(engine).explain(HI, SHARED).question


def hold_imports(wikimedia: FakeWikimedia) -> None:
    """Two importers make most edits of two days, and nothing is otherwise than usual on the others."""
    wikimedia.hashtag = ""

    def get_days(project: str, series: object, first: date, last: date) -> dict[date, int]:
        length = (last - first).days + 1
        return {first + timedelta(days=at): 90_000 if at in {9, 10} else 1_000 for at in range(length)}

    def get_revisions(_: str, first: datetime, until: datetime, goes_on: str | None = None) -> Revisions:
        ats = [first + timedelta(seconds=3 * number) for number in range(BLOCK)]
        busy = first.year == SHARED.year and first.month == SHARED.month
        users = [f"Importer {n % 2}" if busy and n % 10 else f"Somebody {n % 30}" for n in range(BLOCK)]
        made = [Revision(at, user, 0, (), frozenset()) for at, user in zip(ats, users, strict=True)]
        return Revisions(tuple(one for one in made if one.at <= until), None)

    wikimedia.get_days = get_days  # type: ignore[method-assign, assignment]
    wikimedia.get_revisions = get_revisions  # type: ignore[method-assign]


def test_imports_are_told_by_the_log(engine: Engine, wikimedia: FakeWikimedia) -> None:
    hold_imports(wikimedia)

    def list_imports(_: str, first: datetime, until: datetime) -> list[Import]:
        seconds = int((until - first).total_seconds()) + 1
        return [
            Import(first + timedelta(seconds=at), f"Importer {n}", 0) for at in range(0, seconds, 2) for n in range(2)
        ]

    wikimedia.list_imports = list_imports  # type: ignore[method-assign]
    first = explain(engine, wikimedia)[0]

    assert first.kind is FindingKind.IMPORT
    assert first.share == pytest.approx(0.9, abs=0.1)
    assert str(first.url).endswith("Special:Log/import")


def test_a_burst_of_few_people_is_no_import_where_the_log_has_none(engine: Engine, wikimedia: FakeWikimedia) -> None:
    hold_imports(wikimedia)
    found = explain(engine, wikimedia)

    assert wikimedia.asked.count("list_imports") == 1
    assert FindingKind.IMPORT not in {one.kind for one in found}


def hold_contest(wikimedia: FakeWikimedia, *, all_year: bool) -> None:
    """Of three edits one is a page of talk with the template, one is of who put it there, one of anybody."""
    wikimedia.hashtag = ""

    def get_revisions(_: str, first: datetime, until: datetime, goes_on: str | None = None) -> Revisions:
        made = []
        for number in range(BLOCK):
            at, is_on = first + timedelta(seconds=30 * number), first >= wikimedia.since
            user, part = f"Participant {number % 60}" if is_on or all_year else f"Somebody {number % 60}", number % 3
            templates = frozenset({CONTEST}) if part == 0 and (is_on or all_year) else frozenset()
            made.append(
                Revision(
                    at, f"Somebody {number % 50}" if part == 2 else user, int(part == 0), (), frozenset(),
                    templates=templates,
                )
            )  # fmt: skip
        return Revisions(tuple(one for one in made if one.at <= until), None)

    def get_contributions(_: str, names: list[str], first: datetime, until: datetime) -> dict[str, list[Revision]]:
        one = [
            Revision(first, "", 1, (), frozenset(), templates=frozenset({CONTEST})),
            Revision(first, "", 0, (), frozenset()),
        ]
        return {name: [replace(row, user=name) for row in one] for name in names}

    wikimedia.get_revisions = get_revisions  # type: ignore[method-assign]
    wikimedia.get_contributions = get_contributions  # type: ignore[method-assign, assignment]


def test_a_contest_is_known_by_the_template_on_new_pages_of_talk(engine: Engine, wikimedia: FakeWikimedia) -> None:
    hold_contest(wikimedia, all_year=False)
    found = {one.kind: one for one in explain(engine, wikimedia)}

    told = found[FindingKind.TEMPLATE]
    assert told.subject == CONTEST
    # Half of all edits of content, and all of them more than usual.
    assert told.share is not None
    assert 0.5 < told.share < 0.7
    assert str(told.url).endswith("/wiki/Template:Asian_Month_2025")
    assert FindingKind.EVENT_PAGE in found, "there is a page of the contest to follow"


def test_a_template_that_is_put_on_pages_all_year_names_nothing(engine: Engine, wikimedia: FakeWikimedia) -> None:
    hold_contest(wikimedia, all_year=True)

    assert FindingKind.TEMPLATE not in {one.kind for one in explain(engine, wikimedia)}
    assert "get_contributions" not in wikimedia.asked


def test_what_was_quoted_and_is_no_template_is_told_nowhere(engine: Engine, wikimedia: FakeWikimedia) -> None:
    hold_contest(wikimedia, all_year=False)
    wikimedia.find_existing = lambda *_: set()  # type: ignore[method-assign]

    assert CONTEST not in str(explain(engine, wikimedia))
    with engine.connect() as connection:
        assert CONTEST not in str(list(connection.exec_driver_sql("SELECT answer FROM evidence").scalars()))


@pytest.mark.parametrize(
    ("first", "last", "edits", "share", "margin"),
    [
        ("2025-03-02", "2025-03-30", 0.4, 0.4, 0.04),
        ("2025-02-01", "2025-03-31", 0.5, 0.5 * 31 / 59, 0.5 * 28 / 59),
        ("2025-03-02", "2025-03-30", 7.0, 1.0, None),
        ("2025-03-02", "2025-03-30", None, None, None),
    ],
)
def test_a_programmes_own_edits_are_a_share_by_the_days_that_are_in_the_month(  # noqa: PLR0917
    engine: Engine,
    wikimedia: FakeWikimedia,
    first: str,
    last: str,
    edits: float | None,
    share: float | None,
    margin: float | None,
) -> None:
    asked = question(engine, wikimedia)
    count = None if edits is None else round(edits * (asked.value - asked.expected))
    answer = {"programmes": [["A course", "https://example.org", first, last, count]]}
    (found,) = measure(asked, {Source.PROGRAMMES: answer}, {Source.PROGRAMMES: NOW})

    assert found.kind is FindingKind.PROGRAMME
    assert found.share == (None if share is None else pytest.approx(share, abs=0.001))
    assert margin is None or found.margin == pytest.approx(margin, abs=0.001)


def test_a_programme_that_made_next_to_nothing_is_not_told(engine: Engine, wikimedia: FakeWikimedia) -> None:
    asked = question(engine, wikimedia)
    answers = [
        ["A course", "https://example.org", "2025-03-02", "2025-03-30", 3],
        ["B", "", "2025-03-02", "2025-03-30"],
    ]
    found = measure(asked, {Source.PROGRAMMES: {"programmes": answers}}, {Source.PROGRAMMES: NOW})

    assert [one.subject for one in found] == ["B"], "an answer of before says no edits"


def test_courses_that_cannot_have_been_on_are_not_asked_about(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.hashtag = ""
    courses = [
        Course("Org/Long ago", 90, SHARED - timedelta(days=121), 10),
        Course("Org/Later", 90, date(2025, 4, 1), 10),
        Course("Org/Two people", 2, SHARED, 10),
        Course("Org/Nothing written", 90, SHARED, 0),
        Course("Org/On", 3, SHARED, 10),
        Course("Org/Undated", 4, None, None),
    ]
    asked: list[str] = []
    wikimedia.list_courses = lambda *_: courses  # type: ignore[method-assign]
    wikimedia.get_course = lambda slug, _: asked.append(slug)  # type: ignore[method-assign, func-returns-value]
    explain(engine, wikimedia)

    assert asked == ["Org/Undated", "Org/On"]


def test_a_wave_of_people_without_an_account_is_no_programmes_and_no_busy_editors(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    asked = replace(question(engine, wikimedia), logged_out=True)
    asking = Asking(asked, wikimedia, wikimedia, wikimedia, wikimedia)

    assert [source for source in Source if not asking.needs(source, {})] == [Source.EDITORS, Source.PROGRAMMES]


def test_editors_are_not_asked_for_where_ten_people_made_no_more_than_usual(
    engine: Engine, wikimedia: FakeWikimedia
) -> None:
    asked = question(engine, wikimedia)
    asking = Asking(asked, wikimedia, wikimedia, wikimedia, wikimedia)
    for busiest, needed in ((30, False), (60, True)):
        blocks = {"whole": False, "accounts": {}, "blocks": [[0.0, 1.0, 100, 0, {}, busiest]]}
        usual = {"whole": False, "accounts": {}, "blocks": [[0.0, 1.0, 100, 0, {}, 40]]}
        known = {Source.REVISIONS: {"peak": blocks, "usual": usual, "tags": {}}}
        assert asking.needs(Source.EDITORS, known) is needed
    known[Source.REVISIONS]["usual"] = {**usual, "blocks": []}
    assert asking.needs(Source.EDITORS, known), "nothing usual is known"


def test_days_that_are_stored_are_not_asked_for(engine: Engine, wikimedia: FakeWikimedia) -> None:
    asked = date(2025, 2, 20), date(2025, 4, 2)
    days = {day: n + day.day for day, n in wikimedia.get_days(HI, None, *asked).items()}  # type: ignore[arg-type]
    with writing(engine) as connection:
        store_history(connection, HI, Span(*asked, NOW), {day: (2 * n, n, 0) for day, n in days.items()})
    wikimedia.asked = []
    told = explain(engine, wikimedia)

    assert "get_days" not in wikimedia.asked
    stored = read_answers(engine, HI, SHARED)[Source.DAYS].answer
    assert stored == {day.isoformat(): n for day, n in days.items() if day.month == SHARED.month}
    assert told[0].subject == "wpwp"


def test_pages_named_after_the_year_need_no_year_before(engine: Engine, wikimedia: FakeWikimedia) -> None:
    wikimedia.get_top_pages = lambda *_: [  # type: ignore[method-assign]
        TopPage(title, 90) for title in ("Wikipedia:Village pump", "Wikipedia:A contest 2025")
    ]
    months: list[date] = []
    answer = wikimedia.get_top_pages
    wikimedia.get_top_pages = lambda project, month: (months.append(month), answer(project, month))[1]  # type: ignore[method-assign]
    told = [one.subject for one in explain(engine, wikimedia) if one.kind is FindingKind.EVENT_PAGE]

    assert told == ["Wikipedia:A contest 2025"]
    assert months == [SHARED]
