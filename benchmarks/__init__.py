"""Speeds and accuracies: `python -m benchmarks`."""
