"""Recorded counts beside the project, as matrices; tests that need them skip where the folder is absent."""

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.detection import Floats
from wiki_activity.domain.months import list_months, parse_month

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Counts of recorded wikis, (wikis, months), NaN where missing."""

    projects: list[str]
    months: list[date]
    counts: Floats


RECORDED = (
    ("aqs_monthly.csv.gz", ("edits_all",), Metric.EDITS),
    ("aqs_monthly.csv.gz", ("edits_user", "edits_anonymous"), Metric.PEOPLE_EDITS),
    ("aqs_monthly.csv.gz", ("editors_user",), Metric.EDITORS),
    ("wikistats1_monthly.csv.gz", ("edits",), Metric.EDITS),
    ("wikistats1_monthly.csv.gz", ("editors_ge5",), Metric.EDITORS),
)
"""File, the columns whose sum is meant, and the metric they stand for."""


def read_recorded(name: str, columns: tuple[str, ...]) -> Recorded:
    """Read the sum of some columns of a recorded file, or skip the test where it is absent."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"no recorded data at {SHARED_DATA}")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    projects = sorted({row["project"] for row in rows})
    stored = [parse_month(row["month"]) for row in rows]
    months = list_months(min(stored), max(stored))
    counts = np.full((len(projects), len(months)), np.nan)
    row_of: Mapping[str, int] = {project: number for number, project in enumerate(projects)}
    column_of: Mapping[date, int] = {month: number for number, month in enumerate(months)}
    for row, month in zip(rows, stored, strict=True):
        counts[row_of[row["project"]], column_of[month]] = sum(int(row[column]) for column in columns)
    return Recorded(projects, months, counts)
