"""In which state counts, peaks and annotations are, as of a moment ago: by it is kept what is made of them."""

from sqlalchemy import Engine

from wiki_activity.explorer.caching import Cached
from wiki_activity.storage.data_version import DataVersion, read_data_version

Version = tuple[int, ...]
"""A number for the state of each of some subjects."""


class Versions:
    """Looks in which state subjects are.

    Parameters
    ----------
    engine
        The database.
    seconds
        So long what was seen is taken as still true; changes that are made here are always seen at once.
    """

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._known: DataVersion | None = None
        self._seen = Cached(self._look, seconds)

    def of(self, *subjects: str) -> Version:
        """Return the numbers of subjects' states, in their order; read this first and the data after it.

        Parameters
        ----------
        subjects
            Projects, `PEAKS` or `ANNOTATIONS`.
        """
        return self._seen.read().of(*subjects)

    def look_again(self) -> None:
        """See what was changed here before anybody is answered."""
        self._seen.forget()

    def _look(self) -> DataVersion:
        self._known = read_data_version(self._engine, self._known)
        return self._known
