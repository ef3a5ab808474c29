"""What Wikimedia counted of days: zero where it answered, unknown where it was not asked."""

from datetime import date

from sqlalchemy import Engine

from wiki_activity.storage.database import writing
from wiki_activity.storage.history_table import Span, read_history, read_spans, store_history
from wiki_activity.storage.renames import save_matrix
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.test_renames import LATER, NEW, OLD, others, wiki

HI = "hi.wikipedia.org"


def day(number: int, month: int = 5) -> date:
    return date(2024, month, number)


def store(engine: Engine, first: date, last: date, days: dict[date, tuple[int, int, int]], project: str = HI) -> None:
    with writing(engine) as connection:
        store_history(connection, project, Span(first, last, NOW), days)


def test_days_without_edits_are_zero_within_what_was_answered_and_unknown_without(engine: Engine) -> None:
    assert read_history(engine, HI) is None
    store(engine, day(1), day(4), {day(2): (9, 5, 3), day(3): (0, 0, 0)})
    found = read_history(engine, HI)
    assert found is not None
    assert found.span == Span(day(1), day(4), NOW)
    assert found.counts.tolist() == [[0, 0, 0], [9, 5, 3], [0, 0, 0], [0, 0, 0]]


def test_an_answer_takes_the_place_of_its_days_and_leaves_earlier_ones(engine: Engine) -> None:
    store(engine, day(1), day(4), {day(one): (one, 0, 0) for one in (1, 2, 3, 4)})
    store(engine, day(3), day(6), {day(4): (40, 0, 0), day(6): (60, 0, 0)})
    found = read_history(engine, HI)
    assert found is not None
    assert [row[0] for row in found.counts.tolist()] == [1, 2, 0, 40, 0, 60]


def test_days_that_an_answer_does_not_touch_are_forgotten_rather_than_taken_for_zero_between(engine: Engine) -> None:
    store(engine, day(1), day(2), {day(1): (1, 0, 0)})
    store(engine, day(1, month=7), day(2, month=7), {day(1, month=7): (7, 0, 0)})
    found = read_history(engine, HI)
    assert found is not None
    assert (found.span.first, found.counts[:, 0].tolist()) == (day(1, month=7), [7, 0])


def test_a_moved_wiki_takes_its_history_along_and_does_not_mix_it_with_anothers(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD, "be_x_oldwiki"), *others()], NOW)
    store(engine, day(1), day(3), {day(1): (1, 1, 0)}, OLD)
    store(engine, day(1), day(3), {day(2): (2, 2, 0)}, NEW)
    save_matrix(engine, [wiki(NEW, "be_x_oldwiki"), *others()], LATER)
    found = read_history(engine, NEW)
    assert found is not None
    assert found.counts[:, 0].tolist() == [1, 0, 0]
    assert list(read_spans(engine)) == [NEW]
