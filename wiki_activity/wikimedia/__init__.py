"""HTTP adapter to Wikimedia: site matrix and metrics API."""
