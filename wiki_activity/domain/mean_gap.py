"""The live detector `mean_gap`: the mean time between edits over the window is below a threshold."""

from collections.abc import Mapping
from typing import Any, Final

from wiki_activity.domain.live import EndReason, LiveDetectorName, Signal, Tick

THRESHOLD_SECONDS: Final = 0.03
LEAST_EDITS: Final = 20


class MeanGap:
    """The rule of the earlier program, on all edits, bots' included: it begins and ends as the comparison changes.

    The mean gap is (last − first)/(n − 1), which equals the mean of the n − 1 gaps, since these add up to last − first.
    It is held against the threshold where the window has 20 edits; with fewer the wiki is not busy.

    Why 0.03 s never fires: it is `scipy.stats.expon(scale=0.6).ppf(0.05)`, rounded. English Wikipedia then had an edit
    every 0.6 s, so that one gap in twenty was shorter than 0.03 s, and that was to be rare enough for an alert. Held
    against it is not one gap, however, but the mean of the window's 200. Its standard deviation is 0.6/√200 = 0.04 s,
    which puts 0.03 s more than 13 of them below the mean: chance gets there with a probability of 10⁻¹⁷⁹, and people
    only by editing twenty times as fast as usual for two minutes. The threshold that 5 % of such means fall below is
    0.53 s; it would fire many times a day, since edits are less even than chance and busier by day than by night.

    The rule knows no usual level. So it does not look back: an episode starts and ends at the ticks that notice it;
    and it cannot tell a feed that fell silent from a calm one.

    Parameters
    ----------
    threshold_seconds
        Mean gap below which, strictly, the wiki is busy.
    """

    def __init__(self, threshold_seconds: float = THRESHOLD_SECONDS) -> None:
        self._threshold_seconds = threshold_seconds
        self._opened_at: int | None = None

    @property
    def name(self) -> LiveDetectorName:
        """The rule's name."""
        return LiveDetectorName.MEAN_GAP

    def tick(self, tick: Tick) -> Signal:
        """Hold the window's mean gap against the threshold; the rate is None also where the mean gap is 0 s."""
        gap_seconds = find_mean_gap(tick)
        busy = tick.window_edits >= LEAST_EDITS and gap_seconds is not None and gap_seconds < self._threshold_seconds
        was_busy = self._opened_at is not None
        if busy and not was_busy:
            self._opened_at = tick.at
        ends = was_busy and not busy
        signal = Signal(
            busy=busy,
            begins=busy and not was_busy,
            ends=EndReason.USUAL_AGAIN if ends else None,
            rate=1 / gap_seconds if gap_seconds else None,
            usual=None,
            started_at=self._opened_at,
            ended_at=tick.at if ends else None,
        )
        if ends:
            self._opened_at = None
        return signal

    def save(self) -> Mapping[str, Any]:
        """Return the state: when the open episode was opened, 0 for none."""
        return {"opened_at": self._opened_at or 0}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a saved state back; the threshold is this detector's own.

        Raises
        ------
        ValueError
            If it is no state of this detector.
        """
        opened_at = state.get("opened_at")
        if set(state) != {"opened_at"} or type(opened_at) is not int or opened_at < 0:
            msg = f"no state of {self.name}: {dict(state)!r}"
            raise ValueError(msg)
        self._opened_at = opened_at or None


def find_mean_gap(tick: Tick) -> float | None:
    """Find the mean gap of the tick's window, in seconds; None below two edits."""
    if tick.window_edits < 2:
        return None
    return (tick.window_last - tick.window_first) / (tick.window_edits - 1)
