"""When temporary accounts began on a wiki: a day only where it is known."""

from datetime import date

import pytest

from wiki_activity.domain.definition_changes import list_definition_changes


@pytest.mark.parametrize(
    ("project", "month", "day"),
    [
        ("en.wikipedia.org", date(2025, 11, 1), date(2025, 11, 4)),
        ("de.wikipedia.org", date(2025, 6, 1), None),
        ("ro.wikipedia.org", date(2025, 10, 1), None),
        ("hi.wikipedia.org", date(2025, 10, 1), None),
    ],
)
def test_only_what_is_verified_has_a_day(project: str, month: date, day: date | None) -> None:
    switch, tightened = list_definition_changes(project)
    assert (switch.month, switch.day) == (month, day)
    assert ("not known to us" in switch.text) == (month == date(2025, 10, 1))
    assert tightened.day is None
    assert "not known to us" in tightened.text
