"""Why a run failed, in one line."""

import pytest

from wiki_activity.defs.failures import shorten_cause


def test_a_cause_that_stands_in_a_later_line_is_told() -> None:
    text = "1 validation error for RefreshConfig\nsince\n  should be a month, not 'soon'"
    assert shorten_cause(text) == "1 validation error for RefreshConfig since should be a month, not 'soon'"


def test_of_a_long_text_the_begin_and_the_end_are_told() -> None:
    lines = "\n".join(f'  File "code.py", line {at}' for at in range(200))
    told = shorten_cause(f"the worker died\nTraceback\n{lines}\nOSError: the disk is full")
    assert told.startswith("the worker died Traceback")
    assert told.endswith("OSError: the disk is full")
    assert len(told) < 400


def test_a_statement_with_its_values_is_no_cause() -> None:
    cause = "(pymysql.err.OperationalError) (1205, 'Lock wait')"
    assert shorten_cause(f"{cause}\n[SQL: insert into x\n values (%s)]\n[parameters: ('s3cret',)]") == cause


@pytest.mark.parametrize(
    "line",
    ["mysql://me:s3cret@db/x", "password=s3cret", "'token': 's3cret'", "https://hooks.slack.com/services/T0/B0/s3cret"],
)
def test_secrets_of_later_lines_are_not_told(line: str) -> None:
    told = shorten_cause(f"it failed\nat {line}")
    assert told.startswith("it failed at ")
    assert "s3cret" not in told
