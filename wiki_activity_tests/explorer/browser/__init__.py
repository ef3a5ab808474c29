"""What people do with the explorer, in a real browser."""
