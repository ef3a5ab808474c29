"""The pool of whoever asks Wikimedia for counts."""

WIKIMEDIA_POOL = "wikimedia"
"""Two that ask Wikimedia would go beyond what it grants: the second waits in the queue."""
