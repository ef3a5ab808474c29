"""Worlds of months from elsewhere: what they plant is what they say."""

import gzip
from pathlib import Path

import numpy as np

from benchmarks.other_series import make_calm_world, make_simulated_world, plant_in_recorded, plant_two_months


def test_a_calm_world_rises_only_where_events_are_planted() -> None:
    world, level = make_calm_world(1, wikis=40, months=60)
    ratio = world.counts / level
    assert (world.event > 0).any()
    assert ratio[(world.event == 0) & (level > 2000)].max() < 1.4
    assert ratio[(world.event > 0) & (level > 2000)].min() > 1.1


def test_the_simulator_world_has_its_own_truth() -> None:
    world = make_simulated_world(3, wikis=30)
    assert world.counts.shape == world.event.shape == world.shifted.shape == (30, 300)
    assert len(np.unique(world.event)) > 10
    assert world.shifted.any()


def test_recorded_months_are_multiplied_where_they_are_marked(tmp_path: Path) -> None:
    file = tmp_path / "recorded.csv.gz"
    months = [f"{year}-{month:02}" for year in range(2001, 2021) for month in range(1, 13)]
    rows = [f"a,{month},100" for month in months] + [f"b,{month},3" for month in months[5:]]
    file.write_bytes(gzip.compress("\n".join(["project,month,edits", *rows]).encode()))
    world = plant_in_recorded(file, ["edits"], 1)
    assert np.isnan(world.counts[1, :5]).all()
    assert (world.counts[0, world.event[0] == 0] == 100).all()
    assert (world.counts[0, world.event[0] > 0] >= 150).all()
    assert (world.event[0] > 0).any()
    assert not world.event[1].any()


def test_two_months_are_raised_before_the_month_named() -> None:
    raised, after = plant_two_months(np.full((20, 90), 100.0), 1)
    for wiki, month in enumerate(after):
        assert np.flatnonzero(raised[wiki] > 150).tolist() == [month - 2, month - 1]
