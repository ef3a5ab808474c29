"""Tests of wiki_activity."""
