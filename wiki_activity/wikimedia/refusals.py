"""What of the stream cannot be used: counted by reason and by wiki, and told in words for people."""

import logging
from collections import Counter
from typing import Final

logger = logging.getLogger(__name__)

_MOST_KINDS: Final = 200
_MOST_WIKIS: Final = 5000
_FEWEST: Final = 20
"""So many in a row that cannot be read mean that none can."""
_MOST_OTHERS: Final = 2000
"""So many events without an article edit are not by chance: it is every third or so."""
_GENERATION: Final = 500
_TOLD_SHARE: Final = 0.05
_TOLD_REASONS: Final = 3
_TOLD_WIKIS: Final = 3


class BrokenMessages:
    """Counts what cannot be used, by kind and by wiki; the first of each kind is logged.

    "Lately" is the last 500 to 1,000 edits, read or not. It needs no clock, so that it holds for a replay too.
    """

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.by_project: Counter[str] = Counter()
        """Where the wiki could be read; the rest are under the empty name, as is all beyond 5,000 wikis."""
        self._without_edits = 0
        self._row: Counter[str] = Counter()
        self._lately: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        self._read_lately = self._read_before = 0
        self.unread: dict[str, Counter[str]] = {}
        """By wiki whose newest edits could not be read: why not."""

    def add(self, kind: str, sample: str, project: str = "", times: int = 1) -> None:
        """Count one, and name its kind when it is new.

        Parameters
        ----------
        kind
            What is wrong, in a few words that are the same each time.
        sample
            The beginning of it, for the log.
        project
            The wiki; empty where it cannot be read.
        times
            How many.
        """
        if kind not in self.kinds:
            kind = kind if len(self.kinds) < _MOST_KINDS else "of another kind"
            logger.warning("skipped a message: %s; more of the kind are counted only. It was %.120r", kind, sample)
        self.kinds[kind] += times
        if project not in self.by_project and len(self.by_project) >= _MOST_WIKIS:
            project = ""
        self.by_project[project] += times
        self._row[kind] += times
        self._lately[kind] += times
        if project and (project in self.unread or len(self.unread) < _MOST_WIKIS):
            self.unread.setdefault(project, Counter())[kind] += times
        self._turn()

    def note_read(self, edits: int) -> None:
        """Note that so many edits could be read."""
        if edits:
            self._row.clear()
            self._read_lately += edits
            self._turn()

    def note_wiki_read(self, project: str) -> None:
        """Note that an edit of a wiki of :attr:`unread` could be read."""
        self.unread.pop(project, None)

    def note_events(self, count: int, *, with_edits: bool) -> None:
        """Note that so many events have come, whatever they are, with article edits among them or not."""
        self._without_edits = 0 if with_edits else self._without_edits + count

    @property
    def problem(self) -> str | None:
        """Why nothing can be seen though edits come; None as long as any can be read."""
        if self._row.total() >= _FEWEST:
            return f"edits come, and none can be read: {_name_most(self._row)}"
        if self._without_edits >= _MOST_OTHERS:
            return f"events come, and none of the last {self._without_edits:,} is an article edit"
        return None

    @property
    def warning(self) -> str | None:
        """What share of the edits could not be read lately, and of which wikis none; None where that is hardly any."""
        broken = self._lately + self._before
        count, everything = broken.total(), broken.total() + self._read_lately + self._read_before
        said = []
        if count >= _FEWEST and count >= _TOLD_SHARE * everything:
            reasons = ", ".join(f"{kind} ({number:,})" for kind, number in broken.most_common(_TOLD_REASONS))
            said.append(f"{count:,} of the last {everything:,} edits cannot be read: {reasons}")
        unread = [(name, kinds) for name, kinds in self.unread.items() if kinds.total() >= _FEWEST]
        for name, kinds in sorted(unread, key=lambda one: -one[1].total())[:_TOLD_WIKIS]:
            said.append(f"{name}: none of its last {kinds.total():,} edits can be read: {_name_most(kinds)}")
        return "; ".join(said) or None

    def _turn(self) -> None:
        if self._lately.total() + self._read_lately >= _GENERATION:
            self._before, self._lately = self._lately, Counter()
            self._read_before, self._read_lately = self._read_lately, 0


def _name_most(kinds: Counter[str]) -> str:
    ((kind, _),) = kinds.most_common(1)
    return kind
