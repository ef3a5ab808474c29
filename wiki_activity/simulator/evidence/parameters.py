"""Parameters of the simulated Action API, read with its rules and errors."""

import re
from datetime import UTC, datetime

from starlette.datastructures import QueryParams


class ApiError(Exception):
    """A request that is answered with an error of the Action API, which has status 200."""

    def __init__(self, code: str, info: str) -> None:
        super().__init__(info)
        self.code = code
        self.info = info


class Parameters:
    """What is asked; each method raises :class:`ApiError` for a value that MediaWiki refuses."""

    def __init__(self, asked: QueryParams) -> None:
        self._asked = asked

    def check_lag(self, lag_seconds: float) -> None:
        """Refuse who does not want to be served while the databases are so far behind."""
        if lag_seconds > self.number("maxlag", 1 << 30):
            raise ApiError("maxlag", f"Waiting for a database server: {lag_seconds} seconds lagged.")

    def text(self, name: str, default: str = "") -> str:
        """Return the text."""
        return self._asked.get(name, default)

    def words(self, name: str, default: str = "", most: int = 50) -> list[str]:
        """Return the parts of a list, which lie between bars; without the high limits at most 50."""
        text = self.text(name, default)
        words = text.removeprefix("\x1f").split("\x1f" if text.startswith("\x1f") else "|") if text else []
        if len(words) > most:
            raise ApiError("toomanyvalues", f'Too many values supplied for parameter "{name}". The limit is {most}.')
        return words

    def number(self, name: str, default: int) -> int:
        """Return a whole number."""
        text = self.text(name, str(default))
        if re.fullmatch(r"-?[0-9]{1,12}", text) is None:
            raise ApiError("badinteger", f'Invalid value "{text}" for integer parameter "{name}".')
        return int(text)

    def limit(self, name: str) -> int:
        """Return how many rows are asked for: 10 if nothing is said, 500 at most."""
        if self.text(name) == "max":
            return 500
        limit = self.number(name, 10)
        if limit < 1:
            raise ApiError("badinteger", f'The value of "{name}" must be at least 1.')
        return min(limit, 500)

    def time(self, name: str) -> float | None:
        """Return a time in epoch seconds; None where none is given."""
        text = self.text(name)
        if not text:
            return None
        if re.fullmatch(r"[0-9]{14}", text):
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ApiError("badtimestamp", f'Invalid value "{text}" for timestamp parameter "{name}".') from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def is_newer(self, name: str) -> bool:
        """Return whether the oldest come first; the newest do if nothing is said."""
        direction = self.text(name, "older")
        if direction not in {"newer", "older"}:
            raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {direction}.')
        return direction == "newer"

    def namespaces(self, name: str) -> frozenset[int] | None:
        """Return the namespaces that are asked for; None where all are."""
        words = self.words(name)
        if any(re.fullmatch(r"-?[0-9]{1,4}", word) is None for word in words):
            raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {"|".join(words)}.')
        return frozenset(int(word) for word in words) if words and words != ["*"] else None
