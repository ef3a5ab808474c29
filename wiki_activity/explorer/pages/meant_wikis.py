"""The wikis that texts in an address mean."""

from typing import Final

from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.problems import quote_value

_LOOKED_FOR: Final = 5
"""Of texts that are no wiki's address, so many are looked for among all names: that takes a while."""
_LONGEST_NAME: Final = 80


class MeantWikis:
    """Finds the wikis of one request.

    Parameters
    ----------
    catalogue
        All wikis.
    notices
        Gets a sentence for each text that was taken for a name.
    guess
        Whether to look for texts among all names.
    """

    def __init__(self, catalogue: Catalogue, notices: list[str], *, guess: bool = True) -> None:
        self._catalogue = catalogue
        self._notices = notices
        self._left = _LOOKED_FOR if guess else 0

    def find(self, text: str) -> Wiki | None:
        """Find the wiki whose address, old address, database or name a text is; None where there is none."""
        wiki = self._catalogue.wikis.get(text) or self._catalogue.resolve(text)
        if wiki is not None or not self._left:
            return wiki
        self._left -= 1
        for likely in self._catalogue.find(text[:_LONGEST_NAME], 1):
            self._notices.append(f"{quote_value(text)} was taken for {likely.name} ({likely.project}).")
            return likely
        return None
