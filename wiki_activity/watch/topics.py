"""Which topics the stream is made of and how far each is, out of its resume ids."""

from wiki_activity.wikimedia.resume_ids import Reached, read_places


class Topics:
    """Reads how far the topics are, piece by piece."""

    def __init__(self) -> None:
        self._places: dict[str, Reached] = {}
        self._newest: tuple[str, dict[str, Reached]] = ("", {})

    def list_names(self, resume_id: str) -> list[str]:
        """List the topics of an id."""
        return list(self._read(resume_id))

    def read(self, resume_id: str, first: int | None, last: int | None) -> dict[str, float | None]:
        """Read how far each topic is.

        Parameters
        ----------
        resume_id
            After the piece.
        first, last
            The lowest and the highest event time in it; None where it has no edit. They serve where an id has no times
            but numbers: if one topic alone went on, it is at the highest, else each is at the lowest at least.

        Returns
        -------
        dict
            Epoch seconds by topic; None where nothing is known.
        """
        places = self._read(resume_id)
        moved = {name for name, one in places.items() if one != self._places.get(name) and (one.offset or 0) >= 0}
        self._places |= places
        found: dict[str, float | None] = {}
        for name, one in places.items():
            if one.milliseconds is not None:
                found[name] = one.milliseconds / 1000
            else:
                found[name] = (last if len(moved) == 1 else first) if name in moved else None
        return found

    def _read(self, resume_id: str) -> dict[str, Reached]:
        if resume_id != self._newest[0]:
            self._newest = resume_id, read_places(resume_id.encode("latin-1", "replace")) or {}
        return self._newest[1]
