"""How many edits a tick of a wiki usually has, and how far from that its ticks usually are, learned as they come."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

WARM_UP_TICKS: Final = 60
"""Ten minutes, in which nothing can be judged yet."""
LEAST_USUAL: Final = 1 / 60
"""An edit in ten minutes: below it, a few people at once would look like many times the usual."""
LEAST_NOISE: Final = 2.0

_MEMORY_TICKS: Final = 180
_BLOCK_TICKS: Final = 12
_FIRST_BLOCKS: Final = WARM_UP_TICKS // _BLOCK_TICKS
_FIRST_NOISE: Final = 3.0
_NOISE_WEIGHT: Final = 0.006
_NOISE_CLIP: Final = 9.0
_CLIP: Final = 3.0


@dataclass(slots=True)
class UsualLevel:
    """A running mean μ of edits per tick and a dispersion F: the variance of two minutes' edits over their mean.

    μ remembers half an hour. Each tick is clipped to μ ± 3√(Fμ) before it is learned, so that no single one moves it
    far. F is the mean of (N − M)²/M over blocks of two minutes, N edits where M were expected, each clipped at nine
    times F; the weight of .006 makes it a memory of five and a half hours. F is 1 where edits come by chance, and
    more where their rate wanders or people edit in runs.

    F is never taken below 2. A rule that trusts a smaller F reads each little run of edits as news: on simulated
    series that come by chance, with small rises in them, that made three false alarms of four, and an F that is too
    large costs them ten seconds of delay.

    The first ten minutes are five blocks, counted from the first tick with an edit. Each block is clipped to their
    median m + 3√(3 max(m, 1)), and μ becomes the mean of the clipped ones: at an edit a second, a burst that fills two
    of the five raises it by a fifth at most. From there on a tick weighs as in a plain mean of all seen, until that is
    half an hour.

    Parameters
    ----------
    usual
        μ, edits per tick; meaningless until `known`.
    noise
        F.
    ticks
        Ticks learned, counted up to half an hour.
    block_edits, block_expected, block_ticks, block_disturbed
        The running block of two minutes: N, M so far, its ticks, and whether (1) an episode was open in it.
    first_blocks
        Edits of the blocks of the first ten minutes, while these last.
    """

    usual: float = LEAST_USUAL
    noise: float = _FIRST_NOISE
    ticks: int = 0
    block_edits: int = 0
    block_expected: float = 0.0
    block_ticks: int = 0
    block_disturbed: int = 0
    first_blocks: tuple[int, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the first ten minutes are over."""
        return self.ticks >= WARM_UP_TICKS

    def learn(self, edits: int, *, frozen: bool, disturbed: bool) -> None:
        """Learn from one tick.

        Parameters
        ----------
        edits
            Edits of the tick.
        frozen
            Whether μ stays as it is.
        disturbed
            Whether an episode is open, so that the block says nothing about F.
        """
        self.block_edits += edits
        self.block_ticks += 1
        if not self.known:
            if edits or self.ticks:
                self._warm_up()
            else:
                self._begin_block()
            return
        self.block_expected += self.usual
        if disturbed:
            self.block_disturbed = 1
        if self.block_ticks == _BLOCK_TICKS:
            self._learn_noise()
            self._begin_block()
        if not frozen:
            self._learn_usual(edits)

    def start_from(self, usual: float) -> None:
        """Take a new usual number of edits per tick as well known; the block begins anew, F stays."""
        self.usual = max(usual, LEAST_USUAL)
        self.ticks = _MEMORY_TICKS
        self._begin_block()

    def copy(self) -> Self:
        """Return one that learns on its own."""
        return replace(self)

    def save(self) -> dict[str, Any]:
        """Return the state as plain numbers."""
        # `asdict` goes through each value as if it held others: with 870 wikis a fifth of all that the watcher does.
        return {name: getattr(self, name) for name in _NAMES} | {"first_blocks": list(self.first_blocks)}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> Self:
        """Take a saved state back.

        Raises
        ------
        ValueError
            If it is no such state.
        """
        if set(state) != set(_NAMES):
            msg = f"no state of a usual level: {state!r}"
            raise ValueError(msg)
        blocks = check_counts(state["first_blocks"])
        level = cls(**check_numbers({name: state[name] for name in state if name != "first_blocks"}))
        level.first_blocks = blocks
        if level.usual < LEAST_USUAL or level.noise < LEAST_NOISE or len(blocks) >= _FIRST_BLOCKS:
            msg = f"no state of a usual level: {state!r}"
            raise ValueError(msg)
        return level

    def _warm_up(self) -> None:
        self.ticks += 1
        if self.block_ticks == _BLOCK_TICKS:
            self.first_blocks += (self.block_edits,)
            self._begin_block()
        if self.known:
            middle = sorted(self.first_blocks)[_FIRST_BLOCKS // 2]
            most = middle + _CLIP * math.sqrt(_FIRST_NOISE * max(middle, 1))
            clipped = sum(min(edits, most) for edits in self.first_blocks)
            self.usual = max(clipped / WARM_UP_TICKS, LEAST_USUAL)
            self.first_blocks = ()

    def _learn_usual(self, edits: int) -> None:
        if self.ticks < _MEMORY_TICKS:
            self.ticks += 1
        reach = _CLIP * math.sqrt(self.noise * self.usual)
        away = min(max(edits - self.usual, -reach), reach)
        self.usual = max(self.usual + away / self.ticks, LEAST_USUAL)

    def _learn_noise(self) -> None:
        if self.block_disturbed:
            return
        distance = (self.block_edits - self.block_expected) ** 2 / self.block_expected
        clipped = min(distance, _NOISE_CLIP * self.noise)
        self.noise = max(self.noise + _NOISE_WEIGHT * (clipped - self.noise), LEAST_NOISE)

    def _begin_block(self) -> None:
        self.block_edits = self.block_ticks = self.block_disturbed = 0
        self.block_expected = 0.0


_NAMES: Final = tuple(field.name for field in fields(UsualLevel))


def check_numbers(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Return finite numbers that are at least 0 as they are.

    Raises
    ------
    ValueError
        If one is something else.
    """
    for name, number in numbers.items():
        if type(number) not in (int, float) or not 0 <= number < math.inf:
            msg = f"{name} is no number of a saved state: {number!r}"
            raise ValueError(msg)
    return dict(numbers)


def check_counts(counts: object) -> tuple[int, ...]:
    """Return a list of counts as a tuple.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(counts, list | tuple) or any(type(count) is not int or count < 0 for count in counts):
        msg = f"no counts of a saved state: {counts!r}"
        raise ValueError(msg)
    return tuple(counts)
