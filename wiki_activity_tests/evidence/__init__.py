"""Tests of evidence, with fakes for the services and real databases."""
