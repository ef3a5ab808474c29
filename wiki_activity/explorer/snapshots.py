"""The current snapshot: made in bulk at first, renewed when somebody asks and what is stored has changed."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count

from sqlalchemy import Engine

from wiki_activity.domain.notes import Note
from wiki_activity.explorer.cache import RenewedValue
from wiki_activity.explorer.calendar import Calendar, make_calendar
from wiki_activity.explorer.catalogue import Catalogue, make_catalogue
from wiki_activity.explorer.peak_board import PeakBoard
from wiki_activity.explorer.snapshot import Notes, Snapshot, WikiSnapshot
from wiki_activity.storage.calendar_table import read_calendar
from wiki_activity.storage.data_version import CALENDAR, NOTES, PEAKS, WIKIS, DataVersion, read_data_version
from wiki_activity.storage.note_reading import read_notes
from wiki_activity.storage.wiki_data import list_stored_wikis, read_wiki_data
from wiki_activity.storage.wiki_names import load_former_names
from wiki_activity.storage.wiki_table import load_wikis

_WIKIS_AT_ONCE = 40
"""Of those that change while readers wait, some tenths of a second's worth."""
_AT_ONCE_SECONDS = 0.25


class Snapshots:
    """Keeps the current snapshot.

    Parameters
    ----------
    engine
        The database.
    percent
        `rolling_mean`'s own knob.
    look_seconds
        So long what was seen is taken as still true; changes that are made here are always seen at once.
    list_seconds
        So long the lists of all wikis and of their peaks may be older than the wikis themselves, which a refresh
        changes all the time.
    timer
        Monotonic seconds.
    wikis_at_once
        Of many that change at once, so many are read for each quarter of a second since somebody looked last, and for
        one at least: readers who come often wait for few, and whoever comes after a while waits until all is renewed.
    """

    def __init__(
        self,
        engine: Engine,
        percent: float,
        look_seconds: float,
        list_seconds: float,
        timer: Callable[[], float] = time.monotonic,
        *,
        wikis_at_once: int = _WIKIS_AT_ONCE,
    ) -> None:
        self._engine = engine
        self._percent = percent
        self._list_seconds = list_seconds
        self._timer = timer
        self._wikis_at_once = wikis_at_once
        self._wanted: set[str] = set()
        self._versions = count(1)
        self._last: Snapshot | None = None
        self._looked_at = self._listed_at = -math.inf
        # What the lists were made of: numbers, and whether all wikis had come to them.
        self._listed: tuple[DataVersion, bool] | None = None
        # One renews, and all who come meanwhile get the last one if that is young enough.
        self._seen = RenewedValue(self._renew, look_seconds, timer)

    def read(self) -> Snapshot:
        """Return the current snapshot, renewed if anything has changed.

        Raises
        ------
        StorageError
            If it cannot be read whether it still is the current one.
        """
        return self._seen.read()

    async def look(self) -> Snapshot:
        """Return the same, without holding up anybody else."""
        return await self._seen.look()

    @property
    def age_seconds(self) -> float | None:
        """Since when nobody has seen that the current snapshot still is the current one; None before there is any."""
        return None if self._last is None else self._timer() - self._looked_at

    def want(self, projects: Iterable[str]) -> None:
        """Let wikis that somebody asks for now be the first of those that have changed; other names are let be."""
        if self._last is not None:
            self._wanted.update(self._last.wikis.keys() & projects)

    def look_again(self) -> None:
        """See what was changed here before anybody is answered."""
        self._seen.forget()

    def _renew(self) -> Snapshot:
        last = self._last
        # Read first: what is newer than its number is read again, what is older never would be.
        numbers = read_data_version(self._engine, None if last is None else last.numbers)
        wikis, pending = self._renew_wikis(last, numbers)
        now, state = self._timer(), (numbers, not pending)
        # What is stored of a wiki that is called otherwise is under its new name alone: under the old one is nothing.
        renamed = self._listed is not None and self._listed[0].of(WIKIS) != numbers.of(WIKIS)
        if last is None or renamed or (state != self._listed and now - self._listed_at >= self._list_seconds):
            catalogue, board = self._renew_lists(last, wikis, numbers)
            self._listed, self._listed_at = state, now
            lists = next(self._versions)
        else:
            catalogue, board, lists = last.catalogue, last.board, last.lists
        notes, written = (0, ()) if last is None else (last.notes, last.written)
        if last is None or numbers.of(NOTES) != last.numbers.of(NOTES):
            # Not the number that was read: what is read now may be newer.
            notes, written = next(self._versions), tuple(read_notes(self._engine))
        # A wiki that is new here may have some already.
        if last is None or notes != last.notes or wikis.keys() != last.wikis.keys() or catalogue is not last.catalogue:
            wikis = _hand_out(wikis, written, catalogue, notes)
        is_same = last is not None and wikis is last.wikis and catalogue is last.catalogue
        made = last.made if last is not None and is_same else {}
        calendar = self._renew_calendar(last, numbers)
        self._last = Snapshot(numbers, catalogue, wikis, board, lists, notes, written, self._percent, made, calendar)
        self._looked_at = now
        return self._last

    def _renew_calendar(self, last: Snapshot | None, numbers: DataVersion) -> Calendar:
        if last is not None and numbers.of(CALENDAR) == last.numbers.of(CALENDAR):
            return last.calendar
        return make_calendar(read_calendar(self._engine), next(self._versions))

    def _renew_wikis(
        self, last: Snapshot | None, numbers: DataVersion
    ) -> tuple[Mapping[str, WikiSnapshot], Sequence[str]]:
        """Return the wikis, and those of them that have changed and are not read yet."""
        if last is None:
            return self._read(sorted(list_stored_wikis(self._engine)), numbers, {}), ()
        changed = [name for name, wiki in last.wikis.items() if numbers.of(name)[0] != wiki.number]
        changed += [name for name in numbers.wikis if name not in last.wikis]
        wanted, self._wanted = self._wanted, set()
        if not changed:
            return last.wikis, ()
        # Then those that have waited longest.
        changed.sort(key=lambda name: name in last.wikis and name not in wanted)
        most = self._wikis_at_once * max(1, int((self._timer() - self._looked_at) / _AT_ONCE_SECONDS))
        read = self._read(changed[:most], numbers, last.wikis)
        return {name: wiki for name, wiki in last.wikis.items() if name not in read} | read, changed[most:]

    def _read(
        self, projects: Sequence[str], numbers: DataVersion, last: Mapping[str, WikiSnapshot]
    ) -> dict[str, WikiSnapshot]:
        return {
            one.project: WikiSnapshot(
                one,
                last[one.project].notes if one.project in last else Notes(),
                numbers.of(one.project)[0],
                self._percent,
            )
            for one in read_wiki_data(self._engine, projects)
        }

    def _renew_lists(
        self, last: Snapshot | None, wikis: Mapping[str, WikiSnapshot], numbers: DataVersion
    ) -> tuple[Catalogue, PeakBoard]:
        before, was_whole = (None, False) if self._listed is None else self._listed
        if last is None or before is None or before.of(WIKIS) != numbers.of(WIKIS):
            known, former = load_wikis(self._engine), load_former_names(self._engine)
        else:
            known, former = list(last.catalogue.wikis.values()), last.catalogue.former
        catalogue = make_catalogue(known, former, [wiki.data for wiki in wikis.values()])
        if last is not None and before is not None and was_whole and before.of(PEAKS) == numbers.of(PEAKS):
            return catalogue, last.board
        peaks = {name: wiki.data.peaks for name, wiki in wikis.items() if len(wiki.data.peaks)}
        evidence = {name: wiki.data.evidence for name, wiki in wikis.items() if wiki.data.evidence}
        return catalogue, PeakBoard(peaks, next(self._versions), evidence)


def _hand_out(
    wikis: Mapping[str, WikiSnapshot], written: Sequence[Note], catalogue: Catalogue, version: int
) -> dict[str, WikiSnapshot]:
    """Give each wiki the notes whose scope covers it; those of which nothing has changed stay the same objects."""
    named: dict[str, list[Note]] = {}
    wide: list[Note] = []
    for one in written:
        for project in one.subject.scope.projects:
            named.setdefault(project, []).append(one)
        if not one.subject.scope.projects:
            wide.append(one)
    handed: dict[str, WikiSnapshot] = {}
    for name, wiki in wikis.items():
        known = catalogue.wikis.get(name)
        own = named.get(name, []) + [one for one in wide if one.subject.scope.covers(name, known)]
        notes = tuple(sorted(own, key=lambda one: (one.subject.first, one.id)))
        handed[name] = wiki if notes == wiki.notes.written else wiki.with_notes(Notes(version, notes))
    return handed
