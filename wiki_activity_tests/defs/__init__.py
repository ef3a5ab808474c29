"""Tests of the Dagster definitions, with fakes at their edges."""
