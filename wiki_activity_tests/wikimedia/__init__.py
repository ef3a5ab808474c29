"""Tests of the adapter to Wikimedia, against a scripted server on loopback."""
