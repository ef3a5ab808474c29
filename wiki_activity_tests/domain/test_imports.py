"""Imports: when a wiki's log of them is worth a look, and which edits it speaks of."""

from datetime import UTC, date, datetime, timedelta

from wiki_activity.domain.imports import Import, label_imports, may_be_imports, part_of_few
from wiki_activity.domain.revision_labels import IMPORT, Revision

AT = datetime(2024, 3, 5, tzinfo=UTC)
BURST = {date(2024, 3, day): 900 if day in {5, 6} else 110 for day in range(1, 32)}
STEADY = {date(2024, 3, day): 200 for day in range(1, 32)}


def make(users: list[str], namespace: int = 0) -> list[Revision]:
    return [Revision(AT + timedelta(seconds=10 * n), user, namespace, (), frozenset()) for n, user in enumerate(users)]


FEW = make(["One", "Two", *(f"Other {number}" for number in range(6))] * 5)
MANY = make([f"Other {number}" for number in range(40)])


def test_the_log_is_worth_a_look_where_few_people_made_a_burst() -> None:
    assert may_be_imports(BURST, 100, [MANY, FEW], (0,))
    assert not may_be_imports(STEADY, 100, [FEW], (0,))
    assert not may_be_imports(BURST, 100, [MANY], (0,))
    assert not may_be_imports(BURST, 100, [make(["One"] * 9, namespace=4)], (0,))
    assert part_of_few([], (0,)) == 0


def test_an_import_left_the_edit_of_its_account_within_a_second() -> None:
    block = make(["One", "One", "Two", "One"])
    log = [
        Import(AT + timedelta(seconds=1), "One", 0),
        Import(AT + timedelta(seconds=12), "One", 0),
        Import(AT + timedelta(seconds=20), "One", 0),
        Import(AT + timedelta(seconds=30), "One", 10),
    ]

    assert [IMPORT in one.labels for one in label_imports(block, log)] == [True, False, False, False]
