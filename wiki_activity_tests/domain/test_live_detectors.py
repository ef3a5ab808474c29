"""Live detectors by name."""

import subprocess
import sys

import pytest

from wiki_activity.domain.live import WIKI_DETECTORS, LiveDetectorName, Tick
from wiki_activity.domain.live_detectors import make_detector


@pytest.mark.parametrize("name", WIKI_DETECTORS)
def test_each_name_has_its_detector(name: LiveDetectorName) -> None:
    assert make_detector(name).name is name


def test_the_threshold_of_mean_gap_is_to_be_chosen() -> None:
    window = Tick(10, 0, 0, window_edits=101, window_first=0, window_last=20)
    assert not make_detector(LiveDetectorName.MEAN_GAP).tick(window).busy
    assert make_detector(LiveDetectorName.MEAN_GAP, mean_gap_seconds=0.21).tick(window).busy


def test_the_watcher_s_path_stays_light() -> None:
    program = "import sys, wiki_activity.domain.live_detectors; print({'numpy', 'scipy', 'pandas'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
