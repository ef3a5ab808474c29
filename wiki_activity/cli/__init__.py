"""The wiki-activity command."""
