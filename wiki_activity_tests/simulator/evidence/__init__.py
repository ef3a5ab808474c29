"""Tests of the simulated services that say what a peak was."""
