"""Walks of people who come for the first time: each is one story, from the first address to what they came for."""
