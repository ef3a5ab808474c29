"""`up`: the processes that run everything, and what keeps them running."""
