"""How many requests are really sent for something, and how many may be."""

from dataclasses import dataclass

from wiki_activity.wikimedia.answer_errors import NotAskedError


@dataclass(slots=True)
class RequestMeter:
    """Counts requests, those that ask again too, and ends them at a limit.

    Parameters
    ----------
    most
        So many may be sent.
    sent
        So far.
    """

    most: int
    sent: int = 0

    @property
    def are_left(self) -> bool:
        """Whether another one may be sent."""
        return self.sent < self.most

    def count(self, url: str) -> None:
        """Count one that is about to be sent.

        Raises
        ------
        NotAskedError
            When there were enough.
        """
        if not self.are_left:
            msg = f"{url}: not asked: {self.most} requests were sent, and no more are"
            raise NotAskedError(msg)
        self.sent += 1
