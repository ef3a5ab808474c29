"""The `seasonal` rule in plain loops, one month at a time, written from its text and sharing no code with it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median, variance


@dataclass(frozen=True, slots=True)
class Month:
    """What the rule says about one month; None where it does not judge."""

    expected: float
    threshold: float
    score: float
    peak: bool


def judge_by_hand(counts: list[float | None], *, editors: bool) -> list[Month | None]:
    """Judge one wiki's months, oldest first; None is a missing month."""
    first_edit = next((t for t, count in enumerate(counts) if count), len(counts))
    y = [count if t >= first_edit else None for t, count in enumerate(counts)]
    factors: list[float | None] = []
    for s in range(len(y)):
        around = _stored(y[s + i] for i in range(-6, 7) if 0 <= s + i < len(y))
        own = y[s]
        factors.append(None if own is None or len(around) < 9 else math.log((own + 0.5) / (median(around) + 0.5)))

    years = [_stored(factors[t - 12 * j] for j in range(1, 6) if t >= 12 * j) for t in range(len(y))]
    season = []
    for t in range(len(y)):
        if len(years[t]) < 4:
            season.append(1.0)
            continue
        last_year = range(max(t - 11, 0), t + 1)
        w = median(variance(years[i]) for i in last_year if len(years[i]) >= 2)
        squares = [median(years[i]) ** 2 for i in last_year if years[i]]
        b = sum(squares) / len(squares)
        share = 0.0 if b == 0 else min(max(1 - 1.57 * w / (len(years[t]) * b), 0), 1)
        season.append(math.exp(median(years[t]) * share))

    d = [None if own is None else own / s for own, s in zip(y, season, strict=True)]
    mu: list[float | None] = []
    for t in range(len(y)):
        year, recent = _stored(d[max(t - 12, 0) : t]), sorted(_stored(d[max(t - 5, 0) : t]))
        levels = []
        if len(year) >= 6:
            levels.append(median(year))
        if len(recent) >= 3:
            levels.append(recent[1])
        mu.append(max(levels) * season[t] if levels else None)

    q: list[float | None] = []
    for own, m in zip(y, mu, strict=True):
        if own is None or m is None or m < 5:
            q.append(None)
        else:
            q.append((1.4826 * math.log((own + 0.5) / (m + 0.5))) ** 2 - 1 / (m + 0.5))

    return [
        None
        if own is None or m is None or t - first_edit < 12
        else _judge_month(own, m, _stored(q[max(t - 36, 0) : t]), editors=editors)
        for t, (own, m) in enumerate(zip(y, mu, strict=True))
    ]


def _judge_month(y: float, mu: float, q: list[float], *, editors: bool) -> Month:
    phi_0 = 0.1 * max(mu, 3) ** -0.3 if editors else 0.9 * max(mu, 20) ** -0.3
    own = max(0.0036, median(q)) if q else 0.0036
    phi = max(0.0036, own ** (len(q) / (len(q) + 12)) * phi_0 ** (12 / (len(q) + 12)))
    at_mu = math.asinh(math.sqrt(phi * (mu + 3 / 8)))
    z = 2 / math.sqrt(phi) * (math.asinh(math.sqrt(phi * (y + 3 / 8))) - at_mu)
    rise = 3 if editors else 10
    upper = max(math.sinh(at_mu + 3.1 * math.sqrt(phi) / 2) ** 2 / phi - 3 / 8, 1.3 * mu, mu + rise)
    return Month(mu, upper, z, peak=z >= 3.1 and y >= 1.3 * mu and y - mu >= rise)


def _stored(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
