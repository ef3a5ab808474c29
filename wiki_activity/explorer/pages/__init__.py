"""Pages, rendered by the server."""
