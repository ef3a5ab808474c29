"""The JSON API, version 1, and what it shares with the pages."""
