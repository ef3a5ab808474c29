"""Tests of how the benchmarks simulate and score."""
