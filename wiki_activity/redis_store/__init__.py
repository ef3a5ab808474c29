"""Redis adapter: live counts, rates and what the watcher needs to go on after a restart."""
