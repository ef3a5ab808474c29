"""How moments, months and numbers are held in columns."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from wiki_activity.domain.months import start_of

BIG_KEY = BigInteger().with_variant(Integer, "sqlite")
"""A counting primary key; SQLite counts only in its own INTEGER."""

LONG_TEXT = Text().with_variant(MEDIUMTEXT, "mysql")
"""Text that may pass the 64 KB of MySQL's TEXT."""


class Month(TypeDecorator[date]):
    """A month as a `date` in Python, and as the midnight of its first day in the column."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Write the first moment of the month."""
        return None if value is None else start_of(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:  # noqa: ANN401, ARG002, RUF100
        """Read the first day of the month."""
        return None if value is None else value.date()


class Moment(TypeDecorator[datetime]):
    """A moment: UTC with its time zone in Python, naive UTC in the column, to the second.

    MySQL's DATETIME rounds fractions, which could put a heartbeat into the future: they are cut off on both backends.
    """

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Write naive UTC; a moment without a time zone is taken to be UTC."""
        if value is None:
            return None
        utc = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return utc.replace(microsecond=0)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002, RUF100
        """Read UTC."""
        return None if value is None else value.replace(tzinfo=UTC)
