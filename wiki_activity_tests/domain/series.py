"""Series of counts for the detectors' tests."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wiki_activity.domain.detection import Floats

MISSING = float("nan")


def one_wiki(*counts: float) -> Floats:
    """Make a matrix of one wiki."""
    return np.array([counts], dtype=np.float64)


def matrices(max_months: int = 90) -> st.SearchStrategy[Floats]:
    """Draw (wikis, months) of whole counts with missing months: small, huge and zero ones side by side."""
    count = st.one_of(
        st.integers(0, 30), st.integers(50, 150), st.integers(0, 10_000_000), st.sampled_from([0, 0, 100, MISSING])
    )
    shape = st.tuples(st.integers(0, 3), st.integers(0, max_months))
    return shape.flatmap(lambda drawn: arrays(np.float64, drawn, elements=count.map(float), fill=st.just(100.0)))


def random_wikis(seed: int, wikis: int = 12, months: int = 130) -> Floats:
    """Simulate seasonal, overdispersed wikis with spikes, missing months and late births."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.uniform(0, 9, (wikis, 1)))
    season = np.exp(0.4 * np.sin(2 * np.pi * np.arange(months) / 12 + rng.uniform(0, 6, (wikis, 1))))
    spike = np.where(rng.random((wikis, months)) < 0.03, rng.uniform(1.3, 10, (wikis, months)), 1.0)
    counts = rng.poisson(size * season * spike * rng.gamma(8, 1 / 8, (wikis, months))).astype(np.float64)
    counts[rng.random((wikis, months)) < 0.05] = np.nan
    for row, birth in zip(counts, rng.integers(0, 40, wikis), strict=True):
        row[:birth] = 0
    counts[0, 60:75] = np.nan
    counts[1, 40:60] = 0
    return counts
