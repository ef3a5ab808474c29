"""Pure rules: months, wikis, detectors, kinds and sentences; no clock and no I/O."""
