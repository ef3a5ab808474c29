"""Tests of the monthly use cases, with fakes for Wikimedia and real databases."""
