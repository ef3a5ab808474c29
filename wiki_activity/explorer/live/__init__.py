"""The live pages and their stream."""
