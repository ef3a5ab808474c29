"""Rows and counts for the tests of this folder."""

from collections.abc import Callable, Sequence
from datetime import date
from threading import Thread
from typing import Any

from wiki_activity.domain.counts import MonthlyCounts
from wiki_activity.domain.months import parse_month, shift_month

MAY = date(2024, 5, 1)


def editor_row(project: str = "hi.wikipedia.org", month: date = MAY, count: int = 7) -> dict[str, Any]:
    """Write one row of `editor_counts`."""
    return {"project": project, "timestamp": month, "editor_count": count}


def counts_from(first: str, *counts: int | None) -> MonthlyCounts:
    """Write counts of consecutive months; None for a month that is missing."""
    start = parse_month(first)
    return {shift_month(start, at): count for at, count in enumerate(counts) if count is not None}


def run_together(works: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Run each in a thread of its own; return what they raised."""
    errors: list[BaseException] = []

    def guard(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    threads = [Thread(target=guard, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return errors
