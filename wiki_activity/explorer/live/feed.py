"""The live part of the explorer: pictures at most a second old for everybody, and the producer of the streams."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from wiki_activity.explorer.cache import RenewedValue
from wiki_activity.explorer.catalogue import Catalogue
from wiki_activity.explorer.live.day import DayReader
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.producer import READ_SECONDS, Producer
from wiki_activity.explorer.live.reader import LiveReader
from wiki_activity.settings import Settings

_MEANWHILE_SECONDS = 8.0
"""A store that hangs holds up one reader, and not all of them."""


class LiveFeed:
    """Pictures and streams, however many look on: the stores are asked about once a second at most.

    Parameters
    ----------
    settings
        Where the stores are, and what is judged.
    engine
        The database.
    clock
        Wall clock, UTC.
    catalogues
        For the wikis' names.
    """

    def __init__(
        self, settings: Settings, engine: Engine, clock: Callable[[], datetime], catalogues: RenewedValue[Catalogue]
    ) -> None:
        self._reader = LiveReader(settings, engine, clock, catalogues)
        self._pictures = RenewedValue(self._reader.read, 0.8 * READ_SECONDS, meanwhile=_MEANWHILE_SECONDS)
        self.days = DayReader(settings)
        self.producer = Producer(self._pictures.read, settings)

    def read(self) -> Picture:
        """Return how things are, or were within the last second; never fails."""
        return self._pictures.read()

    async def close(self) -> None:
        """End the streams and hang up."""
        await self.producer.close()
        self._reader.close()
        self.days.close()
